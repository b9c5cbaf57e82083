"""``python -m admin.bootstrap``, with the shared project or without: prepares Google Cloud for the first deploy."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from admin.accounts import shared_project
from admin.bootstrap.needs import Needs, read
from admin.bootstrap.steps import Outcome, Step, prepare, refuse_examples
from admin.confirmation import confirm
from admin.errors import WrongAccountError
from admin.gcp.connection import Connection, connect
from admin.options import SharedProjectOption, StacksOption
from errors import exit_on_error

_WIDTH = 160  # of the table where the output is no terminal
_STYLES = {
    Outcome.THERE: "dim",
    Outcome.ENSURED: "dim",
    Outcome.REMOVED: "dim",
    Outcome.MADE: "green",
    Outcome.WOULD: "yellow",
    Outcome.KEPT: "yellow",
}


def main(
    project: SharedProjectOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")] = False,
    stacks: StacksOption = Path("cdktf.out"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before something is changed.")] = False,
) -> None:
    """Make what the first deploy to Google Cloud needs: projects, APIs, service agents, the bucket of the state.

    Whatever is there stays as it is. The project must be the one of environments/policy.yaml.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH)
    with exit_on_error():
        connection, needs = _connect(project, stacks)
        projects = ", ".join(each.id for each in needs.projects)
        place = f"{connection.name}: projects {projects}, state in {needs.location}, as {connection.caller()}"
        if dry_run or connection.embedded:
            console.print(place, highlight=False, soft_wrap=True)
        else:
            confirm(place, "Make what is missing for the first deploy", yes=yes)
        done: list[Step] = []
        with connection.lock("make bootstrap"):
            for step in prepare(connection, needs, dry=dry_run):
                done.append(step)
                console.print(f"  {step.project}: {step.what}: {step.outcome}", style=_STYLES[step.outcome])
    following = "`make deploy CLOUD=gcp`" if connection.embedded else "`cdktf deploy gcp-shared`, then an environment"
    _report(console, done, f"State: gs://{needs.bucket}. Next: {following}.")


def _connect(project: str | None, stacks: Path) -> tuple[Connection, Needs]:
    """Return where to bootstrap and what, after all that can be refused without asking Google."""
    if project is None:
        return connect(None, shared_project()), read(stacks)
    needs = read(stacks)
    if project != needs.shared.id:
        raise WrongAccountError(
            f"PROJECT={project}: environments/policy.yaml says account.gcp.project: {needs.shared.id}. Both must be the"
            " project of the registry and the state"
        )
    refuse_examples(needs)
    connection = connect(project, needs.shared.id)
    if connection.default_project not in ("", project):
        raise WrongAccountError(
            f"PROJECT={project}: GOOGLE_CLOUD_PROJECT, or gcloud, is set to {connection.default_project}; unset it, or"
            f" run `gcloud config set project {project}`. Nothing was changed."
        )
    return connection, needs


def _report(console: Console, done: list[Step], following: str) -> None:
    table = Table("project", "what", "outcome", "which", title="Before the first deploy")
    for step in done:
        table.add_row(step.project, step.what, str(step.outcome), step.detail, style=_STYLES[step.outcome])
    console.print(table)
    if any(step.outcome is Outcome.WOULD for step in done):
        console.print("Nothing was changed. Next: the same without a dry run.")
    else:
        console.print(following)


if __name__ == "__main__":
    typer.run(main)
