"""Rendering of a report as the comment of a pull request: Markdown, never longer than GitHub takes."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from review.github.limits import MARKER, MAX_CHARACTERS
from review.model.change import REPLACING, Change, Kind
from review.model.danger import Allowance, JudgedDanger
from review.model.report import EnvironmentReport, Group, Report, StackReport
from review.model.update_effects import NO_INTERRUPTION
from review.model.values import LONG, SHORT, short
from review.render.effects import effects_to_notice
from review.render.escape import cell, code, html, plain
from review.render.grouping import alike_dangers, things_by_reasons
from review.render.markdown import change_of
from review.render.text import promises, sentence

_SHOWN_NAMES, _SHOWN_UNPRICED = 8, 3
# Of a name in a comment that is too long for all.
_LONGEST = 300
_ALL_PERCENT = 100
# So many stacks have a row each in the table; of more, each environment has one.
_MANY_STACKS = 12


@dataclass(frozen=True)
class _Shown:
    """Limits of a comment's details: edits and names of resources of one group, characters of a value."""

    edits: int | None = None
    names: int | None = None
    characters: int = LONG


_ALL, _SOME, _NAMES = _Shown(), _Shown(12, _SHOWN_NAMES, SHORT), _Shown(0, _SHOWN_NAMES)


def comment(report: Report, link: str = "", limit: int = MAX_CHARACTERS) -> str:
    """Return the comment.

    Args:
        report: what to render.
        link: where the whole report is; what does not fit points there.
        limit: characters. Details go first, then the table; what needs approval stays, with all its reasons.
    """
    rest = f"Too much for a comment. {f'[The whole report]({link})' if link else '`make diff` shows all of it'}."
    forms: Sequence[Callable[[], Iterator[str]]] = (
        *(partial(_whole, report, link, rest, shown) for shown in (_ALL, _SOME, _NAMES)),
        lambda: iter([*_head(report, link), *_dangers(report), *_effects(report), *_table(report), "", rest]),
        lambda: iter([*_head(report, link), *_dangers(report), rest]),
    )
    for form in forms:
        written = "\n".join(form()) + "\n"
        if len(written) <= limit:
            return written
    return _cut(report, link, rest, limit)


def _cut(report: Report, link: str, rest: str, limit: int) -> str:
    """Return as many dangers as fit, a line each, and how many there are."""
    first = _head(report, link)[: 3 + len(report.warnings)]
    head = "\n".join([*first, f"#### {len(report.open)} need approval", "", ""])
    tail = f"\n{rest}\n"
    lines = [f"- {code(short(each.danger.trailer, _LONGEST))}\n" for each in report.open]
    written = ""
    for number, line in enumerate(lines):
        more = f"- and {len(lines) - number} more\n"
        if len(head) + len(written) + len(line) + len(more) + len(tail) > limit:
            return head + written + more + tail
        written += line
    return head + written + tail


def _whole(report: Report, link: str, rest: str, shown: _Shown) -> Iterator[str]:
    yield from _head(report, link)
    yield from _dangers(report)
    yield from _effects(report)
    yield from _table(report)
    for environment in report.environments:
        yield from _details(environment, shown)
    if shown is not _ALL:
        yield f"\n{rest}"
    if report.environments:
        yield ""
        yield f"<sub>{' '.join(_small_print(report))}</sub>"


def _small_print(report: Report) -> Iterator[str]:
    if report.costs:
        yield "Costs are list prices of reports/cost/prices.yaml, with the use that docs/cost.md assumes."
    yield "Not shown: assets with the same files, the order of keys, noise of review/model/noise.yaml."
    if report.coverage:
        least = math.floor(100 * min(each.judged for each in report.coverage))
        share = f"at least {least} %" if least < _ALL_PERCENT else "all"
        yield f"Rows judge {share} of the settings of each environment."


def _head(report: Report, link: str) -> list[str]:
    sign = "⛔" if report.open else "✅"
    head, base = (code(short(side, _LONGEST)) for side in (report.head, report.base))
    warnings = [f"> ⚠️ {plain(short(warning, _LONGEST))}\n" for warning in report.warnings]
    title = f"### {sign} {plain(short(report.headline, _LONGEST))}"
    lines = [MARKER, *warnings, title, f"{head} against {base}."]
    if report.uncommitted:
        names = ", ".join(code(short(name, _LONGEST)) for name in report.uncommitted[:_SHOWN_NAMES])
        more = len(report.uncommitted) - _SHOWN_NAMES
        lines[-1] += f" Uncommitted files count: {names}{f' and {more} more' if more > 0 else ''}."
    if link:
        lines[-1] += f" [The whole report]({link})."
    lines += [f"> {plain(note)}" for note in report.notes]
    return [*lines, ""]


