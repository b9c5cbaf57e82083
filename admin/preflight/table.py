"""Table of a preflight, and below it what to type."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table

from admin.preflight.model import Row, State

_STYLES = {State.FINE: "green", State.MISSING: "red", State.UNKNOWN: "yellow"}


def show(rows: Sequence[Row], console: Console) -> None:
    """Print one table of all rows, then the next steps of those that have some, each on a line that can be copied."""
    table = Table("", "check", "state", "found")
    for number, row in enumerate(rows, 1):
        answer = row.answer
        table.add_row(
            str(number),
            f"{row.check.group}: {row.check.subject}",
            f"[{_STYLES[answer.state]}]{answer.state}[/]",
            _plain(answer.found),
        )
    console.print(table)
    for line in next_steps(rows):
        console.print(line, highlight=False, markup=False, soft_wrap=True)
    counts = {state: sum(row.answer.state is state for row in rows) for state in State}
    console.print(", ".join(f"{count} {state}" for state, count in counts.items()), highlight=False)


def next_steps(rows: Iterable[Row]) -> list[str]:
    """Return the lines that say what to type for which row."""
    lines = []
    for number, row in enumerate(rows, 1):
        if row.answer.next_steps:
            lines.append(f"{number}. {row.check.subject}")
            lines += [f"   {step}" for step in row.answer.next_steps]
    return lines


def _plain(text: str) -> str:
    """Return a cloud's text as text: rich would read brackets as markup."""
    return text.replace("[", r"\[")
