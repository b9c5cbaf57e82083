"""``python -m local``: deploy to the embedded AWS, look at an embedded cloud (others: ``admin.deploy``), remove it."""

import shlex
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Annotated, Any
from urllib.error import HTTPError

import typer
from rich.console import Console

from assembly.process_environment import leading_elsewhere
from errors import exit_on_error
from local import deployment, documentation
from local.azure.cloud import EmbeddedAzure
from local.azure.refusals import documentation as azure_refusals
from local.body.body import Body
from local.body.report import show_body
from local.cloud import EmbeddedCloud
from local.embedded import Embedded
from local.errors import EmbeddedCloudError
from local.gcp.cloud import EmbeddedGoogleCloud
from local.gcp.iam.caller import ALL
from local.gcp.refusals import documentation as refusals
from local.terraform.cloud import TerraformCloud
from local.terraform.deployment import check_platform
from local.terraform.shell import open_shell


class Clouds(StrEnum):
    """Clouds that can be embedded."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


_DAY_SECONDS = 86400
CloudOption = Annotated[Clouds, typer.Option("--cloud", help="Whose embedded cloud.")]
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console()


@app.command()
def deploy(
    env: Annotated[str, typer.Option(help="The environment to deploy.")] = "prod",
    app: Annotated[str, typer.Option(help="The application's checkout; without it, a reference service.")] = "",
    *,
    body: Annotated[bool, typer.Option(help="Serve what is deployed.")] = True,
) -> None:
    """Deploy an environment, and the stacks it needs, to the embedded AWS with its real CLI, and let it answer."""
    with exit_on_error():
        deployment.deploy_environment(EmbeddedCloud(), env, console, body=body, application=app)


@app.command()
def destroy(cloud: CloudOption = Clouds.AWS) -> None:
    """Stop an embedded cloud and remove everything it keeps."""
    embedded = _embedded(cloud)
    if not embedded.directory.exists():
        console.print(f"Nothing to remove: there is no {embedded.name.removeprefix('The ')}.")
        return
    with exit_on_error(), embedded.lock(embedded.destroy):
        body = _body(cloud)
        size = (body.wipe() if body else 0) + embedded.wipe()
        console.print(
            f"Removed {embedded.directory} with all stacks, objects and logs ({size // 1024**2} MB).", highlight=False
        )


@app.command()
def stop(cloud: CloudOption = Clouds.AWS) -> None:
    """Stop an embedded cloud and keep its state; the next deploy starts it again."""
    embedded = _embedded(cloud)
    body = _body(cloud)
    if not embedded.running() and not (body and body.directory.exists()):
        return
    with exit_on_error(), embedded.lock("stop"):
        if body:
            body.stop()
        embedded.stop()


@app.command()
def status() -> None:
    """Say of each embedded cloud whether it runs, and where."""
    aws = EmbeddedCloud()
    _say(aws, "make deploy", f"{aws.endpoint}, account {aws.account}")
    for cloud in (EmbeddedGoogleCloud(), EmbeddedAzure()):
        _say(cloud, f"make deploy CLOUD={cloud.key}", f"{cloud.endpoint}, a proxy")
    show_body(Body(aws), console)


@app.command()
def shell(cloud: CloudOption = Clouds.GCP) -> None:
    """Open a shell that sees an embedded cloud of Terraform's and nothing else."""
    with exit_on_error():
        embedded = _behind_proxy(cloud)
        check_platform(embedded.name)
        raise SystemExit(open_shell(embedded, console))


@app.command()
def caller(
    roles: Annotated[
        list[str] | None, typer.Argument(help="roles/owner, roles/owner@projects/<id>, or all; on Azure's: Reader.")
    ] = None,
    *,
    cloud: CloudOption = Clouds.GCP,
) -> None:
    """Let the caller of an embedded cloud of Terraform's hold exactly some roles; without any, say which it holds."""
    wanted = ",".join(roles or ())
    with exit_on_error():
        held = _control(cloud, "caller", {"roles": wanted} if wanted else {})
    if held == ALL:
        console.print("The caller is the owner of everything.")
        return
    if isinstance(held, list):
        held = {"every subscription": held}
    for resource, names in held.items():
        console.print(f"{resource}: {', '.join(names)}", highlight=False)


