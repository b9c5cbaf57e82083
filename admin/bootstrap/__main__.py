"""``python -m admin.bootstrap --project ID``: make what the first deploy to Google Cloud needs."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from admin.bootstrap.gcloud import Gcloud
from admin.bootstrap.needs import Needs, Unprepared, read
from admin.bootstrap.steps import Bootstrap, Outcome, Step
from assembly.errors import AssemblyError

_EXAMPLE = "example-goodies-"
_STYLES = {Outcome.THERE: "dim", Outcome.ENSURED: "dim", Outcome.MADE: "green", Outcome.WOULD: "yellow"}


def main(
    project: Annotated[str, typer.Option(help="The shared project, as environments/policy.yaml names it.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Change nothing; say what would be changed.")] = False,
    stacks: Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")] = Path("cdktf.out"),
) -> None:
    """Make what the first deploy needs. Whatever is there stays as it is."""
    console = Console()
    done: list[Step] = []
    try:
        needs = read(stacks)
        _agree(project, needs)
        gcloud = Gcloud(dry=dry_run)
        console.print(f"As {gcloud.check()}")
        for step in Bootstrap(gcloud, needs).run():
            done.append(step)
            console.print(f"  {step.project}: {step.what}: {step.outcome}", style=_STYLES[step.outcome])
    except (Unprepared, AssemblyError) as problem:
        raise SystemExit(str(problem)) from None
    _report(console, done, needs)


def _agree(project: str, needs: Needs) -> None:
    if project != needs.shared.id:
        raise Unprepared(
            f"PROJECT: given {project or 'nothing'}; environments/policy.yaml says account.gcp.project:"
            f" {needs.shared.id}. Both must be the project of the registry and the state"
        )

    if examples := [each.id for each in needs.projects if each.id.startswith(_EXAMPLE)]:
        raise Unprepared(f"environments/: {', '.join(examples)} are examples; set projects of your own")


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
