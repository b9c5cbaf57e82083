"""The coverage in Markdown, and as a table for the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.table import Table

from reports.coverage.marks import Proof
from reports.coverage.matrix import Cell

DOCUMENT = "docs/plan-coverage.md"
_HEAD = """\
# Which promises are proven, and how

Made by `make coverage` from [plan.yaml](plan.yaml) and the marks of the tests; `make test` checks that it is current.

**By behaviour**: the test runs the thing and asks it (`tests/deployed`, `images`, `local`, `operations`). On the
embedded cloud that proves how it behaves there; [embedded-cloud.md](embedded-cloud.md) says what that is worth.
**By template**: the test reads what was synthesized. **By a person**: somebody does it on a schedule, and records it.
**Open**: nothing proves it yet. A test proves the part of a promise that its name says.
"""


def render(cells: Sequence[Cell]) -> str:
    """Return the whole document."""
    return "\n".join([_HEAD, *_summary(cells), "", *_rows(cells)]) + "\n"


def terminal(cells: Sequence[Cell]) -> list[Table | str]:
    """Return the table for a terminal, and a line for each cloud."""
    lines = [
        f"{cloud}: of {total} promises {behaviour} proven by behaviour, {template} by template only, "
        f"{person} by a person only, {still_open} open"
        for cloud, (total, behaviour, template, person, still_open) in summary(cells).items()
    ]
    return [table(cells), "", *lines]


def table(cells: Sequence[Cell]) -> Table:
    """Return the matrix for a terminal, with files instead of tests."""
    shown = Table("Promise", "Cloud", "By behaviour", "By template", "By a person", box=None, pad_edge=False)
    for cell in cells:
        if cell.open:
            shown.add_row(cell.id, cell.cloud, "[red]open[/]")
        else:
            persons = "; ".join(str(task) for task in cell.manual)
            shown.add_row(cell.id, cell.cloud, _files(cell.behaviour), _files(cell.template), persons)
    return shown


def summary(cells: Sequence[Cell]) -> dict[str, tuple[int, int, int, int, int]]:
    """Return for each cloud how many promises it has: all, by behaviour, by template only, by a person only, open."""
    clouds = dict.fromkeys(cell.cloud for cell in cells)
    return {cloud: _counts([cell for cell in cells if cell.cloud == cloud]) for cloud in clouds}


def _counts(cells: Sequence[Cell]) -> tuple[int, int, int, int, int]:
    behaviour = sum(bool(cell.behaviour) for cell in cells)
    template = sum(bool(cell.template and not cell.behaviour) for cell in cells)
    still_open = sum(cell.open for cell in cells)
    return len(cells), behaviour, template, len(cells) - behaviour - template - still_open, still_open


def _summary(cells: Sequence[Cell]) -> Iterator[str]:
    yield "| Cloud | Promises | By behaviour | By template only | By a person only | Open |"
    yield "|---|--:|--:|--:|--:|--:|"
    for cloud, counts in summary(cells).items():
        yield f"| {cloud} | {' | '.join(map(str, counts))} |"


def _rows(cells: Sequence[Cell]) -> Iterator[str]:
    yield "| Promise | Cloud | By behaviour | By template | By a person |"
    yield "|---|---|---|---|---|"
    for _, several in groupby(cells, lambda cell: cell.id):
        for number, cell in enumerate(several):
            promise = "" if number else f"**{cell.id}** {cell.text}"
            if cell.open:
                yield f"| {promise} | {cell.cloud} | open | | |"
            else:
                persons = "<br>".join(str(task) for task in cell.manual)
                yield f"| {promise} | {cell.cloud} | {_tests(cell.behaviour)} | {_tests(cell.template)} | {persons} |"


def _tests(proofs: Iterable[Proof]) -> str:
    return "<br>".join(f"[{proof.file}](../tests/{proof.file})::{proof.test}" for proof in proofs)


def _files(proofs: Sequence[Proof]) -> str:
    counts = {file: len(list(several)) for file, several in groupby(proofs, lambda proof: proof.file)}
    return "\n".join(file + (f" ({count})" if count > 1 else "") for file, count in counts.items())
