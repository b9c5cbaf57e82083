"""Deploy to the embedded Google Cloud: ``make deploy CLOUD=gcp``, bootstrap, charts and both stacks.

    python -m admin.gcp.deploy --env staging

No project of Google Cloud can be named: ``cdktf deploy`` deploys to one.
"""

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from admin.bootstrap.needs import read
from admin.bootstrap.steps import Outcome, prepare
from admin.charts import put_missing
from admin.gcp.archives import archive_in, keep
from admin.gcp.connection import connect_embedded
from errors import exit_on_error
from local.embedded import require_environment
from local.gcp import working_copy
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.deployment import apply, check_platform
from local.gcp.environment import deploy_environment
from local.gcp.progress import TerraformProgress
from local.gcp.providers import Providers
from local.gcp.recovery import recover
from local.gcp.report import show
from local.gcp.terraform import Terraform, mirror

_SHARED = "gcp-shared"
_COMMAND = "make deploy CLOUD=gcp"


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
    began = time.monotonic()
    check_platform()
    require_environment(environment, _COMMAND)
    names = [_SHARED, f"gcp-{environment}"]
    with cloud.lock("a deploy"):
        installed = Providers(cloud)
        installed.home.mkdir(parents=True, exist_ok=True)
        terraform = Terraform(installed.home, mirror(providers))
        with console.status("Synthesizing"):
            assembly = working_copy.update(cloud)
        stacks = [assembly.stack(name) for name in names]
        terraform.check(stacks)
        with console.status("Installing what is missing of the providers and the charts"):
            for stack in stacks:
                installed.install(terraform, stack)
            archives = cloud.directory / "charts"
            for line in keep(archives, charts):
                console.print(line, highlight=False, soft_wrap=True)
        with console.status("Starting the embedded Google Cloud"):
            started = cloud.start()
        console.print(
            f"Embedded Google Cloud at {cloud.endpoint}, {'started' if started else 'running'}", highlight=False
        )
        connection = connect_embedded(cloud)
        with console.status("Preparing the projects"):
            made = [step for step in prepare(connection, read(assembly.folder)) if step.outcome is Outcome.MADE]
        if made:
            console.print(
                f"Bootstrapped {', '.join(dict.fromkeys(step.project for step in made))}",
                highlight=False,
                soft_wrap=True,
            )
        progress = TerraformProgress(names, console)
        variables = deploy_environment(cloud)
        for stack in stacks:
            for line in recover(cloud, stack, terraform, environment=variables):
                console.print(line, highlight=False, soft_wrap=True)
            apply(cloud, stack, progress, console, environment=variables)
            if stack.name == _SHARED:
                with console.status("Putting the charts into the registry"):
                    list(
                        put_missing(connection, assembly.folder, lambda chart: archive_in(archives, chart).read_bytes())
                    )
        show(
            cloud,
            stacks,
            progress.stacks,
            time.monotonic() - began,
            console=console,
            command=f"{_COMMAND} ENV={environment}",
        )


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
