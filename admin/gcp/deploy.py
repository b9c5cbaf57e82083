"""Deploy to the embedded Google Cloud: ``make deploy CLOUD=gcp``, bootstrap, charts and both stacks.

    python -m admin.gcp.deploy --env staging

No project of Google Cloud can be named: ``cdktf deploy`` deploys to one.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from admin.bootstrap.gcp.needs import read
from admin.bootstrap.gcp.steps import prepare
from admin.bootstrap.model import Outcome
from admin.charts import put_missing
from admin.gcp.archives import archive_in, keep
from admin.gcp.connection import connect_embedded
from assembly import Assembly, Stack
from errors import exit_on_error
from local.gcp.cloud import EmbeddedGoogleCloud
from local.terraform import deploy as terraform

_SHARED = "gcp-shared"


class Preparation:
    """Projects and charts, which the stacks of Google Cloud need.

    Args:
        cloud: where to.
        console: where to show how it goes.
        charts: folder with the archives of charts, where their pages are not to be asked.
    """

    def __init__(self, cloud: EmbeddedGoogleCloud, console: Console, charts: Path | None) -> None:
        self._cloud = cloud
        self._console = console
        self._charts = charts
        self._archives = cloud.directory / "charts"

    def fetch(self) -> Iterable[str]:
        """Keep the archives of the charts, and yield a line for each that is not its page's."""
        return keep(self._archives, self._charts)

    def bootstrap(self, assembly: Assembly) -> Iterable[str]:
        """Prepare the projects, and yield each one where something was made."""
        steps = prepare(connect_embedded(self._cloud), read(assembly.folder))
        return [step.place for step in steps if step.outcome is Outcome.MADE]

    def deployed(self, assembly: Assembly, stack: Stack) -> None:
        """Put the charts into the registry that the shared stack has."""
        if stack.name != _SHARED:
            return
        with self._console.status("Putting the charts into the registry"):
            connection = connect_embedded(self._cloud)
            list(put_missing(connection, assembly.folder, lambda chart: archive_in(self._archives, chart).read_bytes()))


def deploy(
    cloud: EmbeddedGoogleCloud,
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
    providers: Annotated[Path | None, typer.Option(help="Terraform's filesystem mirror, where no registry is.")] = None,
    charts: Annotated[Path | None, typer.Option(help="Folder of charts' archives, where their pages are not.")] = None,
) -> None:
    """Deploy an environment, and the stack it needs, to the embedded Google Cloud."""
    with exit_on_error():
        deploy(EmbeddedGoogleCloud(), env, Console(), providers=providers, charts=charts)


if __name__ == "__main__":
    typer.run(main)
