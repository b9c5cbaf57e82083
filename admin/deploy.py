"""Deploy to an embedded cloud of Terraform's stacks: ``make deploy CLOUD=gcp``, bootstrap, charts and both stacks.

    python -m admin.deploy --cloud gcp --env staging

No account of a cloud can be named: ``cdktf deploy`` deploys to one.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from admin.archives import archive_in, keep
from admin.bootstrap.model import Outcome
from admin.charts import put_missing, repositories
from admin.clouds import choose, part
from admin.options import TerraformCloudOption
from assembly import Assembly, Stack
from errors import exit_on_error
from local.clouds import TERRAFORM
from local.terraform import deploy as terraform
from local.terraform.cloud import TerraformCloud


class Preparation:
    """Bootstrap of a cloud, and the charts that its stacks take from its registry.

    Args:
        cloud: where to.
        console: where to show how it goes.
        charts: folder with the archives of charts, where their pages are not to be asked.
    """

    def __init__(self, cloud: TerraformCloud, console: Console, charts: Path | None) -> None:
        self._cloud = cloud
        self._console = console
        self._charts = charts
        self._archives = cloud.directory / "charts"

    def fetch(self, assembly: Assembly) -> Iterable[str]:
        """Keep the archives of the charts, where there are any, and yield a line for each that is not its page's."""
        return keep(self._archives, self._charts) if repositories(assembly.folder) else ()

    def bootstrap(self, assembly: Assembly) -> Iterable[str]:
        """Prepare the accounts, and yield each one where something was made."""
        steps = part("admin.bootstrap", self._cloud.key).prepare_embedded(self._cloud, assembly)
        return [step.place for step in steps if step.outcome is Outcome.MADE]

    def deployed(self, assembly: Assembly, stack: Stack) -> None:
        """Put the charts into the registry that the shared stack has."""
        if stack.name != f"{self._cloud.key}-shared" or not repositories(assembly.folder):
            return
        with self._console.status("Putting the charts into the registry"):
            connection = part("admin", self._cloud.key, "connection").connect_embedded(self._cloud)
            list(put_missing(connection, assembly.folder, lambda chart: archive_in(self._archives, chart).read_bytes()))


def deploy(
    cloud: TerraformCloud,
    environment: str,
    console: Console,
    *,
    providers: Path | None = None,
    charts: Path | None = None,
) -> None:
    """Deploy an environment of this checkout, and what all environments share.

    Args:
        cloud: where to.
        environment: one of ``environments/``.
        console: where to show how it goes.
        providers: Terraform's filesystem mirror, where the registry is not to be asked.
        charts: folder with the archives of charts, where their pages are not to be asked.

    Raises:
        PrerequisiteError: something is missing on this machine; nothing has begun.
        EmbeddedCloudError: whatever keeps it from being deployed. The next call goes on from there.
    """
    preparation = Preparation(cloud, console, charts)
    terraform.deploy(cloud, environment, console, preparation=preparation, providers=providers)


def main(
    env: Annotated[str, typer.Option(help="The environment to deploy.")] = "prod",
    cloud: TerraformCloudOption = "",
    *,
    providers: Annotated[Path | None, typer.Option(help="Terraform's filesystem mirror, where no registry is.")] = None,
    charts: Annotated[Path | None, typer.Option(help="Folder of charts' archives, where their pages are not.")] = None,
) -> None:
    """Deploy an environment, and the stack it needs, to an embedded cloud."""
    with exit_on_error():
        key, _ = choose(cloud, {})
        deploy(TERRAFORM[key](), env, Console(), providers=providers, charts=charts)


if __name__ == "__main__":
    typer.run(main)