def _dangers(report: Report) -> Iterator[str]:
    if report.by_rule or report.refused:
        texts = promises()
        yield (
            "#### Needs approval" if any(not each.approval for each in report.by_rule) else "#### Dangers, all allowed"
        )
        yield ""
        for alike in alike_dangers(report.by_rule):
            yield from _danger(alike, texts, report.joint_trailers)
        for refused in report.refused:
            given = refused.approval
            yield f"- Does not count: {code(str(given))} by {plain(given.who)} — {plain(refused.reason)}."
        yield ""
    yield from _unjudged(report)
    for trailer in report.joint_trailers.values():
        kind, _, what = trailer.partition(": ")
        yield f"- To allow: {code(trailer)} — all {what.partition(' ')[0]} of “{Allowance(kind).label}”"
    if report.joint_trailers:
        yield ""
    if report.open:
        yield "Who agrees ends a commit message with the line after “To allow”, and `because …` for the reason."
        yield ""


def _danger(alike: Sequence[JudgedDanger], texts: Mapping[str, str], joint: Mapping[Allowance, str]) -> Iterator[str]:
    judged = alike[0]
    danger = judged.danger
    yield from _said(alike)
    if danger.allowance is Allowance.REPLACE:
        for edit in danger.change.edits:
            if edit.effect in REPLACING:
                yield f"  - Cause: {change_of(edit)}"
        if danger.change.because:
            yield f"  - Cause: {plain(danger.change.because)}"
    if danger.promises:
        yield f"  - Touches {_touched(danger.promises, texts)}"
    if judged.approval:
        given = judged.approval
        yield f"  - Allowed by **{plain(given.who)}** in {given.short_commit}: {code(given.why)}"
    elif danger.allowance not in joint:
        for each in alike:
            yield f"  - To allow: {code(each.danger.trailer)}"


def _said(alike: Sequence[JudgedDanger]) -> Iterator[str]:
    """Yield which resources are in danger, and why: the reasons of each, where they differ."""
    danger = alike[0].danger
    by_reasons = {reasons: [code(name) for name in names] for reasons, names in things_by_reasons(alike).items()}
    several = f"{len(alike)} " if len(alike) > 1 else ""
    what = f"- {'✅' if alike[0].approval else '⛔'} **{danger.title}**: {several}{plain(danger.change.resource.kind)}"
    if len(by_reasons) == 1:
        yield f"{what} {', '.join(by_reasons[danger.reasons])}"
        for line in danger.reasons:
            yield f"  - {sentence(plain(line))}"
        return
    yield what
    for reasons, names in by_reasons.items():
        yield f"  - {', '.join(names)}: {' '.join(sentence(plain(line)) for line in reasons)}"


def _touched(names: Sequence[str], texts: Mapping[str, str]) -> str:
    return "; ".join(f"**{name}**: {texts.get(name, '')}" for name in names)


def _unjudged(report: Report) -> Iterator[str]:
    """Yield what no row judges, by promise: never folded, always with both values."""
    if not report.unjudged:
        return
    texts = promises()
    yield "#### Not judged"
    yield ""
    said: Sequence[str] | None = None
    for each in report.unjudged:
        if each.promises != said:
            said = each.promises
            yield f"- May touch {_touched(said, texts)}" if said else "- May touch no promise of the plan"
        resource = each.change.resource
        changes = "; ".join(change_of(edit, SHORT) for edit in each.edits)
        what = changes or f"{each.change.kind}, and no row knows its type"
        yield f"  - {plain(resource.kind)} {code(resource.address)}: {what}"
        if each.judged and each.judged.approval:
            given = each.judged.approval
            yield f"    - Allowed by **{plain(given.who)}** in {given.short_commit}: {code(given.why)}"
        elif each.judged and each.judged.danger.allowance not in report.joint_trailers:
            yield f"    - To allow: {code(each.judged.danger.trailer)}"
    yield ""


