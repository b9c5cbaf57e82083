"""Production on Google Cloud with the choices that no environment of the repository takes."""

import pytest
from cdktf import App

from environments import load
from stacks.gcp.environment import EnvironmentStack
from tests.gcp.terraform import Stack


@pytest.fixture(scope="session")
def gcp_otherwise(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """Production with Valkey, a way to the internet, and backups that nobody can delete."""
    prod = next(environment for environment in load() if environment.name == "prod")
    otherwise = prod.model_copy(
        update={
            "cache": prod.cache.model_copy(update={"engine": "valkey"}),
            "network": prod.network.model_copy(update={"internet_egress": True}),
            "vault_lock": "compliance",
        }
    )
    folder = tmp_path_factory.mktemp("otherwise")
    app = App(outdir=str(folder), skip_validation=True)
    shared = prod.policy.account.gcp
    assert shared
    EnvironmentStack(app, otherwise, project="example-goodies-prod", shared=shared)
    app.synth()
    return Stack.read(folder / "stacks" / "gcp-prod")
