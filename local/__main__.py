"""``python -m local``: deploy to the embedded cloud, look at it, remove it."""

import shlex
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console

from assembly.process_environment import leading_elsewhere
from errors import exit_on_error
from local import deployment, documentation
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console()


@app.command()
def deploy(env: Annotated[str, typer.Option(help="The environment to deploy.")] = "prod") -> None:
    """Deploy an environment, and the stacks it needs, with the real CDK CLI."""
    with exit_on_error():
        deployment.deploy_environment(EmbeddedCloud(), env, console)


@app.command()
def destroy() -> None:
    """Stop the embedded cloud and remove everything it keeps."""
    cloud = EmbeddedCloud()
    if not cloud.directory.exists():
        console.print("Nothing to remove: there is no embedded cloud.")
        return
    with exit_on_error(), cloud.lock("make destroy"):
        size = cloud.wipe()
        console.print(
            f"Removed {cloud.directory} with all stacks, objects and logs ({size // 1024**2} MB).", highlight=False
        )


@app.command()
def stop() -> None:
    """Stop the embedded cloud and keep its state; the next deploy starts it again."""
    cloud = EmbeddedCloud()
    if not cloud.running():
        return
    with exit_on_error(), cloud.lock("stop"):
        cloud.stop()


@app.command()
def status() -> None:
    """Say whether the embedded cloud runs, and where."""
    cloud = EmbeddedCloud()
    running = "not running; `make deploy` starts it"
    if cloud.running():
        running = f"running at {cloud.endpoint}, account {cloud.account}"
        if not cloud.known():
            running = "running, and its record emulator.json is damaged; `make destroy` ends it"
    console.print(f"Embedded cloud in {cloud.directory}: {running}", highlight=False, soft_wrap=True)


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
