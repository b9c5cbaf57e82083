"""Impact of Terraform on a resource: the schema of its provider says which changes replace it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from assembly.provider_facts import TypeSchema, type_schema
from assembly.values import Json
from review.compare.terraform_access import exposures, grants
from review.model.change import NOT_SET, Edit, Kind
from review.model.pair import Impact, Pair
from review.model.resource import Resource
from review.model.rules import rules
from review.model.values import plain_path, text

Known = Callable[[str], TypeSchema | None]
UNKNOWN = "nothing is known of its type, so it may be replaced"


def impacts(pairs: Sequence[Pair], known: Known = type_schema) -> Mapping[Pair, Impact]:
    """Return Terraform's impact on each resource.

    Args:
        pairs: every resource with its other side.
        known: what the schema of its provider says of a type.
    """
    found = {pair: _impact(pair, known) for pair in pairs}
    while further := dict(_followed(found, known)):
        found |= further
    return found


def _impact(pair: Pair, known: Known) -> Impact:
    old, new = pair.before, pair.after
    new_grants = tuple(sorted(set(grants(new)) - set(grants(old))))
    new_exposures = tuple(sorted(set(exposures(new)) - set(exposures(old))))
    if old is None or new is None:
        return Impact(Kind.ADDED if new else Kind.REMOVED, {}, "", new_grants, new_exposures)
    if not new.path or not pair.edits:
        return Impact(Kind.CHANGED, {}, "", new_grants, new_exposures)
    schema = known(new.type)
    if schema is None:
        return Impact(Kind.MAY_REPLACE, {}, UNKNOWN, new_grants, new_exposures)
    only_when_shrunk = rules().replaced_only_when_shrunk.get(new.type, ())
    causes = {
        path: kind
        for edit in pair.edits
        for path in [plain_path(edit.path)]
        if (kind := _effect(edit, schema)) and not (path in only_when_shrunk and _grew(edit))
    }
    return Impact(_worst(causes), causes, "", new_grants, new_exposures)


def _worst(causes: Mapping[str, Kind]) -> Kind:
    order = (Kind.REPLACED, Kind.MAY_REPLACE)
    return next((kind for kind in order if kind in causes.values()), Kind.CHANGED)


def _effect(edit: Edit, schema: TypeSchema) -> Kind | None:
    """Return the effect of an edit: replaced or may be replaced; None for an update in place."""
    path = plain_path(edit.path)
    if path == "provider":
        return Kind.MAY_REPLACE  # another project or region, perhaps
    # A block that comes or goes brings the arguments in it along.
    touched = {path, *(f"{path}.{inner}" for side in (edit.before, edit.after) for inner in _inner(side))}
    forced = touched & schema.force_new
    if edit.after is NOT_SET or edit.after is None:
        forced -= schema.force_new_computed
    if forced:
        return Kind.REPLACED
    if touched & schema.conditional:
        return Kind.MAY_REPLACE
    # Below an argument that forces a replacement stand the keys of a map, which count, or the arguments of a block,
    # which count for themselves. Where the schema's facts name one of them, it is a block.
    named = schema.force_new | schema.conditional | schema.required | schema.enums.keys()
    above = {name for name in schema.force_new | schema.conditional if path.startswith(f"{name}.")}
    if any(not any(other.startswith(f"{name}.") for other in named) for name in above):
        return Kind.MAY_REPLACE
    return None


def _grew(edit: Edit) -> bool:
    """Return whether a number, or the version in a name, is greater than before."""
    old, new = ([int(digits) for digits in re.findall(r"\d+", text(side))] for side in (edit.before, edit.after))
    return bool(old) and new > old


def _inner(value: Json, prefix: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{prefix}{key}"
            yield from _inner(item, f"{prefix}{key}.")
    elif isinstance(value, list):
        for item in value:
            yield from _inner(item, prefix)


def _followed(found: Mapping[Pair, Impact], known: Known) -> Iterator[tuple[Pair, Impact]]:
    """Yield resources that may be replaced because a forcing argument refers to a replaced resource."""
    gone = {_key(pair.after) for pair, impact in found.items() if impact.kind is Kind.REPLACED and pair.after}
    gone |= {_key(pair.after) for pair in found if pair.renamed and pair.after}
    for pair, impact in found.items():
        resource = pair.after
        schema = known(resource.type) if resource and pair.before and impact.kind is Kind.CHANGED else None
        if resource is None or schema is None:
            continue
        for name, value in _arguments(resource.settings):
            paths = re.findall(r"\$\{([^}]*)\}", value)
            replaced = [path for stack, path in gone if stack == resource.stack and _mentions(paths, path)]
            if replaced and name in schema.force_new:
                because = f"{name}: refers to {resource.stack}/{sorted(replaced)[0]}, which is replaced"
                yield pair, Impact(Kind.MAY_REPLACE, impact.causes, because, impact.grants, impact.exposures)
                break


def _key(resource: Resource) -> tuple[str, str]:
    return resource.stack, resource.path


def _mentions(references: Sequence[str], path: str) -> bool:
    return any(re.search(rf"(^|[^\w/]){re.escape(path)}[.\[]", reference) for reference in references)


def _arguments(value: Json, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _arguments(item, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for item in value:
            yield from _arguments(item, path)
    else:
        yield path, text(value)
