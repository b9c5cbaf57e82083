"""Objects of one cluster: held in memory, and each written through to the store."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from assembly.values import Json
from local.kubernetes.kinds import Kind


class Documents(Protocol):
    """JSON documents by name, kept on disk."""

    def get(self, name: str) -> Json | None:
        """Return a document; None where there is none."""

    def put(self, name: str, value: Json) -> None:
        """Keep a document."""

    def delete(self, name: str) -> None:
        """Remove a document."""

    def list(self, prefix: str = "") -> Mapping[str, Json]:
        """Return the documents whose names begin so."""


def forget(documents: Documents, cluster: str) -> None:
    """Drop all that a cluster holds: it was deleted. A cluster of the same name is a new one."""
    for name in list(documents.list(f"{cluster}/")):
        documents.delete(name)


class Objects:
    """Objects of one cluster. What it returns is shared: change a copy."""

    def __init__(self, documents: Documents, cluster: str) -> None:
        self._documents = documents
        self._prefix = f"{cluster}/"
        self._items = dict(documents.list(self._prefix))
        self._version: int = self._items.pop(self._prefix, 0)

    @property
    def version(self) -> str:
        """Resource version of the last change."""
        return str(self._version)

    def stale(self) -> bool:
        """Return whether the store holds another state: it did not take a change, or the cluster was deleted."""
        return self._documents.get(self._prefix) != self._version

    def get(self, kind: Kind, namespace: str, name: str) -> Json | None:
        """Return an object in the version of a kind; None where there is none."""
        item = self._items.get(self._name(kind, namespace, name))
        return item and item | {"apiVersion": kind.api_version}

    def list(self, kind: Kind, namespace: str = "") -> Iterator[Json]:
        """Yield the objects of a kind by name; of all namespaces where none is given."""
        prefix = self._name(kind, namespace, "") if namespace else f"{self._prefix}{kind.resource}/"
        for name in sorted(self._items):
            if name.startswith(prefix):
                yield self._items[name] | {"apiVersion": kind.api_version}

    def put(self, kind: Kind, item: Json) -> Json:
        """Keep an object under a new resource version, and return it so."""
        self._count()
        metadata = item["metadata"] | {"resourceVersion": self.version}
        item = item | {"metadata": metadata}
        name = self._name(kind, metadata.get("namespace", ""), metadata["name"])
        self._items[name] = item
        self._documents.put(name, item)
        return item

    def delete(self, kind: Kind, item: Json) -> None:
        """Remove an object."""
        self._count()
        name = self._name(kind, item["metadata"].get("namespace", ""), item["metadata"]["name"])
        for each in (name, self._applied(name)):
            if self._items.pop(each, None) is not None:
                self._documents.delete(each)

    def applied(self, kind: Kind, namespace: str, name: str) -> Mapping[str, Json]:
        """Return what field managers applied to an object, each its last configuration."""
        configurations: Mapping[str, Json] = self._items.get(self._applied(self._name(kind, namespace, name)), {})
        return configurations

    def put_applied(self, kind: Kind, namespace: str, name: str, configurations: Mapping[str, Json]) -> None:
        """Keep what field managers applied to an object."""
        document = self._applied(self._name(kind, namespace, name))
        self._items[document] = configurations
        self._documents.put(document, configurations)

    def _count(self) -> None:
        self._version += 1
        self._documents.put(self._prefix, self._version)

    def _applied(self, name: str) -> str:
        return f"{self._prefix}applied/{name.removeprefix(self._prefix)}"

    def _name(self, kind: Kind, namespace: str, name: str) -> str:
        return f"{self._prefix}{kind.resource}/{namespace}/{name}"
