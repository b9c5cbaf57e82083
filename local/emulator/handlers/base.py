"""The interface of a handler of a resource type, and how MiniStack registers one."""

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from typing_extensions import override

from local.emulator.ministack_internals import CREATE_WITH_NEW_NAME
from local.emulator.schemas import Properties, create_only, refuse_invalid

Resource: TypeAlias = tuple[str, Properties]
"""What ``Ref`` answers, and what ``Fn::GetAtt`` answers by name."""

Entry: TypeAlias = dict[str, Any]
"""A handler as MiniStack's registry holds it: functions by the name of the operation."""


class Handler(Protocol):
    """Handler of a resource type: creates, updates and deletes its resources."""

    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        """Make the resource."""

    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        """Change the resource. Another physical id than before means that it was replaced."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove the resource. One that is gone already is no error."""


class Native(Handler):
    """A handler of MiniStack's own registry, for a subclass to correct."""

    def __init__(self, entry: Entry) -> None:
        self._entry = entry

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        physical_id, attributes = self._entry["create"](logical_id, properties, stack)
        return physical_id, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        if "update" not in self._entry:
            return self.create(logical_id, new, stack)
        named = (logical_id,) if self._entry.get("update_with_logical_id") else ()
        same_id, attributes = self._entry["update"](physical_id, old, new, stack, *named)
        return same_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        self._entry["delete"](physical_id, properties)


class Replacing(Handler):
    """A handler for what can change in place; what cannot is made anew, under another name, before the old one goes."""

    def __init__(self, type_name: str, handler: Handler) -> None:
        self._type = type_name
        self._handler = handler

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        return self._handler.create(logical_id, properties, stack)

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        if any(old.get(name) != new.get(name) for name in create_only(self._type)):
            replacement, attributes = CREATE_WITH_NEW_NAME.value(self._handler.create, logical_id, new, stack)
            return replacement, attributes
        return self._handler.update(physical_id, old, new, stack, logical_id)

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler.delete(physical_id, properties)


def entry(handler: Handler, native: Entry | None = None) -> Entry:
    """A handler as MiniStack registers it, with what its own entry can do besides (snapshot, import)."""
    return {
        **(native or {}),
        "create": handler.create,
        "update": handler.update,
        "update_with_logical_id": True,
        "delete": handler.delete,
    }


def checked(type_name: str, unchecked: Entry) -> Entry:
    """The same entry, refusing properties that break the schema of their type."""
    positions = {"create": 1, "update": 2}  # of the properties among the arguments

    def guarded(operation: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            refuse_invalid(type_name, arguments[positions[operation]])
            return unchecked[operation](*arguments)

        return call

    return unchecked | {operation: guarded(operation) for operation in positions if operation in unchecked}