def _table(report: Report) -> Iterator[str]:
    if not report.environments:
        return
    yield "| environment | stack | what happens | USD a month |"
    yield "|---|---|---|--:|"
    many = sum(len(environment.stacks) for environment in report.environments) > _MANY_STACKS
    for environment in report.environments:
        name = f"**{cell(environment.title)}**{f' ({environment.state})' if environment.state else ''}"
        if len(environment.stacks) > 1 and (many or environment.state):
            yield f"| {name} | {len(environment.stacks)} stacks | {environment.summary} | {_money(environment)} |"
            continue
        for number, stack in enumerate(environment.stacks):
            first, last = ("", "") if number else (name, _money(environment))
            yield f"| {first} | {cell(stack.name)} | {stack.summary} | {last} |"


def _money(environment: EnvironmentReport) -> str:
    cost = environment.cost
    if cost is None:
        return ""
    more = f" and {len(cost.unpriced) - _SHOWN_UNPRICED} more" if len(cost.unpriced) > _SHOWN_UNPRICED else ""
    named = ", ".join(cell(short(each, SHORT)) for each in cost.unpriced[:_SHOWN_UNPRICED])
    unknown = f"; unpriced: {named}{more}" if cost.unpriced else ""
    if abs(cost.difference) < 1:
        return f"{cost.after:,.0f}{unknown}"
    if environment.state:
        return f"**{cost.difference:+,.0f}**{unknown}"
    parts = ", ".join(f"{cell(name)} {amount:+,.0f}" for name, amount in cost.parts)
    return f"{cost.before:,.0f} → {cost.after:,.0f} (**{cost.difference:+,.0f}**: {parts}){unknown}"


def _effects(report: Report) -> Iterator[str]:
    """Yield what users of a resource notice of its update, and what is refused: never folded."""
    found = effects_to_notice(report)
    if not found:
        return
    yield "#### What the update does"
    yield ""
    for (kind, line), changes in found.items():
        names = ", ".join(code(change.resource.address) for change in changes[:_SHOWN_NAMES])
        more = len(changes) - _SHOWN_NAMES
        yield f"- {plain(kind)} {names}{f' and {more} more' if more > 0 else ''}: {plain(line)}"
    yield ""


def _details(environment: EnvironmentReport, shown: _Shown) -> Iterator[str]:
    yield ""
    yield f"<details><summary><code>{html(environment.title)}</code>: {environment.summary}</summary>"
    for stack in environment.stacks:
        yield ""
        yield f"{code(stack.name)}: {stack.summary}"
        yield ""
        for group in stack.groups:
            yield from _group(group, stack, shown)
    yield ""
    yield "</details>"


def _group(group: Group, stack: StackReport, shown: _Shown) -> Iterator[str]:
    yield f"- **{group.kind}** {_who(group, stack, shown)}"
    for line in group.meanings:
        if line != NO_INTERRUPTION:
            yield f"  - _{plain(line)}_"
    if group.first.because:
        yield f"  - {plain(group.first.because)}"
    if group.first.refused:
        yield f"  - **{plain(group.first.refused)}**"
    # What replaces the resource comes first.
    edits = sorted(group.edits, key=lambda edit: edit.effect not in REPLACING)
    for edit in edits[: shown.edits]:
        yield f"  - {change_of(edit, shown.characters)}"
    if shown.edits is not None and len(edits) > shown.edits:
        yield f"  - and {len(edits) - shown.edits} {'more ' if shown.edits else ''}settings"


def _who(group: Group, stack: StackReport, shown: _Shown) -> str:
    if len(group.changes) == 1:
        return f"{_resource(group.first, stack)}"
    names = ", ".join(code(change.resource.path or stack.name) for change in group.changes[: shown.names])
    more = len(group.changes) - shown.names if shown.names else 0
    kinds = {change.resource.kind for change in group.changes}
    what = plain(kinds.pop()) if len(kinds) == 1 else "resources"
    return f"{len(group.changes)} {what}: {names}{f' and {more} more' if more > 0 else ''}"


def _resource(change: Change, stack: StackReport) -> str:
    resource = change.resource
    if not resource.path:
        return f"the {resource.type} {code(stack.name)} itself"
    was = f" from {code(change.before.address)}" if change.kind is Kind.MOVED and change.before else ""
    return f"{plain(resource.kind)} {code(resource.path)}{was}"
