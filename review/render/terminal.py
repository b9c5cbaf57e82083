"""Rendering of a report for a terminal, in color where there is any."""

from collections.abc import Iterator
from itertools import chain

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from review.model.change import EFFECTS, Edit, Kind
from review.model.danger import JudgedDanger
from review.model.report import EnvironmentReport, Group, Report, StackReport, Unjudged
from review.model.secrets import edit_without_secrets
from review.model.values import LONG, short_pair
from review.render.escape import shown, terminal

_COLORS = {
    Kind.REMOVED: "red",
    Kind.REPLACED: "red",
    Kind.MAY_REPLACE: "yellow",
    Kind.MOVED: "yellow",
    Kind.CHANGED: "cyan",
    Kind.ADDED: "green",
}


def show(report: Report, console: Console) -> None:
    """Print the report: dangers last, where the eye is when the command ends."""
    for part in _parts(report):
        console.print(part, highlight=False, emoji=False, soft_wrap=isinstance(part, str))


def _parts(report: Report) -> Iterator[RenderableType]:
    for warning in report.warnings:
        yield f"[bold yellow]{terminal(warning)}[/]"
    for environment in report.environments:
        for stack in environment.stacks:
            yield f"[bold]{terminal(stack.name)}[/]: {stack.summary}"
            for group in stack.groups:
                yield from _group(group, stack)
            yield ""
    if report.environments:
        yield _table(report)
        yield ""
    yield from chain.from_iterable(map(_unjudged, report.unjudged))
    yield from chain.from_iterable(map(_danger, report.by_rule))
    for trailer in report.joint_trailers.values():
        yield f"[dim]to allow all of the kind together:[/] {terminal(trailer)}"
    for refused in report.refused:
        said = f"{refused.approval} by {refused.approval.who}: {refused.reason}"
        yield f"[yellow]does not count[/] {terminal(said)}"
    for note in report.notes:
        yield f"[yellow]note[/] {terminal(note)}"
    against = f"{report.head} against {report.base}"
    if report.uncommitted:
        against += f", with {len(report.uncommitted)} uncommitted files"
    yield f"[dim]{terminal(against)}[/]"
    yield f"[bold {'red' if report.open else 'green'}]{terminal(report.headline)}[/]"


def _group(group: Group, stack: StackReport) -> Iterator[RenderableType]:
    resource = group.first.resource
    if len(group.changes) > 1:
        names = [change.resource.path or stack.name for change in group.changes]
        who = f"{len(names)} resources: {', '.join(names)}"
    else:
        who = f"{resource.kind} {resource.path}" if resource.path else f"the {resource.type} itself"
        if group.kind is Kind.MOVED and group.first.before:
            who += f" from {group.first.before.address}"
    color = _COLORS[group.kind]
    yield f"  [{color}]{group.kind}[/] {terminal(who)}"
    for line in filter(None, [*group.meanings, group.first.because, group.first.refused]):
        yield f"    [italic]{terminal(line)}[/]"
    for edit in group.edits:
        yield f"    {terminal(_edit(edit))}"


def _edit(edit: Edit) -> str:
    edit = edit_without_secrets(edit)
    effect = f"  ({EFFECTS[edit.effect]})" if edit.effect in EFFECTS else ""
    where = f"{edit.path} of {edit.name}" if edit.name else edit.path
    if edit.note:
        return f"{where}: files differ: {edit.note}{effect}"
    before, after = short_pair(edit.before, edit.after, LONG)
    return f"{where}: {before} → {after}{effect}"


def _danger(judged: JudgedDanger) -> Iterator[RenderableType]:
    danger = judged.danger
    color = "green" if judged.approval else "red"
    yield f"[bold {color}]{danger.title}[/]: {terminal(danger.change.resource.kind)} [bold]{terminal(danger.thing)}[/]"
    touched = f" ({', '.join(danger.promises)})" if danger.promises else ""
    yield Padding(terminal(f"{'; '.join(danger.reasons)}{touched}"), (0, 0, 0, 2))
    if judged.approval:
        given = judged.approval
        yield f"  allowed by {terminal(given.who)} in {given.short_commit}: {terminal(given.why)}"
    else:
        yield f"  [dim]to allow, in a commit message:[/] {terminal(danger.trailer)}"
    yield ""


def _unjudged(unjudged: Unjudged) -> Iterator[RenderableType]:
    resource = unjudged.change.resource
    touched = f" ({', '.join(unjudged.promises)})" if unjudged.promises else ""
    yield f"[bold yellow]Not judged[/]: {terminal(resource.kind)} [bold]{terminal(resource.address)}[/]{touched}"
    if not unjudged.edits:
        yield f"  {unjudged.change.kind}, and no row knows its type"
    for edit in unjudged.edits:
        yield f"  {terminal(_edit(edit))}"
    judged = unjudged.judged
    if judged and judged.approval:
        given = judged.approval
        yield f"  allowed by {terminal(given.who)} in {given.short_commit}: {terminal(given.why)}"
    elif judged:
        yield f"  [dim]to allow, in a commit message:[/] {terminal(judged.danger.trailer)}"
    yield ""


def _table(report: Report) -> Table:
    table = Table(
        "environment", "stack", "what happens", Column("USD a month", justify="right"), box=None, pad_edge=False
    )
    for environment in report.environments:
        for number, stack in enumerate(environment.stacks):
            first = ("", "") if number else (environment.title, _money(environment))
            table.add_row(*(Text(shown(each)) for each in (first[0], stack.name, stack.summary, first[1])))
    return table


def _money(environment: EnvironmentReport) -> str:
    cost = environment.cost
    if cost is None:
        return ""
    difference = f" ({cost.difference:+,.0f})" if abs(cost.difference) >= 1 else ""
    return f"{cost.after:,.0f}{difference}{f', {len(cost.unpriced)} unpriced' if cost.unpriced else ''}"
