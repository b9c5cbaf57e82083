"""``python -m admin.bootstrap --project ID``: prepares Google Cloud for the first deploy."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from admin.bootstrap.gcloud import Gcloud
from admin.bootstrap.needs import Needs, read
from admin.bootstrap.steps import Bootstrap, Outcome, Step
from admin.confirmation import confirm
from admin.errors import BootstrapError, WrongAccountError
from errors import exit_on_error

_EXAMPLE = "example-goodies-"
_STYLES = {
    Outcome.THERE: "dim",
    Outcome.ENSURED: "dim",
    Outcome.REMOVED: "dim",
    Outcome.MADE: "green",
    Outcome.WOULD: "yellow",
    Outcome.KEPT: "yellow",
}


def main(
    project: Annotated[str, typer.Option(help="The shared project, as environments/policy.yaml names it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")] = False,
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before something is changed.")] = False,
) -> None:
    """Make what the first deploy to Google Cloud needs: projects, APIs, service agents, the bucket of the state.

    Whatever is there stays as it is. The project must be the one of environments/policy.yaml, and gcloud's own where
    that is set.
    """
    console = Console()
    with exit_on_error():
        needs = read(stacks)
        _check_project(project, needs)
        gcloud = Gcloud(dry=dry_run)
        caller = gcloud.check()
        gcloud.check_project(project)
        projects = ", ".join(each.id for each in needs.projects)
        place = f"Google Cloud: projects {projects}, state in {needs.location}, as {caller}"
        if dry_run:
            console.print(place)
        else:
            confirm(place, "Make what is missing for the first deploy", yes=yes)
        done: list[Step] = []
        for step in Bootstrap(gcloud, needs).run():
            done.append(step)
            console.print(f"  {step.project}: {step.what}: {step.outcome}", style=_STYLES[step.outcome])
    _report(console, done, needs)


def _check_project(project: str, needs: Needs) -> None:
    if project != needs.shared.id:
        raise WrongAccountError(
            f"PROJECT={project}: environments/policy.yaml says account.gcp.project: {needs.shared.id}. Both must be the"
            " project of the registry and the state"
        )
    if examples := [each.id for each in needs.projects if each.id.startswith(_EXAMPLE)]:
        raise BootstrapError(f"environments/: {', '.join(examples)} are examples; set projects of your own")


def _report(console: Console, done: list[Step], needs: Needs) -> None:
    table = Table("project", "what", "outcome", "which", title="Before the first deploy")
    for step in done:
        table.add_row(step.project, step.what, str(step.outcome), step.detail, style=_STYLES[step.outcome])
    console.print(table)
    if any(step.outcome is Outcome.WOULD for step in done):
        console.print("Nothing was changed. Next: the same without a dry run.")
    else:
        console.print(f"State: gs://{needs.bucket}. Next: `cdktf deploy gcp-shared`, then an environment.")


if __name__ == "__main__":
    typer.run(main)
