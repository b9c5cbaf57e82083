"""``python -m local``: deploy to the embedded cloud, look at it, remove it."""

import errno
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console

from assembly.process_environment import leading_elsewhere
from errors import GoodiesError
from local import deployment, documentation
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
console = Console()


@app.command()
def deploy(env: Annotated[str, typer.Option(help="The environment to deploy.")] = "prod") -> None:
    """Deploy an environment, and the stacks it needs, with the real CDK CLI."""
    with _told():
        deployment.deploy(EmbeddedCloud(), ["GoodiesDelivery", f"Goodies{env.title()}"], console, environments=env)


@app.command()
def destroy() -> None:
    """Stop the embedded cloud and remove everything it keeps."""
    cloud = EmbeddedCloud()
    if not cloud.directory.exists():
        console.print("Nothing to remove: there is no embedded cloud.")
        return
    with _told(), cloud.reserved("make destroy"):
        size = cloud.wipe()
        console.print(
            f"Removed {cloud.directory} with all stacks, objects and logs ({size // 1024**2} MB).", highlight=False
        )


@app.command()
def stop() -> None:
    """Stop the embedded cloud and keep its state; the next deploy starts it again."""
    with _told():
        EmbeddedCloud().stop()


@app.command()
def status() -> None:
    """Say whether the embedded cloud runs, and where."""
    cloud = EmbeddedCloud()
    where = f"running at {cloud.endpoint}, account {cloud.account}"
    running = where if cloud.running() else "not running; `make deploy` starts it"
    console.print(f"Embedded cloud in {cloud.directory}: {running}", highlight=False, soft_wrap=True)


@app.command()
def env(region: Annotated[str, typer.Option(help="The region that commands use.")] = "us-east-1") -> None:
    """Print what a shell evaluates to see the embedded cloud and no other: eval "$(python -m local env)"."""
    with _told():
        for line in _exports(EmbeddedCloud(), region):
            print(line)


@app.command()
def types_doc() -> None:
    """Write docs/embedded-cloud.md for the stacks of this checkout."""
    cloud = EmbeddedCloud()
    with _told(), cloud.reserved("types-doc"):
        cloud.start()
        assembly = deployment.synthesized(cloud)
        page = documentation.render(documentation.types_of(assembly), cloud.ask("support"))
        documentation.FILE.write_text(page)
        console.print(f"Wrote {documentation.FILE}", highlight=False)


def _exports(cloud: EmbeddedCloud, region: str) -> Iterator[str]:
    if not cloud.running():
        raise EmbeddedCloudError("The embedded cloud does not run. `make deploy` starts it.")
    if unwanted := leading_elsewhere():
        yield f"unset {' '.join(unwanted)}"
    for name, value in cloud.environment(region).items():
        if name.startswith(("AWS_", "CDK_")):
            yield f"export {name}={shlex.quote(value)}"


@contextmanager
def _told() -> Iterator[None]:
    """Tell what went wrong in a paragraph, without a traceback."""
    try:
        yield
    except GoodiesError as problem:
        _fail(str(problem), 1)
    except KeyboardInterrupt:
        _fail(
            "Interrupted. CloudFormation goes on with the stacks at work; the next `make deploy` waits for them.", 130
        )
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        _fail(f"The disk is full: {error}. Free some space and run the command again; it goes on from there.", 1)


def _fail(message: str, code: int) -> None:
    Console(stderr=True).print(message, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    app()
