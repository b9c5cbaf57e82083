"""Methods of Google's APIs, by the discovery documents of ``discovery/`` (``tools/google_apis.py`` writes them)."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any
from urllib.parse import unquote

from local.gcp.rest.data import DISCOVERY, Kind, kinds

_FIELD = re.compile(r"\{(\w+)\}")
_VERSION = re.compile(r"^(?:\w+/)?v\d\w*/")


@dataclass(frozen=True)
class Document:
    """A discovery document.

    Attributes:
        name: such as ``compute.v1``.
        content: what ``tools/google_apis.py`` kept of it.
    """

    name: str
    content: Mapping[str, Any]

    @property
    def host(self) -> str:
        """The name that serves the API."""
        return str(self.content["host"])

    @property
    def prefix(self) -> str:
        """Beginning of a path, before the name of a resource."""
        paths = (row["path"] for row in self.content["methods"].values())
        return next(found[0] for path in paths if (found := _VERSION.match(path)))

    @property
    def link_host(self) -> str:
        """The name that stands in links to resources."""
        return "www.googleapis.com" if self.host.startswith(("compute.", "storage.")) else self.host

    @property
    def schemas(self) -> Mapping[str, Any]:
        """The schemas, by name."""
        found: Mapping[str, Any] = self.content["schemas"]
        return found

    def resolve(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a schema refers to, or the schema itself."""
        return self.schemas[schema["$ref"]] if "$ref" in schema else schema


@dataclass(frozen=True)
class Method:
    """A method of an API.

    Attributes:
        id: in the discovery document, such as ``compute.networks.insert``.
        document: the document.
        kind: what it is about.
        content: its row in the document.
    """

    id: str
    document: Document
    kind: Kind
    content: Mapping[str, Any]

    @property
    def action(self) -> str:
        """The last part of the id, such as ``insert``."""
        return self.id.rpartition(".")[2]

    @property
    def verb(self) -> str:
        """The verb of HTTP."""
        return str(self.content["verb"])

    @property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """The parameters of the query, by name."""
        return {name: row for name, row in self.content["parameters"].items() if row.get("location") == "query"}

    @property
    def request(self) -> Mapping[str, Any] | None:
        """The schema of the request's body."""
        return self.document.schemas[self.content["request"]] if "request" in self.content else None

    @property
    def response(self) -> Mapping[str, Any]:
        """The schema of the answer; empty where it has none."""
        return self.document.schemas[self.content["response"]] if "response" in self.content else {}

    @property
    def starts_operation(self) -> bool:
        """True where the answer is an operation, by which the caller learns when it is done."""
        return str(self.content.get("response", "")).endswith("Operation")

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Pattern of the paths of its requests."""
        parts = _FIELD.split(self.content["path"])
        return re.compile(
            "/" + "".join(f"(?P<{part}>[^/]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
        )

    @property
    def specificity(self) -> int:
        """Number of characters of the path that are fixed."""
        return len(_FIELD.sub("", self.content["path"]))

    def match(self, path: str) -> tuple[str, Mapping[str, str]] | None:
        """Return the name of the resource in a path, and the path's parameters; None where it is another method's."""
        found = self.pattern.fullmatch(path)
        if found is None:
            return None
        name = _VERSION.sub("", path.removeprefix("/"))
        # ``:addVersion`` is no part of the resource's name, and neither is ``/setLabels``.
        name = name.removesuffix(f":{self.action}").removesuffix(f"/{self.action}")
        return unquote(name), {key: unquote(value) for key, value in found.groupdict().items()}


@cache
def methods() -> Mapping[tuple[str, str], Sequence[Method]]:
    """Return the methods by host and verb, the most specific path first."""
    found: dict[tuple[str, str], list[Method]] = {}
    for name in sorted({kind.document for kind in kinds()}):
        document = Document(name, json.loads((DISCOVERY / f"{name}.json").read_text()))
        by_resource = {kind.resource: kind for kind in kinds() if kind.document == name}
        for identifier, content in document.content["methods"].items():
            kind = by_resource[identifier.partition(".")[2].rpartition(".")[0]]
            method = Method(identifier, document, kind, content)
            found.setdefault((document.host, method.verb), []).append(method)
    return {key: sorted(rows, key=lambda row: -row.specificity) for key, rows in found.items()}


def methods_of(document: Document, kind: Kind) -> Mapping[str, Method]:
    """Return the methods of a kind of resource, by their last parts."""
    return _by_kind()[document.name, kind.resource]


@cache
def _by_kind() -> Mapping[tuple[str, str], Mapping[str, Method]]:
    found: dict[tuple[str, str], dict[str, Method]] = {}
    for rows in methods().values():
        for method in rows:
            found.setdefault((method.document.name, method.kind.resource), {})[method.action] = method
    return found
