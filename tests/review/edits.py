"""Edits of synthesized resources: one setting changed, taken out or added, or the resource removed.

A place is a stack, the path of a construct and the steps to a setting. A step is a key, ``{Key: project}`` for the item
of a list that says so, ``{item: GET}`` for an item that is this text, an index for any other, and ``(json)`` for what a
text of JSON says.
"""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from assembly import Resource, Stack
from assembly.values import Json

JSON = "(json)"
Step = str | int | dict[str, str]
_IDENTITIES = ("Key", "Sid", "Id", "Name", "RuleName", "StatementId", "name", "key", "id", "sid", "port_name", "role")
_LONGEST_ITEM = 120


_NOT_SETTINGS = {"Type", "Metadata", "//", "provider"}


class Kind(StrEnum):
    """Effect of an edit."""

    CHANGED = "changed"
    TAKEN_OUT = "taken out"
    ADDED = "added"
    ITEM_ADDED = "item added"
    ITEM_REMOVED = "item removed"
    RESOURCE_REMOVED = "resource removed"


@dataclass(frozen=True)
class Edit:
    """An edit of one resource.

    Attributes:
        stack: name of its stack.
        construct: path of the resource in the stack's tree.
        type: of the resource.
        kind: what it does.
        path: steps from what is written about the resource to the setting; of an added item, to its list.
        value: the new value, or ``{replace: …, with: …}`` for a piece of a long text; None where something goes.
    """

    stack: str
    construct: str
    type: str
    kind: Kind
    path: tuple[Step, ...]
    value: Json

    @property
    def name(self) -> str:
        """All that it says; no two edits have the same."""
        return json.dumps([self.stack, self.construct, self.type, self.kind, self.path, self.value])


def steps(value: Json) -> list[tuple[Step, Json]]:
    """Return what a value holds, each with the step to it; nothing where it is a leaf."""
    if is_expression(value):
        return []
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, list):
        return [(_identity(value, index), item) for index, item in enumerate(value)]
    parsed = _parsed(value)
    return [] if parsed is None else [(JSON, parsed)]


def is_expression(value: Json) -> bool:
    """Return whether a value is a function of CloudFormation, ``Ref`` included."""
    return isinstance(value, dict) and len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))


def at_path(value: Json, path: tuple[Step, ...]) -> Json:
    """Return the value at the end of steps.

    Raises:
        LookupError: there is none.
    """
    for step in path:
        value = next((item for known, item in steps(value) if known == step), _MISSING)
        if value is _MISSING:
            raise LookupError(f"no {step} on the way of {path}")
    return value


def settings(resource: Resource) -> dict[str, Json]:
    """Return what is written about a resource, beside its type and what is written for tools."""
    return {key: value for key, value in resource.body.items() if key not in _NOT_SETTINGS}


def applied(body: Json, edit: Edit) -> Json:
    """Return what is written about the resource after an edit; None where it is removed.

    Raises:
        LookupError: the setting is not there, is there already, or has the new value.
    """
    return None if edit.kind is Kind.RESOURCE_REMOVED else _applied(copy.deepcopy(body), edit.path, edit)


def find(stack: Stack, edit: Edit) -> Resource:
    """Return the resource of an edit.

    Raises:
        LookupError: the stack has none of this path and type.
    """
    for resource in stack.resources.values():
        if (resource.path, resource.type) == (edit.construct, edit.type):
            return resource
    raise LookupError(f"{edit.stack} has no {edit.type} at {edit.construct}")


def _applied(value: Json, path: tuple[Step, ...], edit: Edit) -> Json:
    if not path:
        return _new(value, edit)
    step, *rest = path
    if step == JSON:
        return json.dumps(_applied(at_path(value, (JSON,)), tuple(rest), edit))
    if edit.kind is Kind.ADDED and not rest:
        if step in value:
            raise LookupError(f"{step} is set")
        value[step] = edit.value
        return value
    at_path(value, (step,))
    index = step if isinstance(value, dict) else [known for known, _ in steps(value)].index(step)
    if edit.kind in {Kind.TAKEN_OUT, Kind.ITEM_REMOVED} and not rest:
        del value[index]
    else:
        value[index] = _applied(value[index], tuple(rest), edit)
    return value


def _new(value: Json, edit: Edit) -> Json:
    if edit.kind is Kind.ITEM_ADDED:
        if not isinstance(value, list):
            raise LookupError("an item is added to a list")
        return [*value, edit.value]
    if isinstance(edit.value, dict) and edit.value.keys() == {"replace", "with"}:
        new, found = _replaced(value, edit.value["replace"], edit.value["with"])
    else:
        new, found = edit.value, 1
    if found != 1 or new == value:
        raise LookupError(f"changes nothing, or is written {found} times")
    return new


def _replaced(value: Json, old: str, new: str) -> tuple[Json, int]:
    if isinstance(value, str):
        return value.replace(old, new), value.count(old)
    if isinstance(value, dict | list):
        pairs = list(value.items() if isinstance(value, dict) else enumerate(value))
        results = {key: _replaced(item, old, new) for key, item in pairs}
        found = sum(count for _, count in results.values())
        changed: dict[Any, Json] = {key: item for key, (item, _) in results.items()}
        return (changed if isinstance(value, dict) else list(changed.values())), found
    return value, 0


def texts(value: Json) -> Iterator[str]:
    """Yield the pieces of text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)


def _identity(items: list[Json], index: int) -> Step:
    item = items[index]
    if isinstance(item, str) and len(item) <= _LONGEST_ITEM and items.count(item) == 1:
        return {"item": item}
    if isinstance(item, dict):
        for key in _IDENTITIES:
            name = item.get(key)
            alike = [other for other in items if isinstance(other, dict) and other.get(key) == name]
            if isinstance(name, str) and len(name) <= _LONGEST_ITEM and len(alike) == 1:
                return {key: name}
    return index


def _parsed(value: Json) -> Json:
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return None
    try:
        return json.loads(value)
    except ValueError:
        return None


_MISSING = object()