@app.command()
def switch(
    settings: Annotated[list[str] | None, typer.Argument(help="log_analytics_with_key=refused, and so on.")] = None,
    *,
    cloud: CloudOption = Clouds.GCP,
) -> None:
    """Turn switches of an embedded cloud of Terraform's, and say how all stand."""
    wanted = dict(each.partition("=")[::2] for each in settings or ())
    with exit_on_error():
        for name, value in _control(cloud, "switch", wanted).items():
            console.print(f"{name}={value}", highlight=False, soft_wrap=True)


@app.command()
def clock(
    days: Annotated[float, typer.Argument(help="How many days to move it forward.")] = 0,
    *,
    cloud: CloudOption = Clouds.GCP,
) -> None:
    """Move the clock of an embedded cloud of Terraform's forward, and say what it shows."""
    with exit_on_error():
        console.print(_control(cloud, "clock", {"seconds": str(days * _DAY_SECONDS)}), highlight=False)


@app.command()
def refusals_doc() -> None:
    """Write what each embedded cloud of Terraform's refuses into its document of docs/clouds."""
    for table in (refusals.TABLE, azure_refusals.TABLE):
        table.write()
        console.print(f"Wrote {table.file}", highlight=False)


@app.command()
def env(region: Annotated[str, typer.Option(help="The region that commands use.")] = "us-east-1") -> None:
    """Print what a shell evaluates to see the embedded cloud and no other: eval "$(python -m local env)"."""
    with exit_on_error():
        for line in _exports(EmbeddedCloud(), region):
            print(line)


@app.command()
def types_doc() -> None:
    """Write docs/embedded-cloud.md for the stacks of this checkout."""
    cloud = EmbeddedCloud()
    with exit_on_error(), cloud.lock("types-doc"):
        cloud.start()
        assembly = deployment.synthesize_checkout(cloud)
        document = documentation.render(
            documentation.types_of(assembly), cloud.control("support"), cloud.control("refusals")
        )
        documentation.FILE.write_text(document)
        console.print(f"Wrote {documentation.FILE}", highlight=False)


def _control(cloud: Clouds, command: str, argument: Mapping[str, str]) -> Any:
    embedded = _behind_proxy(cloud)
    if not embedded.running():
        raise EmbeddedCloudError(f"{embedded.name} does not run. `make deploy CLOUD={embedded.key}` starts it.")
    try:
        return embedded.control(command, argument)
    except HTTPError as error:
        raise EmbeddedCloudError(error.read().decode().strip()) from None


def _embedded(cloud: Clouds) -> Embedded:
    return EmbeddedCloud() if cloud is Clouds.AWS else _behind_proxy(cloud)


def _behind_proxy(cloud: Clouds) -> TerraformCloud:
    """Return an embedded cloud that Terraform deploys to.

    Raises:
        EmbeddedCloudError: it is AWS's.
    """
    if cloud is Clouds.AWS:
        raise EmbeddedCloudError("CLOUD: given aws; allowed are gcp and azure, which Terraform deploys to.")
    return EmbeddedGoogleCloud() if cloud is Clouds.GCP else EmbeddedAzure()


def _body(cloud: Clouds) -> Body | None:
    return Body(EmbeddedCloud()) if cloud is Clouds.AWS else None


def _say(cloud: Embedded, deploy: str, place: str) -> None:
    running = f"running at {place}" if cloud.running() else f"not running; `{deploy}` starts it"
    if cloud.running() and not cloud.known():
        running = f"running, and its record emulator.json is damaged; `{cloud.destroy}` ends it"
    console.print(f"{cloud.name} in {cloud.directory}: {running}", highlight=False, soft_wrap=True)


def _exports(cloud: EmbeddedCloud, region: str) -> Iterator[str]:
    if not cloud.running():
        raise EmbeddedCloudError("The embedded cloud does not run. `make deploy` starts it.")
    if unwanted := leading_elsewhere():
        yield f"unset {' '.join(unwanted)}"
    for name, value in cloud.environment(region).items():
        if name.startswith(("AWS_", "CDK_")):
            yield f"export {name}={shlex.quote(value)}"


if __name__ == "__main__":
    app()
