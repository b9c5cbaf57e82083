"""Report at the end of a deploy: a table of the stacks, their outputs, and what to try next."""

from collections import Counter
from collections.abc import Iterable, Mapping

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from assembly import Stack
from local.cloud import EmbeddedCloud
from local.progress import StackProgress

_GENERATED_OUTPUTS = ("PublishOutput", "ExportsOutput")


def show(
    cloud: EmbeddedCloud,
    stacks: Iterable[Stack],
    progress: Mapping[str, StackProgress],
    seconds: float,
    *,
    console: Console,
    command: str,
) -> None:
    """Print the stacks with their resources, their outputs, what is recorded only, and three commands.

    Args:
        cloud: what was deployed to.
        stacks: in the order of the deploy.
        progress: of each stack, by name.
        seconds: how long all took.
        console: where to print.
        command: what deploys the same again.
    """
    support: dict[str, dict[str, str]] = cloud.control("support")
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("Stack", "Region"):
        table.add_column(column, no_wrap=True)
    for column in ("Resources", "Exercised", "Recorded", "Seconds"):
        table.add_column(column, justify="right", no_wrap=True)
    recorded: Counter[str] = Counter()
    outputs: dict[str, str] = {}
    for stack in stacks:
        types = _resource_types(cloud, stack)
        only_recorded = [name for name in types if support.get(name, {}).get("support") == "stub"]
        recorded.update(only_recorded)
        outputs |= _outputs(cloud, stack)
        state = progress[stack.name]
        table.add_row(
            stack.name,
            stack.region,
            str(len(types)),
            str(len(types) - len(only_recorded)),
            str(len(only_recorded) or ""),
            "unchanged" if state.state == "unchanged" else f"{state.seconds:.0f}",
        )
    console.print(table)
    show_outputs(outputs, console)
    if recorded:
        listed = ", ".join(f"{name} ({count})" for name, count in sorted(recorded.items()))
        console.print(f"\nRecorded only, because the emulator has nothing behind them: {listed}", highlight=False)
    show_end(progress, seconds, ((command, "again: nothing changes"), *_NEXT), console)


def show_outputs(outputs: Mapping[str, str], console: Console) -> None:
    """Print outputs by name."""
    for name, value in outputs.items():
        console.print(f"{name}  [bold]{value}[/]", highlight=False, soft_wrap=True)


def show_end(
    progress: Mapping[str, StackProgress], seconds: float, suggestions: Iterable[tuple[str, str]], console: Console
) -> None:
    """Print whether anything changed, and commands with their effects."""
    unchanged = all(stack.state == "unchanged" for stack in progress.values())
    console.print(f"\n{'No changes' if unchanged else 'Deployed'}, in {seconds:.0f} s. Next, try:", highlight=False)
    for suggestion, effect in suggestions:
        console.print(f"  {suggestion:<50} [dim]{effect}[/]", highlight=False, soft_wrap=True)


_NEXT = (
    ('eval "$(.venv/bin/python -m local env)"', "then cdk, aws and boto3 of this shell see this cloud only"),
    ("make destroy", "stops the cloud and removes all of it"),
)


def _resource_types(cloud: EmbeddedCloud, stack: Stack) -> list[str]:
    responses = (
        cloud.client("cloudformation", stack.region)
        .get_paginator("list_stack_resources")
        .paginate(StackName=stack.name)
    )
    return [resource["ResourceType"] for response in responses for resource in response["StackResourceSummaries"]]


def _outputs(cloud: EmbeddedCloud, stack: Stack) -> dict[str, str]:
    """The outputs that somebody wrote; those that the CDK makes for other stacks are left out."""
    described = cloud.client("cloudformation", stack.region).describe_stacks(StackName=stack.name)["Stacks"][0]
    return {
        f"{stack.name}.{output['OutputKey']}": output["OutputValue"]
        for output in described.get("Outputs", ())
        if not output["OutputKey"].startswith(_GENERATED_OUTPUTS)
    }
