"""Rendering of a report for a terminal, in color where there is any."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Column, Table

from review.model.change import Edit, Kind
from review.model.danger import JudgedDanger
from review.model.report import EnvironmentReport, Group, Report, StackReport
from review.model.values import short

_COLORS = {
    Kind.REMOVED: "red",
    Kind.REPLACED: "red",
    Kind.MAY_REPLACE: "yellow",
    Kind.MOVED: "yellow",
    Kind.CHANGED: "cyan",
    Kind.ADDED: "green",
}
_SHOWN_NAMES = 6
_SHOWN_EDITS = 6


def show(report: Report, console: Console) -> None:
    """Print the report: dangers last, where the eye is when the command ends."""
    for part in _parts(report):
        console.print(part, highlight=False, soft_wrap=isinstance(part, str))


def _parts(report: Report) -> Iterator[RenderableType]:
    for environment in report.environments:
        for stack in environment.stacks:
            yield f"[bold]{escape(stack.name)}[/]: {stack.summary}"
            for group in stack.groups:
                yield from _group(group, stack)
            yield ""
    if report.environments:
        yield _table(report)
        yield ""
    for judged in report.dangers:
        yield from _danger(judged)
    for refused in report.refused:
        said = f"{refused.approval} by {refused.approval.who}: {refused.reason}"
        yield f"[yellow]does not count[/] {escape(said)}"
    for note in report.notes:
        yield f"[yellow]note[/] {escape(note)}"
    against = f"{report.head} against {report.base}"
    if report.uncommitted:
        against += f", with {len(report.uncommitted)} uncommitted files"
    yield f"[dim]{escape(against)}[/]"
    yield f"[bold {'red' if report.open else 'green'}]{escape(report.headline)}[/]"


def _group(group: Group, stack: StackReport) -> Iterator[RenderableType]:
    resource = group.first.resource
    if len(group.changes) > 1:
        names = [change.resource.path or stack.name for change in group.changes]
        more = f" and {len(names) - _SHOWN_NAMES} more" if len(names) > _SHOWN_NAMES else ""
        who = f"{len(names)} resources: {', '.join(names[:_SHOWN_NAMES])}{more}"
    else:
        who = f"{resource.kind} {resource.path}" if resource.path else "the stack itself"
        if group.kind is Kind.MOVED and group.first.before:
            who += f" from {group.first.before.address}"
    color = _COLORS[group.kind]
    yield f"  [{color}]{group.kind}[/] {escape(who)}"
    for line in [*group.meanings, *([group.first.because] if group.first.because else [])]:
        yield f"    [italic]{escape(line)}[/]"
    for edit in group.edits[:_SHOWN_EDITS]:
        yield f"    {escape(_edit(edit))}"
    if len(group.edits) > _SHOWN_EDITS:
        yield f"    and {len(group.edits) - _SHOWN_EDITS} more settings"


def _edit(edit: Edit) -> str:
    effect = {Kind.REPLACED: "  (replaces it)", Kind.MAY_REPLACE: "  (may replace it)"}.get(edit.effect, "")
    if edit.note:
        return f"{edit.path}: files differ: {short(edit.note)}{effect}"
    return f"{edit.path}: {short(edit.before)} → {short(edit.after)}{effect}"


def _danger(judged: JudgedDanger) -> Iterator[RenderableType]:
    danger = judged.danger
    color = "green" if judged.approval else "red"
    yield f"[bold {color}]{danger.title}[/]: {escape(danger.change.resource.kind)} [bold]{escape(danger.thing)}[/]"
    touched = f" ({', '.join(danger.promises)})" if danger.promises else ""
    yield Padding(escape(f"{'; '.join(danger.reasons)}{touched}"), (0, 0, 0, 2))
    if judged.approval:
        given = judged.approval
        yield f"  allowed by {escape(given.who)} in {given.short_commit}: {escape(given.why)}"
    else:
        yield f"  [dim]to allow, in a commit message:[/] {escape(danger.trailer)}"
    yield ""


def _table(report: Report) -> Table:
    table = Table(
        "environment", "stack", "what happens", Column("USD a month", justify="right"), box=None, pad_edge=False
    )
    for environment in report.environments:
        for number, stack in enumerate(environment.stacks):
            first = ("", "") if number else (environment.title, _money(environment))
            table.add_row(first[0], stack.name, stack.summary, first[1])
    return table


def _money(environment: EnvironmentReport) -> str:
    cost = environment.cost
    if cost is None:
        return ""
    return f"{cost.after:,.0f}" + (f" ({cost.difference:+,.0f})" if abs(cost.difference) >= 1 else "")
