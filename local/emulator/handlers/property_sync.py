"""Property sync: what MiniStack's CloudFormation drops of a resource and its service keeps, sent by another call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.handlers.base import Handler, Resource
from local.emulator.schemas import Properties


@dataclass(frozen=True, kw_only=True)
class PropertySync:
    """A property that is sent through the service's API.

    Attributes:
        property: the property that CloudFormation drops.
        operation: the call that sets it, as ``service.Operation``.
        request: makes the request from what ``Ref`` answers and the property's value.
        renamed: the API's names for what the template calls otherwise.
        clear_operation: the call that clears it when the template drops it; without one, it stays.
        per_item: whether the property is a list of which each item takes a call of its own.
    """

    property: str
    operation: str
    request: Callable[[str, Any], Properties]
    renamed: Mapping[str, str] = field(default_factory=dict)
    clear_operation: str | None = None
    per_item: bool = False


class SyncedHandler(Handler):
    """A handler that also sends the properties which another handler drops."""

    def __init__(self, handler: Handler, syncs: tuple[PropertySync, ...]) -> None:
        self._handler = handler
        self._syncs = syncs

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        physical_id, attributes = self._handler.create(logical_id, properties, stack)
        self._sync(physical_id, {}, properties)
        return physical_id, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        same_id, attributes = self._handler.update(physical_id, old, new, stack, logical_id)
        self._sync(same_id, old if same_id == physical_id else {}, new)
        return same_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler.delete(physical_id, properties)

    def _sync(self, physical_id: str, old: Properties, new: Properties) -> None:
        for sync in self._syncs:
            was, wanted = _values(sync, old), _values(sync, new)
            for value in wanted:
                if value not in was:
                    _send(sync.operation, sync.request(physical_id, value), sync.renamed)
            for value in was if sync.clear_operation and (sync.per_item or not wanted) else []:
                if value not in wanted:
                    _send(str(sync.clear_operation), sync.request(physical_id, value))


def _values(sync: PropertySync, properties: Properties) -> list[Any]:
    value = properties.get(sync.property)
    if value is None:
        return []
    return list(value) if sync.per_item else [value]


def _send(name: str, request: Properties, renamed: Mapping[str, str] | None = None) -> None:
    service, operation = name.split(".")
    call(service, operation, request, renamed=renamed)
