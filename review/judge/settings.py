"""Verdicts on changed settings, by the rows of ``review/model/verdicts``."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from assembly.values import Json
from review.model.change import NOT_SET, REPLACING, Change, Difference, Edit, Kind, Verdict
from review.model.danger import Allowance, JudgedDanger
from review.model.report import Unjudged
from review.model.resource import Resource
from review.model.secrets import ANOTHER, SECRET, edit_without_secrets, value_without_secrets
from review.model.values import name_beside, plain_path, short, short_pair, text
from review.model.verdicts.rows import ALL, Row, TypeRow, Verdicts, verdicts

# How many settings a reason names, and of how many characters each value.
_NAMED, _LONGEST = 3, 60
_FUNCTION = re.compile(r"\.?(?:Fn::\w+|Ref)(?:$|[.\[]).*")
_ORDER = list(Verdict)
# Sections that are read by Terraform, and not by the provider.
_OF_TERRAFORM = {"lifecycle", "provisioner"}
_LET_GO = "a protection is no longer kept by this code: it stays until somebody changes it elsewhere"


@dataclass(frozen=True)
class Judgement:
    """Verdict on the change of one setting.

    Attributes:
        edit: of the setting; of a resource that comes, without a path.
        says: what it means, or why it does no harm; nothing where it is said elsewhere.
        allowance: the trailer that allows it, of a danger.
        by_type: whether no row names the setting: any change of one is a danger to the type.
    """

    edit: Edit
    verdict: Verdict
    says: str = ""
    allowance: Allowance = Allowance.UNJUDGED
    promises: tuple[str, ...] = ()
    by_type: bool = False


def judgements(change: Change) -> list[Judgement]:
    """Return the verdict on each setting that a change touches, and on a resource that comes."""
    if change.before is None:
        return list(_new(change.resource))
    if change.after is None:
        return []
    return [each for edit in change.edits for each in _of_edit(edit, change.before, change.after, change)]


def _of_edit(edit: Edit, before: Resource, after: Resource, change: Change) -> Iterator[Judgement]:
    is_item = edit.path.endswith("]") or isinstance(_at(after.settings, edit.path), list)
    facts = _Facts(
        before,
        after,
        has_grants=bool(change.grants or change.exposures),
        narrower=change.narrower,
        came=edit.before is NOT_SET and isinstance(edit.after, dict) and is_item,
    )
    for leaf in _leaves(edit, before.settings, after.settings):
        yield _judged(leaf, facts)


@dataclass(frozen=True)
class _Facts:
    """Facts that a verdict on a setting needs besides.

    Attributes:
        has_grants: whether the resource newly allows something, or lets somebody in.
        narrower: whether its traffic rules let less pass, and leave out nobody altogether.
        came: whether the setting came with a new item of a list.
    """

    before: Resource
    after: Resource
    has_grants: bool
    narrower: bool
    came: bool


def _leaves(edit: Edit, before: Json, after: Json) -> Iterator[Edit]:
    """Yield an edit of each setting in what changes: a block that comes or goes brings its settings along.

    A value of which a function of CloudFormation makes something is one setting.
    """
    if function := _FUNCTION.search(edit.path):
        path = edit.path[: function.start()]
        yield replace(edit, path=path, before=_at(before, path), after=_at(after, path))
        return
    held = next((side for side in (edit.after, edit.before) if isinstance(side, dict | list) and side), None)
    other = edit.before if held is edit.after else edit.after
    if held is None or isinstance(other, dict | list) or (isinstance(held, dict) and _is_function(held)):
        yield edit
        return
    inner = held.items() if isinstance(held, dict) else enumerate(held)
    for key, item in inner:
        path = f"{edit.path}.{key}" if isinstance(held, dict) else f"{edit.path}[{key}]"
        sides = (other, item) if held is edit.after else (item, other)
        name = name_beside(str(key), held) if isinstance(held, dict) else edit.name
        yield from _leaves(replace(edit, path=path, before=sides[0], after=sides[1], name=name), before, after)


def _is_function(value: Mapping[str, Json]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref"))


def _at(value: Json, path: str) -> Json:
    """Return the value at the path of an edit; ``NOT_SET`` where there is none."""
    for name, place in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        if place and isinstance(value, list) and int(place) < len(value):
            value = value[int(place)]
        elif name and isinstance(value, dict) and name in value:
            value = value[name]
        else:
            return NOT_SET
    return value


def _judged(edit: Edit, facts: _Facts) -> Judgement:
    before, after = facts.before, facts.after
    known = verdicts()
    shown = edit_without_secrets(edit)
    if shown.after in (SECRET, ANOTHER) and shown.after != shown.before:
        return Judgement(
            edit, Verdict.DANGER, "a secret stands in the template in plain text", Allowance.WEAKEN, ("SEC-8",)
        )
    in_code = edit.effect is Kind.IN_CODE and edit.path.partition(".")[0] not in _OF_TERRAFORM
    path = plain_path(edit.path)
    if in_code or (edit.effect not in REPLACING and known.says_default(after.type, path, edit.before, edit.after)):
        return Judgement(edit, Verdict.HARMLESS, "it is what holds where nothing is written")
    for rows in known.of_setting(after.type, path):
        counting = [row for row in rows if row.holds_for(before.settings, after.settings)]
        found = [(row, _verdict(row, edit, facts)) for row in counting]
        for wanted in (Verdict.DANGER, Verdict.HARMLESS):
            for row, verdict in found:
                if verdict is wanted:
                    allowance = row.allowance if wanted is Verdict.DANGER else Allowance.UNJUDGED
                    says = "" if row.worse == "judged elsewhere" else row.says
                    if edit.effect is Kind.LET_GO and wanted is Verdict.DANGER:
                        says = _LET_GO
                    return Judgement(edit, verdict, says, allowance, row.promises)
    return _by_type(edit, known, before, after)


def _verdict(row: Row, edit: Edit, facts: _Facts) -> Verdict:
    if row.worse == "judged elsewhere":
        return Verdict.DANGER if facts.has_grants else Verdict.HARMLESS
    if row.worse == "not narrower":
        return Verdict.HARMLESS if facts.narrower else Verdict.DANGER
    if row.worse == "edited":
        return Verdict.HARMLESS if facts.came else Verdict.DANGER
    if row.worse == "never" and row.type == ALL and edit.effect in REPLACING:
        return Verdict.UNJUDGED
    if edit.effect is Kind.LET_GO and row.worse != "never":
        return Verdict.DANGER
    return row.verdict(edit.before, edit.after, facts.before.settings, facts.after.settings)


def _by_type(edit: Edit, known: Verdicts, before: Resource, after: Resource) -> Judgement:
    row = known.of_type(after) or known.of_type(before)
    promises = known.promises(before)
    if row and row.rest:
        return Judgement(edit, Verdict.DANGER, row.rest, Allowance[row.rest_allow.upper()], promises, by_type=True)
    if row and row.rest_harmless:
        return Judgement(edit, Verdict.HARMLESS, row.rest_harmless)
    return Judgement(edit, Verdict.UNJUDGED, "", Allowance.UNJUDGED, promises)


def _new(resource: Resource) -> Iterator[Judgement]:
    """Yield what a new resource does that is a danger; its coming is not judged where its type has no row."""
    known = verdicts()
    row = known.of_type(resource)
    whole = Edit("", NOT_SET, NOT_SET)
    if not resource.path:
        return
    if row is None:
        yield Judgement(whole, Verdict.UNJUDGED, "its type has no row")
        return
    if row.added:
        yield Judgement(whole, Verdict.DANGER, row.added, Allowance[row.added_allow.upper()], row.promises)
    for each in known.rows.get(resource.type, ()):
        if each.new and each.holds_for(NOT_SET, resource.settings) and each.is_bad_start(resource.settings):
            value = _at(resource.settings, each.setting)
            yield Judgement(
                Edit(each.setting, NOT_SET, value), Verdict.DANGER, each.says, each.allowance, each.promises
            )
    if value_without_secrets(resource.settings, []) != resource.settings and _has_secret(resource.settings):
        yield Judgement(whole, Verdict.DANGER, "a secret stands in the template in plain text", Allowance.WEAKEN)


def _has_secret(settings: Json) -> bool:
    return SECRET in text(value_without_secrets(settings, [])) and SECRET not in text(settings)


def needs_a_yes_unjudged(resource: Resource, holds_state: bool) -> bool:
    """Return whether what is not judged of a resource needs a yes: it holds state or carries a promise, and counts."""
    known = verdicts()
    row = known.of_type(resource)
    return not known.lenient.search(resource.stack) and (row is None or holds_state or bool(known.promises(resource)))


def reasons(found: Sequence[Judgement]) -> Iterator[tuple[Allowance, str, tuple[str, ...]]]:
    """Yield what is dangerous, a sentence for each meaning, with the settings that say so, and the promises."""
    together: dict[tuple[Allowance, str], list[Judgement]] = defaultdict(list)
    for each in found:
        if each.verdict is Verdict.DANGER and each.says:
            together[each.allowance, each.says].append(each)
    for (allowance, says), several in together.items():
        promises = tuple(dict.fromkeys(name for each in several for name in each.promises))
        differences = list(dict.fromkeys(_difference(each.edit) for each in several if each.edit.path))
        more = f"; and {len(differences) - _NAMED} more" if len(differences) > _NAMED else ""
        shown = f" ({'; '.join(differences[:_NAMED])}{more})" if differences else ""
        yield allowance, f"{says}{shown}", promises


def _difference(edit: Edit) -> str:
    edit = edit_without_secrets(edit)
    if edit.note:
        return f"{edit.path}: files differ: {short(edit.note, _LONGEST)}"
    before, after = short_pair(edit.before, edit.after, _LONGEST)
    return f"{plain_path(edit.path)}: {before} → {after}"


def unjudged(difference: Difference, judged: Sequence[JudgedDanger]) -> list[Unjudged]:
    """Return what no row judges: what may touch a promise first, then by stack and path.

    Args:
        difference: all changes.
        judged: the dangers, of which some are no more than this.
    """
    known = {each.danger.thing: each for each in judged if each.danger.allowance is Allowance.UNJUDGED}
    found = []
    for change in difference.changes:
        edits = [each.edit for each in judgements(change) if each.verdict is Verdict.UNJUDGED]
        judged_alone = known.get(change.resource.address)
        if edits and (judged_alone or change.resource.stack in difference.before):
            promises = verdicts().promises(change.resource)
            settings = [edit for edit in edits if edit.path]
            found.append(Unjudged(change, settings, promises, judged_alone))
    return sorted(found, key=lambda each: (each.judged is None, not each.promises, each.promises))


def with_verdicts(difference: Difference) -> Difference:
    """Return the difference with the verdict on each edit: the worst of what it touches."""
    return replace(difference, changes=[_marked(change) for change in difference.changes])


def _marked(change: Change) -> Change:
    if change.before is None or change.after is None:
        return change
    old, new = change.before, change.after
    return replace(
        change,
        edits=tuple(
            replace(
                edit,
                verdict=min(
                    (each.verdict for each in _of_edit(edit, old, new, change)),
                    key=_ORDER.index,
                    default=Verdict.HARMLESS,
                ),
            )
            for edit in change.edits
        ),
    )


def type_row(resource: Resource) -> TypeRow | None:
    """Return what is known of a resource's type."""
    return verdicts().of_type(resource)
