"""Production on Google Cloud with the choices that no environment of the repository takes."""

import pytest
from cdktf import App

import constructs_lib.gcp  # noqa: F401 - makes the providers quick to import; before the stacks
from environments import load
from stacks.gcp.environment import add_environment
from tests.gcp.terraform import Assembly, Stack


@pytest.fixture(scope="session")
def gcp_prod_variant(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Production with Valkey, a way to the internet, variables and secrets of its own, backups that nobody can
    delete.
    """
    prod = next(environment for environment in load() if environment.name == "prod")
    variant = prod.model_copy(
        update={
            "cache": prod.cache.model_copy(update={"engine": "valkey"}),
            "network": prod.network.model_copy(update={"internet_egress": True}),
            "service": prod.service.model_copy(
                update={"variables": {"LOG_LEVEL": "debug"}, "secrets": ("MAIL_TOKEN",)}
            ),
            "vault_lock": "compliance",
        }
    )
    folder = tmp_path_factory.mktemp("variant")
    app = App(outdir=str(folder), skip_validation=True)
    shared = prod.policy.account.gcp
    assert shared
    add_environment(app, variant, project="example-goodies-prod", shared=shared)
    app.synth()
    return Assembly.read(folder).stacks["gcp-prod"]
