"""Impact of Terraform on a resource: the schema of its provider says which changes replace it.

When a resource is replaced, what the cloud computes of it is unknown until the apply; what is written in the code is
not. What refers to something unknown changes with it, and is replaced where the argument forces a replacement.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from assembly.provider_facts import TypeSchema, type_schema
from assembly.values import Json, at
from review.compare.terraform_access import Access, exposures, grants, narrows
from review.compare.terraform_conditions import KEPT_WHEN_UNKNOWN, refusal, replaces
from review.model.change import NOT_SET, REPLACING, WITHOUT_EFFECT, Edit, Kind
from review.model.pair import Impact, Pair
from review.model.resource import Resource
from review.model.values import plain_path, text

Known = Callable[[str], TypeSchema | None]
UNKNOWN = "nothing is known of its type, so it may be replaced"
# What Terraform itself reads: a change of it is carried out in no cloud ("The lifecycle meta-argument", its docs).
_OF_TERRAFORM = {"connection", "depends_on", "lifecycle", "provisioner"}
# What the provider fills in at the plan already (DefaultProviderProject, DefaultProviderRegion).
_OF_PROVIDER = {"project", "region", "zone"}
_PREVENTED = "Terraform refuses the whole plan: lifecycle.prevent_destroy is set"
_DEFINITIONS = "Definitions"
_REFERENCE = re.compile(r"\$\{[^}]*\}")
# Values that the providers' SDK does not tell from one that is not written (schema.Type.Zero).
_ZERO: tuple[Json, ...] = (None, "", 0, False, [], {})


def impacts(pairs: Sequence[Pair], known: Known = type_schema) -> Mapping[Pair, Impact]:
    """Return Terraform's impact on each resource.

    Args:
        pairs: every resource with its other side.
        known: what the schema of its provider says of a type.
    """
    sides = Access(each.before for each in pairs), Access(each.after for each in pairs)
    found = {pair: _impact(pair, known, sides) for pair in pairs}
    _follow(found, known)
    return {
        pair: replace(impact, refused=_refused(pair, impact), narrower=narrows(pair, *sides))
        for pair, impact in found.items()
    }


def _refused(pair: Pair, impact: Impact) -> str:
    """Return why Terraform refuses what it would do; nothing where it does not."""
    protected = pair.after is not None and any(at(pair.after.settings, "lifecycle.prevent_destroy"))
    prevented = impact.kind is Kind.REPLACED and protected
    return _PREVENTED if prevented else refusal(pair.before, pair.after) if pair.edits else ""


def _impact(pair: Pair, known: Known, sides: tuple[Access, Access]) -> Impact:
    old, new = pair.before, pair.after
    new_grants, new_exposures = tuple(grants(pair, *sides)), tuple(exposures(pair, *sides))
    if old is None or new is None:
        return Impact(Kind.ADDED if new else Kind.REMOVED, {}, "", new_grants, new_exposures)
    if not new.path or not pair.edits:
        return Impact(Kind.CHANGED, {}, "", new_grants, new_exposures)
    schema = known(new.type)
    if schema is None:
        only_terraform = all(plain_path(edit.path).partition(".")[0] in _OF_TERRAFORM for edit in pair.edits)
        kind, because = (Kind.CHANGED, "") if only_terraform else (Kind.MAY_REPLACE, UNKNOWN)
        return Impact(kind, {}, because, new_grants, new_exposures)
    effects = {edit.path: _effect(edit, old, new, schema) for edit in pair.edits}
    causes = {path: effect for path, effect in effects.items() if effect is not Kind.CHANGED}
    return Impact(_worst(causes.values()), causes, "", new_grants, new_exposures)


def _worst(effects: Iterable[Kind]) -> Kind:
    return min((effect for effect in effects if effect in REPLACING), key=REPLACING.index, default=Kind.CHANGED)


def _effect(edit: Edit, old: Resource, new: Resource, schema: TypeSchema) -> Kind:
    """Return the effect of an edit."""
    path = plain_path(edit.path)
    if path.partition(".")[0] in _OF_TERRAFORM:
        return Kind.IN_CODE
    if path == "provider":
        return Kind.MAY_REPLACE  # another project or region, perhaps
    if edit.before is NOT_SET and _is_ignored(path, old) and not _is_ignored(path, new):
        # Terraform takes over what it ignored, and the review does not know what it is by now.
        depends = path in schema.force_new | schema.conditional
        return Kind.MAY_REPLACE if depends else Kind.CHANGED
    is_item = edit.path.endswith("]")
    taken_out = edit.after in (NOT_SET, None) and not (is_item and any(True for _ in at(new.settings, path)))
    if taken_out and path in schema.optional_computed - schema.defaults.keys():
        return Kind.LET_GO
    if _same(path, edit.before, edit.after, schema):
        return Kind.IN_CODE
    # A block that comes or goes brings the arguments in it along.
    sides = (edit.before, edit.after)
    touched = {path, *(f"{path}.{inner}" for side in sides if isinstance(side, dict | list) for inner in _inner(side))}
    forced = touched & schema.force_new
    if taken_out:
        forced -= schema.optional_computed
    return _forced(old, path, edit.before, edit.after, forced=bool(forced), touched=touched, schema=schema)


def _is_ignored(path: str, resource: Resource) -> bool:
    ignored = {plain_path(text(name)) for name in at(resource.settings, "lifecycle.ignore_changes")}
    return "all" in ignored or any(path == name or path.startswith(f"{name}.") for name in ignored)


def _forced(
    old: Resource, path: str, before: Json, after: Json, *, forced: bool, touched: set[str], schema: TypeSchema
) -> Kind:
    if forced:
        return Kind.REPLACED
    for conditional in sorted(touched & schema.conditional):
        values = (before, after) if conditional == path else (NOT_SET, NOT_SET)
        condition = replaces(old, conditional, *values)
        if condition is None or (condition and conditional != path):
            return Kind.MAY_REPLACE
        if condition:
            return Kind.REPLACED
    # Below an argument that forces a replacement stand the keys of a map, which count, or the arguments of a block,
    # which count for themselves. Where the schema's facts name one of them, it is a block.
    named = schema.force_new | schema.conditional | schema.required | schema.enums.keys() | schema.optional_computed
    for above in sorted(name for name in schema.force_new | schema.conditional if path.startswith(f"{name}.")):
        if not any(other.startswith(f"{above}.") for other in named):
            if above in schema.force_new or replaces(old, above, before, after):
                return Kind.REPLACED
            if replaces(old, above, before, after) is None:
                return Kind.MAY_REPLACE
    return Kind.CHANGED


def _same(path: str, before: Json, after: Json, schema: TypeSchema) -> bool:
    """Return whether a value that is newly written, or no longer, is the one that holds without it."""
    if (before is NOT_SET) == (after is NOT_SET):
        return False
    written = after if before is NOT_SET else before
    if path in schema.defaults:
        return text(written).lower() == text(schema.defaults[path]).lower()
    return path not in schema.optional_computed and any(
        written == zero and type(written) is type(zero) for zero in _ZERO
    )


def _inner(value: Json, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{prefix}{key}"
            yield from _inner(item, f"{prefix}{key}.")
    elif isinstance(value, list):
        for item in value:
            yield from _inner(item, prefix)


def _follow(found: dict[Pair, Impact], known: Known) -> None:
    """Add the impact on what refers to arguments that change, and to what is unknown of a replaced resource."""
    changed = {pair: _changed(pair, impact) for pair, impact in found.items() if pair.before and pair.after}
    sources = [pair for pair in changed if _is_source(pair, found[pair], changed[pair])]
    references = [each for pair in changed for each in _references(pair)] if sources else []
    while sources:
        of_stack: dict[str, list[Pair]] = {}
        for source in sources:
            of_stack.setdefault(source.stack, []).append(source)
        sources = []
        for pair, name, expressions, through_data in references:
            others = [] if name in changed[pair] else of_stack.get(pair.stack, [])
            for source in others:
                cause = found[source]
                reads = _changes(expressions, source, cause, changed[source], known)
                # What a data source reads is unknown while a resource that it refers to has a change before it
                # ("Data Sources: Data Resource Dependencies", Terraform's documentation).
                if source is pair or not (reads or _mentions(through_data, source)):
                    continue
                effect = _effect_of_unknown(pair, name, cause, known)
                if effect is Kind.CHANGED and cause.kind is Kind.MAY_REPLACE:
                    continue
                found[pair] = _with(found[pair], pair, effect, f"{name}: {_refers(source, cause)}")
                changed[pair] |= {name}
                sources += [] if pair in sources else [pair]
                break


def _references(pair: Pair) -> Iterator[tuple[Pair, str, str, str]]:
    """Yield the arguments of a resource that refer to something: with the expressions, and those of data in them."""
    if pair.after is None or not pair.after.path:
        return
    settings = pair.after.settings
    definitions = settings.get(_DEFINITIONS, {})
    data = {key.removeprefix("data."): body for key, body in definitions.items() if key.startswith("data.")}
    for name, value in _arguments({key: item for key, item in settings.items() if key != _DEFINITIONS}):
        if "${" in value and name.partition(".")[0] not in _OF_TERRAFORM and not _keeps(pair, name):
            expressions = " ".join(_REFERENCE.findall(value))
            read = [body for path, body in data.items() if f"{path}." in expressions or f"{path}[" in expressions]
            yield pair, name, expressions, " ".join(_REFERENCE.findall(text(read))) if read else ""


def _mentions(expressions: str, source: Pair) -> bool:
    return bool(re.search(rf"(?<![\w/]){re.escape(source.resource.path)}[.\[]", expressions))


def _changed(pair: Pair, impact: Impact) -> set[str]:
    """Return the arguments that have another value."""
    return {plain_path(edit.path) for edit in pair.edits if impact.causes.get(edit.path) not in WITHOUT_EFFECT}


def _is_source(pair: Pair, impact: Impact, changed: set[str]) -> bool:
    return bool(pair.after and pair.after.path and (changed or pair.renamed or impact.kind in REPLACING))


def _with(impact: Impact, pair: Pair, effect: Kind, because: str) -> Impact:
    """Return the impact on a resource of which one more argument changes."""
    kind = _worst([impact.kind, effect])
    if kind is impact.kind and (impact.because or pair.edits):
        return impact
    return replace(impact, kind=kind, because=because)


def _refers(source: Pair, impact: Impact) -> str:
    happens = {Kind.REPLACED: "is replaced", Kind.MAY_REPLACE: "may be replaced"}.get(impact.kind, "changes")
    return f"refers to {source.stack}/{source.resource.path}, which {'is replaced' if source.renamed else happens}"


def _keeps(pair: Pair, name: str) -> bool:
    """Return whether an argument keeps its value where the new one is unknown."""
    return pair.before is not None and (pair.before.type, name) in KEPT_WHEN_UNKNOWN


def _effect_of_unknown(pair: Pair, name: str, cause: Impact, known: Known) -> Kind:
    """Return the effect of an argument whose value changes, because it refers to something that does."""
    resource = pair.before or pair.resource
    schema = known(resource.type)
    if schema is None:
        return Kind.MAY_REPLACE
    before = next(at(resource.settings, name), NOT_SET)
    forced = name in schema.force_new
    effect = _forced(resource, name, before, NOT_SET, forced=forced, touched={name}, schema=schema)
    return Kind.MAY_REPLACE if effect is Kind.REPLACED and cause.kind is Kind.MAY_REPLACE else effect


def _changes(expressions: str, source: Pair, impact: Impact, changed: set[str], known: Known) -> bool:
    """Return whether expressions read something of a resource that has another value, or an unknown one."""
    resource = source.after
    if resource is None or resource.path not in expressions:
        return False
    schema = known(resource.type)
    is_replaced = source.renamed or impact.kind in REPLACING
    for found in re.finditer(rf"(?<![\w/]){re.escape(resource.path)}((?:\.\w+|\[[^\]]*\])+)", expressions):
        attribute = plain_path(found[1]).removeprefix(".")
        if any(_overlap(attribute, name) for name in changed):
            return True
        is_written = any(value is not None for value in at(resource.settings, attribute))
        if is_replaced and not is_written and (schema is None or _is_computed(attribute, schema)):
            return True
    return False


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def _is_computed(attribute: str, schema: TypeSchema) -> bool:
    computed = (schema.computed | schema.optional_computed) - _OF_PROVIDER
    return not computed or any(attribute == name or attribute.startswith(f"{name}.") for name in computed)


def _arguments(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _arguments(item, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for item in value:
            yield from _arguments(item, path)
    else:
        yield path, text(value)
