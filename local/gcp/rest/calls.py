"""Calls of methods, the handlers that answer them, and the state that they share."""

import datetime
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from assembly.values import Json
from local.gcp.rest.discovery import Method
from local.proxy import clock
from local.proxy.store import Documents, Store

_NUMBER = re.compile(r"projects/(\d+)(?=/|$)")
_SETTER = re.compile(r"set[A-Z]\w*")


@dataclass(frozen=True)
class Cloud:
    """State of the emulator.

    Attributes:
        store: of all APIs.
    """

    store: Store

    def documents(self, api: str, part: str = "") -> Documents:
        """Return the documents of an API: its resources, or another part, such as ``policies``."""
        return self.store.documents(f"{api}.{part}" if part else api)

    def time(self) -> datetime.datetime:
        """Return the time of the emulator's clock."""
        return clock.time(self.store)

    def now(self) -> str:
        """Return the time as Google's APIs write it."""
        return self.time().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def by_id(self, name: str) -> str:
        """Return the name of a resource with its project's id where it has the project's number."""
        found = _NUMBER.match(name)
        known = found and self.documents("cloudresourcemanager", "numbers").get(found[1])
        return _NUMBER.sub(f"projects/{known}", name) if known else name

    def number(self, project: str) -> str:
        """Return the number of a project: the same for each embedded cloud, so that states can be compared."""
        if project.isdigit():
            return project
        found = str(10**11 + zlib.crc32(project.encode()))
        self.documents("cloudresourcemanager", "numbers").put(found, project)
        return found


@dataclass(frozen=True)
class Call:
    """A request to a method, after it was checked.

    Attributes:
        method: that was called.
        name: of the resource, or of its collection, in the path: ``projects/acme/global/networks``.
        parameters: of path and query.
        body: without what the API ignores.
        cloud: what the emulator keeps.
    """

    method: Method
    name: str
    parameters: Mapping[str, str]
    body: Mapping[str, Any]
    cloud: Cloud

    @property
    def api(self) -> str:
        """First part of the API's name, such as ``compute``; versions of an API have the same resources."""
        return self.method.document.host.partition(".")[0]

    @property
    def documents(self) -> Documents:
        """The resources of the API, by name."""
        return self.cloud.documents(self.api)

    def at(self, name: str) -> "Call":
        """Return the same call for another resource."""
        return replace(self, name=name)


@dataclass(frozen=True)
class Place:
    """Parts of a resource's name.

    Attributes:
        path: the name: ``projects/acme/regions/us-central1/subnetworks/private``.
        cloud: what the emulator keeps.
    """

    path: str
    cloud: Cloud

    def after(self, *collections: str) -> str:
        """Return what follows one of some words in the name; empty where none is in it."""
        parts = self.path.split("/")
        return next((after for word, after in pairwise(parts) if word in collections), "")

    @property
    def short(self) -> str:
        """The last part."""
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        """The name of what holds the resource."""
        return self.path.rsplit("/", 2)[0]

    @property
    def project(self) -> str:
        """The id of the project."""
        return self.after("projects")

    @property
    def number(self) -> str:
        """The number of the project."""
        return self.cloud.number(self.project)

    @property
    def location(self) -> str:
        """The location, region or zone."""
        return self.after("locations", "regions", "zones")

    @property
    def digits(self) -> str:
        """A number of 19 digits, always the same for a name."""
        return str(10**18 + int(digest(self.path), 16) % 10**18)

    def fill(self, template: Any, /, **values: Any) -> Any:
        """Return a value with the attributes in braces filled in, in all its texts."""
        if isinstance(template, str):
            return template.format_map(_Attributes(self, values))
        if isinstance(template, Mapping):
            return {key: self.fill(below, **values) for key, below in template.items()}
        if isinstance(template, list):
            return [self.fill(below, **values) for below in template]
        return template


class _Attributes(dict[str, Any]):
    def __init__(self, place: Place, values: Mapping[str, Any]) -> None:
        super().__init__(values)
        self._place = place

    def __missing__(self, key: str) -> Any:
        return getattr(self._place, key)


def digest(text: str) -> str:
    """Return 40 hexadecimal digits that stand for a text."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


Handler = Callable[[Call], Json]
HANDLERS: dict[str, Handler] = {}


def handles(*methods: str) -> Callable[[Handler], Handler]:
    """Make a function the handler of methods: all of a last part, or one, as ``dns.v1:changes.create``."""

    def register(handler: Handler) -> Handler:
        HANDLERS.update(dict.fromkeys(methods, handler))
        return handler

    return register


def find_handler(method: Method) -> Handler:
    """Return the handler of a method: its own, or the usual one of its last part."""
    own = f"{method.document.name}:{method.kind.resource}.{method.action}"
    return HANDLERS.get(own) or HANDLERS[_usual(method)]


def _usual(method: Method) -> str:
    if method.kind.resource.lower().endswith("operations"):
        return f"{method.action}.operation"
    if method.action in method.kind.actions:
        return "action"
    return "set" if _SETTER.fullmatch(method.action) and method.action not in HANDLERS else method.action
