"""Report at the end of a deploy to an embedded cloud: its stacks, their outputs, and what to try next."""

import json
from collections.abc import Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from assembly import Stack
from assembly.values import Json
from local.progress import StackProgress
from local.report import show_end, show_outputs
from local.terraform.cloud import TerraformCloud
from local.terraform.state import addresses


def show(
    cloud: TerraformCloud,
    stacks: Sequence[Stack],
    progress: Mapping[str, StackProgress],
    seconds: float,
    *,
    console: Console,
    command: str,
) -> None:
    """Print the stacks with their resources, the outputs that are not sensitive, and commands.

    Args:
        cloud: what was deployed to.
        stacks: in the order of the deploy.
        progress: of each stack, by name.
        seconds: how long all took.
        console: where to print.
        command: what deploys the same again.
    """
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("Stack", cloud.account_word):
        table.add_column(column, no_wrap=True)
    for column in ("Resources", "Seconds"):
        table.add_column(column, justify="right", no_wrap=True)
    outputs: dict[str, str] = {}
    for stack in stacks:
        state = cloud.state(stack).read()
        outputs |= _outputs(stack, state)
        done = progress[stack.name]
        table.add_row(
            stack.name,
            stack.account,
            str(len(addresses(state))),
            "unchanged" if done.state == "unchanged" else f"{done.seconds:.0f}",
        )
    console.print(table)
    show_outputs(outputs, console)
    show_end(progress, seconds, ((command, "again: nothing changes"), *_next(cloud)), console)


def _next(cloud: TerraformCloud) -> Sequence[tuple[str, str]]:
    return (
        (f"make shell CLOUD={cloud.key}", "a shell for cdktf diff, terraform and kubectl that sees this cloud only"),
        (cloud.destroy, "stops the cloud and removes all of it"),
    )


def _outputs(stack: Stack, state: Json) -> dict[str, str]:
    return {
        f"{stack.name}.{name}": output["value"] if isinstance(output["value"], str) else json.dumps(output["value"])
        for name, output in sorted(state.get("outputs", {}).items())
        if not output.get("sensitive")
    }
