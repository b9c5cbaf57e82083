"""The coverage in Markdown, counts and cells; the list of tests; and a table for the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from rich.table import Table

from reports.coverage.marks import Proof
from reports.coverage.matrix import Cell, Part, Strength

DOCUMENT = "docs/plan-coverage.md"
TESTS = "build/coverage/tests.md"
SYMBOLS = {
    Strength.BEHAVIOUR: "●",
    Strength.TEMPLATE: "◐",
    Strength.PROVIDERS: "needs the providers",
    Strength.PERSON: "◇",
    Strength.OPEN: "✗",
}
_HEAD = f"""\
# Which promises are proven, and how

Made by `make coverage` from [plan.yaml](plan.yaml), [plan-parts.yaml](plan-parts.yaml) and the marks of the tests;
`make test` checks that it is current. `make coverage` also lists the tests of each promise in a file below `build/`.

A row that promises several things has parts. It is proven in a cloud when each of its parts is, and as its weakest is:

- {SYMBOLS[Strength.BEHAVIOUR]} **by behaviour**: a test asks something that runs, by a fixture that
  [running.py](../tests/running.py) lists. On the embedded cloud that proves how it behaves there;
  [embedded-cloud.md](embedded-cloud.md) says what that is worth.
- {SYMBOLS[Strength.TEMPLATE]} **by template**: a test reads what was synthesized or written.
- **{SYMBOLS[Strength.PROVIDERS]}**: only a test that deploys with Terraform's providers proves it;
  `make test-providers` runs it, and a plain run does not.
- {SYMBOLS[Strength.PERSON]} **by a person**: no program can; [by-person.yaml](by-person.yaml) says why, and which
  review asks for it.
- {SYMBOLS[Strength.OPEN]} **open**: nothing proves it, or the parts that stand beside the symbol.

`all` is the project, whatever the cloud; `local` a developer's computer.
"""
_TESTS_HEAD = """\
# Tests of each promise

Made by `make coverage`. A test is below the part of the promise that its mark names.
"""


def render(cells: Sequence[Cell]) -> str:
    """Return the document for git: nothing in it changes when a test is renamed."""
    return "\n".join([_HEAD, *_summary(cells), "", *_table(cells)]) + "\n"


def render_tests(cells: Sequence[Cell]) -> str:
    """Return the list of tests by promise, cloud and part."""
    return "\n".join([_TESTS_HEAD, *_proofs(cells)]) + "\n"


def terminal(cells: Sequence[Cell]) -> list[Table | str]:
    """Return the table for a terminal, and a line for each cloud."""
    lines = [
        f"{cloud}: of {total} promises {behaviour} proven by behaviour, {template} by template, "
        f"{providers} by the providers, {person} by a person, {still_open} open"
        for cloud, (total, behaviour, template, providers, person, still_open) in summary(cells).items()
    ]
    return [table(cells), "", *lines, "", f"The tests of each: {TESTS}"]


def table(cells: Sequence[Cell]) -> Table:
    """Return the matrix for a terminal, with files instead of tests."""
    shown = Table(
        "Promise", "Cloud", "By behaviour", "By template", "Providers", "By a person", box=None, pad_edge=False
    )
    for cell in cells:
        for part in cell.parts:
            name = f"{cell.id}/{part.name}".removesuffix("/")
            if part.strength == Strength.OPEN:
                shown.add_row(name, cell.cloud, "[red]open[/]")
            else:
                persons = "; ".join(str(task) for task in part.manual)
                shown.add_row(name, cell.cloud, *map(_files, (part.behaviour, part.template, part.providers)), persons)
    return shown


def summary(cells: Sequence[Cell]) -> dict[str, tuple[int, ...]]:
    """Return for each cloud how many promises it has: all, and those of each strength, the strongest first."""
    clouds = dict.fromkeys(cell.cloud for cell in cells)
    return {cloud: _counts([cell for cell in cells if cell.cloud == cloud]) for cloud in clouds}


def _counts(cells: Sequence[Cell]) -> tuple[int, ...]:
    strengths = [cell.strength for cell in cells]
    return len(cells), *(strengths.count(each) for each in sorted(Strength, reverse=True))


def _summary(cells: Sequence[Cell]) -> Iterator[str]:
    yield "| Cloud | Promises | By behaviour | By template | Needs the providers | By a person | Open |"
    yield "|---|--:|--:|--:|--:|--:|--:|"
    for cloud, counts in summary(cells).items():
        yield f"| {cloud} | {' | '.join(map(str, counts))} |"


def _table(cells: Sequence[Cell]) -> Iterator[str]:
    clouds = list(dict.fromkeys(cell.cloud for cell in cells))
    yield f"| Promise | {' | '.join(clouds)} |"
    yield f"|---|{'---|' * len(clouds)}"
    for id_, several in groupby(cells, lambda cell: cell.id):
        states = {cell.cloud: _state(cell) for cell in several}
        yield f"| {id_} | {' | '.join(states.get(cloud, '') for cloud in clouds)} |"


def _state(cell: Cell) -> str:
    partly = cell.open_parts if len(cell.open_parts) < len(cell.parts) else ()
    return f"{SYMBOLS[cell.strength]} {', '.join(partly)}".strip()


def _proofs(cells: Sequence[Cell]) -> Iterator[str]:
    for _, several in groupby(cells, lambda cell: cell.id):
        for number, cell in enumerate(several):
            if not number:
                yield f"## {cell.id}: {cell.text}\n"
            for part in cell.parts:
                yield f"- {' '.join(filter(None, (cell.cloud, part.name)))}: {_first(part)}"
                yield from _tests(part)
        yield ""


def _first(part: Part) -> str:
    return "open" if part.strength == Strength.OPEN else "; ".join(str(task) for task in part.manual)


def _tests(part: Part) -> Iterator[str]:
    for how, proofs in (
        ("behaviour", part.behaviour),
        ("template", part.template),
        ("providers", part.providers),
    ):
        for proof in proofs:
            yield f"  - {how}: [{proof.file}](../../tests/{proof.file})::{proof.test}"


def _files(proofs: Iterable[Proof]) -> str:
    counts = {file: len(list(several)) for file, several in groupby(proofs, lambda proof: proof.file)}
    return "\n".join(file + (f" ({count})" if count > 1 else "") for file, count in counts.items())
