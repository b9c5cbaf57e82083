"""Names of resources in the bodies of requests: what they name, and where they stand."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from local.gcp.rest.calls import Cloud
from local.gcp.rest.discovery import methods, methods_of

# What may stand before a name: the URL of Compute Engine, or the host of an API ("Resource names", Google Cloud APIs).
_BEFORE = re.compile(r"^(?:https?:)?//[a-z0-9.-]+/(?:compute/(?:v1|beta)/|v\d\w*/)?")
_FIELD = re.compile(r"\{(\w+)\}")
_VERSION = re.compile(r"^(?:\w+/)?v\d\w*/")
_CREATES = {"create", "createAsync", "insert"}
# Projects may belong to others, and the names of buckets say nothing of an API.
_NOT_LOOKED_UP = ("cloudbilling", "cloudresourcemanager", "storage")


@dataclass(frozen=True)
class Named:
    """A resource that a text names.

    Attributes:
        api: such as ``compute``.
        kind: such as ``networks``.
        name: with the project's id: ``projects/acme/global/networks/main``.
    """

    api: str
    kind: str
    name: str

    def exists(self, cloud: Cloud) -> bool:
        """Return whether it is there."""
        return cloud.documents(self.api).get(self.name) is not None


def find(text: str, cloud: Cloud) -> Named | None:
    """Return what a text names; None where it is no name of a resource that the embedded cloud can make."""
    name = _BEFORE.sub("", text)
    if "/" not in name or "/-/" in name:
        return None
    for api, kind, pattern in _patterns():
        if pattern.fullmatch(name):
            return Named(api, kind, cloud.by_id(name))
    return None


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts in a body, each with its path: ``metadata.networks[0]``."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for at, below in enumerate(value):
            yield from texts(below, f"{path}[{at}]")
    elif isinstance(value, dict):
        for key, below in value.items():
            yield from texts(below, f"{path}.{key}" if path else key)


def found_in(value: Any, cloud: Cloud) -> Iterator[tuple[str, str, Named]]:
    """Yield the names of resources in a body: the path, the text and what it names."""
    for path, text in texts(value):
        if named := find(text, cloud):
            yield path, text, named


def word(kind: str) -> str:
    """Return how Compute Engine writes a kind: ``compute.globalForwardingRules`` is ``forwarding_rule``."""
    plural = kind.rpartition(".")[2].removeprefix("global")
    snake = re.sub(r"([A-Z])", lambda found: f"_{found[1].lower()}", plural).strip("_")
    return re.sub(r"(ies|(?<=x|s)es|s)$", lambda found: "y" if found[1] == "ies" else "", snake)


@cache
def _patterns() -> list[tuple[str, str, re.Pattern[str]]]:
    found = []
    for rows in methods().values():
        for method in rows:
            api = method.document.host.partition(".")[0]
            if method.action != "get" or api in _NOT_LOOKED_UP:
                continue
            if not _CREATES & set(methods_of(method.document, method.kind)):
                continue
            parts = _FIELD.split(_VERSION.sub("", method.content["path"]))
            pattern = "".join("[^/ ]+" if at % 2 else re.escape(part) for at, part in enumerate(parts))
            found.append((api, method.kind.resource.rpartition(".")[2], re.compile(pattern)))
    return found
