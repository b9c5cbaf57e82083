"""``python -m admin.bootstrap``, with an account or without: prepares a cloud for the first deploy."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from admin.bootstrap.model import Bootstrap, Outcome, Step
from admin.clouds import choose, part
from admin.confirmation import confirm
from admin.options import SharedProjectOption, StacksOption, TerraformCloudOption
from errors import exit_on_error

_WIDTH = 160  # of the table where the output is no terminal
_STYLES = {
    Outcome.THERE: "dim",
    Outcome.ENSURED: "dim",
    Outcome.REMOVED: "dim",
    Outcome.MADE: "green",
    Outcome.WOULD: "yellow",
    Outcome.KEPT: "yellow",
    Outcome.WAITING: "dim",
}


def main(
    project: SharedProjectOption = None,
    subscription: Annotated[
        str | None, typer.Option(help="A subscription that environments/ names, and the only one that is changed.")
    ] = None,
    cloud: TerraformCloudOption = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")] = False,
    stacks: StacksOption = Path("cdktf.out"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before something is changed.")] = False,
) -> None:
    """Make what the first deploy needs and no stack can make: where Terraform keeps its state, and what comes before.

    Whatever is there stays as it is. The account must be one of environments/.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with exit_on_error():
        key, account = choose(cloud, {"project": project, "subscription": subscription})
        bootstrap: Bootstrap = part("admin.bootstrap", key).open_bootstrap(account, stacks)
        if dry_run or bootstrap.connection.embedded:
            console.print(bootstrap.place, highlight=False, soft_wrap=True)
        else:
            confirm(bootstrap.place, bootstrap.change, yes=yes)
        done: list[Step] = []
        with bootstrap.connection.lock("make bootstrap"):
            for step in bootstrap.prepare(dry_run):
                if step.outcome is not Outcome.WAITING:
                    done.append(step)
                console.print(_line(step), style=_STYLES[step.outcome], highlight=False)
    _report(console, done, bootstrap.following)


def _line(step: Step) -> str:
    detail = f", {step.detail}" if step.outcome is Outcome.WAITING else ""
    return f"  {step.place}: {step.what}: {step.outcome}{detail}"


def _report(console: Console, done: list[Step], following: str) -> None:
    table = Table("where", "what", "outcome", "which", title="Before the first deploy")
    for step in done:
        table.add_row(step.place, step.what, str(step.outcome), step.detail, style=_STYLES[step.outcome])
    console.print(table)
    if any(step.outcome is Outcome.WOULD for step in done):
        console.print("Nothing was changed. Next: the same without a dry run.")
    else:
        console.print(following)


if __name__ == "__main__":
    typer.run(main)
