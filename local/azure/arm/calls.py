"""Calls to Resource Manager, the handlers that answer them, and the state that they share."""

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assembly.values import Json
from local.azure.arm.data import Kind, kinds
from local.azure.arm.ids import ResourceId
from local.azure.tokens import TENANT
from local.proxy import clock
from local.proxy.api import Request
from local.proxy.store import Documents, Store

_NAMES = uuid.UUID("6f1a3c52-7d5c-4c60-9d7f-0f1f0b6f9a51")


@dataclass(frozen=True)
class Place:
    """Parts of a resource's id, for the values that only a provider sets.

    Attributes:
        id: of the resource.
        location: of the resource; empty where it has none.
    """

    id: ResourceId
    location: str

    @property
    def name(self) -> str:
        """The last part of the id."""
        return self.id.name

    @property
    def lower_name(self) -> str:
        """The last part of the id, in lower case."""
        return self.id.name.lower()

    @property
    def subscription(self) -> str:
        """The subscription."""
        return self.id.subscription

    @property
    def group(self) -> str:
        """The name of the resource group."""
        return self.id.group

    @property
    def uuid(self) -> str:
        """A UUID, always the same for an id."""
        return unique(self.id, "")

    @property
    def record(self) -> str:
        """The full name of a record set in a zone."""
        zone, name = self.id.names[-2:]
        return f"{zone}." if name == "@" else f"{name}.{zone}."

    @property
    def principal(self) -> str:
        """Object id of the identity."""
        return unique(self.id, "principal")

    @property
    def client(self) -> str:
        """Application id of the identity."""
        return unique(self.id, "client")

    def fill(self, template: Any, **values: str) -> Any:
        """Return a value with the attributes in braces filled in, in all its texts."""
        if isinstance(template, str):
            return template.format_map(_Attributes(self, values)) if "{" in template else template
        if isinstance(template, Mapping):
            return {key: self.fill(below, **values) for key, below in template.items()}
        if isinstance(template, list):
            return [self.fill(below, **values) for below in template]
        return template


class _Attributes(dict[str, str]):
    def __init__(self, place: Place, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self._place = place

    def __missing__(self, key: str) -> Any:
        return getattr(self._place, key)


def unique(resource: ResourceId, purpose: str) -> str:
    """Return a UUID, always the same for an id and a purpose: so states of two deploys can be compared."""
    return str(uuid.uuid5(_NAMES, f"{resource.key}#{purpose}"))


@dataclass(frozen=True)
class Cloud:
    """State of the emulator.

    Attributes:
        store: of all APIs.
    """

    store: Store

    @property
    def resources(self) -> Documents:
        """All resources, by their ids in lower case."""
        return self.store.documents("resources")

    def documents(self, part: str) -> Documents:
        """Return other documents, such as ``operations``."""
        return self.store.documents(part)

    @property
    def tenant(self) -> str:
        """The tenant of all subscriptions: the one that the caller has last logged in to."""
        return str(self.documents("tenant").get("id") or TENANT)

    def time(self) -> datetime.datetime:
        """Return the time of the emulator's clock."""
        return clock.time(self.store)

    def now(self) -> str:
        """Return the time as Azure's APIs write it."""
        return self.time().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def find(self, resource: ResourceId) -> Json | None:
        """Return a resource as it is stored; None where there is none."""
        return self.resources.get(resource.key)

    def below(self, scope: ResourceId, kind: str = "") -> Mapping[str, Json]:
        """Return what is stored in a scope, of one kind or of all, by their ids in lower case."""
        found = self.resources.list(f"{scope.key.rstrip('/')}/")
        return {key: stored for key, stored in found.items() if not kind or stored["type"].lower() == kind.lower()}

    def of_kind(self, kind: str) -> Mapping[str, Json]:
        """Return all resources of a kind, by their ids in lower case."""
        return {key: each for key, each in self.resources.list().items() if each["type"].lower() == kind.lower()}


@dataclass(frozen=True)
class Call:
    """A request to Resource Manager, after its path was understood.

    Attributes:
        request: as it was sent.
        id: the resource, the collection, or the resource that an action is on.
        kind: of the resource.
        action: the last part of a POST's path: ``listKeys``; empty where there is none.
        body: what was sent.
        cloud: what the emulator keeps.
    """

    request: Request
    id: ResourceId
    kind: Kind
    action: str
    body: Mapping[str, Any]
    cloud: Cloud
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        """The method, in upper case."""
        return self.request.method

    @property
    def stored(self) -> Json | None:
        """The resource as it is kept; None where there is none."""
        return self.cloud.find(self.id)

    @property
    def creates(self) -> bool:
        """True where the request makes a resource."""
        return self.method == "PUT" and self.stored is None

    @property
    def writes(self) -> bool:
        """True where the request makes or changes a resource."""
        return self.method in {"PUT", "PATCH"}

    @property
    def deletes(self) -> bool:
        """True where the request removes a resource."""
        return self.method == "DELETE"


def kind_of(resource: ResourceId) -> Kind | None:
    """Return the kind of a resource; None where it is not known."""
    return kinds().get(resource.type)


Handler = Callable[[Call], Json]
HANDLERS: dict[tuple[str, str], Handler] = {}


def handles(method: str, *types: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of a method, or an action, of kinds: ``handles("listKeys", "microsoft.storage/…")``.

    It returns what the API answers, as JSON.
    """

    def register(handler: Handler) -> Handler:
        HANDLERS.update({(method.lower(), kind.lower()): handler for kind in types})
        return handler

    return register
