"""Properties that MiniStack's CloudFormation drops and its services keep: sent once more, through the service's API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from typing_extensions import override

from local.emulator.calls import call
from local.emulator.handlers import Handler, Resource
from local.emulator.schemas import Properties


@dataclass(frozen=True, kw_only=True)
class Replay:
    """One property, sent through the service's API.

    Attributes:
        property: the property that CloudFormation drops.
        operation: the call that sets it, as ``service.Operation``.
        request: makes the request from what ``Ref`` answers and the property's value.
        renamed: the API's names for what the template calls otherwise.
        undo: the call that clears it when the template drops it.
        each: the property is a list, and each of its items a call of its own.
    """

    property: str
    operation: str
    request: Callable[[str, Any], Properties]
    renamed: Mapping[str, str] = field(default_factory=dict)
    undo: str | None = None
    each: bool = False


class Replayed(Handler):
    """A handler, and the properties it drops."""

    def __init__(self, handler: Handler, replays: tuple[Replay, ...]) -> None:
        self._handler = handler
        self._replays = replays

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        physical_id, attributes = self._handler.create(logical_id, properties, stack)
        self._replay(physical_id, {}, properties)
        return physical_id, attributes

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        same_id, attributes = self._handler.update(physical_id, old, new, stack, logical_id)
        self._replay(same_id, old if same_id == physical_id else {}, new)
        return same_id, attributes

    @override
    def delete(self, physical_id: str, properties: Properties) -> None:
        self._handler.delete(physical_id, properties)

    def _replay(self, physical_id: str, old: Properties, new: Properties) -> None:
        for replay in self._replays:
            was, wanted = _values(replay, old), _values(replay, new)
            for value in wanted:
                if value not in was:
                    _send(replay.operation, replay.request(physical_id, value), replay.renamed)
            for value in was if replay.undo and (replay.each or not wanted) else []:
                if value not in wanted:
                    _send(str(replay.undo), replay.request(physical_id, value))


def _values(replay: Replay, properties: Properties) -> list[Any]:
    value = properties.get(replay.property)
    if value is None:
        return []
    return list(value) if replay.each else [value]


def _send(name: str, request: Properties, renamed: Mapping[str, str] | None = None) -> None:
    service, operation = name.split(".")
    call(service, operation, request, renamed=renamed)
