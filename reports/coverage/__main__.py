"""``python -m reports.coverage``: print which promises are proven, and write it into docs/plan-coverage.md."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from reports.coverage.cells import Cell, acts, cells
from reports.coverage.marks import proofs
from reports.coverage.page import page, summary, table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "plan-coverage.md"


def coverage(root: Path = ROOT) -> list[Cell]:
    """Return the coverage of a checkout."""
    docs = root / "docs"
    return cells(docs / "plan.yaml", proofs(root / "tests"), acts(docs / "by-person.yaml"))


def main(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the page is not current.")] = False,
) -> None:
    """Show what is proven, where, and how."""
    found = coverage()
    current = page(found)
    if check:
        if not PAGE.exists() or PAGE.read_text() != current:
            raise SystemExit(f"{PAGE} is not current; run `make plan`")
        return
    PAGE.write_text(current)
    console = Console()
    console.print(table(found), "", sep="\n")
    for cloud, (total, behaviour, template, person, still_open) in summary(found).items():
        console.print(
            f"{cloud}: of {total} promises {behaviour} proven by behaviour, {template} by template only, "
            f"{person} by a person only, {still_open} open",
            highlight=False,
            soft_wrap=True,
        )


if __name__ == "__main__":
    typer.run(main)
