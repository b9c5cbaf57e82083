"""Embedded clouds with an environment that Terraform's real providers have deployed.

Nothing here is collected unless ``--providers`` names where they are: Terraform's filesystem mirror, or ``registry``.
"""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from assembly import Stack
from local.azure.cloud import EmbeddedAzure
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform import working_copy
from local.terraform.cloud import TerraformCloud
from tests.synthesis import CHECKOUT

ENVIRONMENT = "dev"
_ALONE = ("unshare", "--map-root-user", "--net")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave these tests out of a plain run."""
    return True if config.getoption("--providers") is None else None


class Deploys:
    """Deploys of an environment to an embedded cloud of the tests' own.

    Attributes:
        cloud: where to.
        command: deploys.
    """

    def __init__(self, cloud: TerraformCloud, config: pytest.Config) -> None:
        self.cloud = cloud
        options = [
            f"--{name}={config.getoption(name)}"
            for name in ("providers", "charts")
            if config.getoption(name) not in {None, "registry"}
        ]
        options += [f"--cloud={cloud.key}"]
        self.command = [sys.executable, "-m", "tests.providers.deploy", str(cloud.directory), ENVIRONMENT, *options]

    def deploy(self, *before: str, stacks: Path | None = None, forget: str = "") -> subprocess.CompletedProcess[str]:
        """Deploy, and return how it ended.

        Args:
            before: the beginning of a command that runs the deploy.
            stacks: what is synthesized; this checkout's where None.
            forget: a resource type whose service agents the bootstrap does not make.
        """
        other = [f"--stacks={stacks}"] if stacks else []
        other += [f"--forget={forget}"] if forget else []
        return subprocess.run(
            [*before, *self.command, *other], cwd=CHECKOUT, capture_output=True, text=True, check=False
        )

    def stacks(self) -> Sequence[Stack]:
        """Return the stacks that are deployed."""
        assembly = working_copy.update(self.cloud)
        return [assembly.stack(name) for name in (f"{self.cloud.key}-shared", f"{self.cloud.key}-{ENVIRONMENT}")]


@pytest.fixture(scope="session")
def deploys(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Deploys]:
    """Deploys to a Google Cloud where nothing is yet."""
    found = Deploys(EmbeddedGoogleCloud(tmp_path_factory.mktemp("google") / "gcp"), pytestconfig)
    yield found
    found.cloud.wipe()


@pytest.fixture(scope="session")
def azure_deploys(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[Deploys]:
    """Deploys to an Azure where nothing is yet."""
    found = Deploys(EmbeddedAzure(tmp_path_factory.mktemp("azure") / "azure"), pytestconfig)
    yield found
    found.cloud.wipe()


@pytest.fixture(scope="session", params=["deploys", "azure_deploys"], ids=["gcp", "azure"])
def each(request: pytest.FixtureRequest) -> Deploys:
    """Deploys to one of the clouds, where nothing is yet."""
    found: Deploys = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def loopback_only(each: Deploys, pytestconfig: pytest.Config) -> Iterator[Sequence[str]]:
    """The command that runs another one where only the loopback address exists.

    It is empty where the registry has to be asked, or the machine makes no network namespace. Neither side reaches
    what was started on the other, so it is stopped before and after.
    """
    each.cloud.stop()
    from_registry = pytestconfig.getoption("--providers") == "registry"
    possible = not from_registry and not subprocess.run([*_ALONE, "true"], capture_output=True, check=False).returncode
    yield _ALONE if possible else ()
    each.cloud.stop()
