"""Paths of the Kubernetes API (page "Kubernetes API Concepts", section "Resource URIs")."""

from dataclasses import dataclass
from urllib.parse import unquote

_OBJECT = ("name", "subresource")


@dataclass(frozen=True, kw_only=True)
class ResourcePath:
    """Path of a resource, or of one object of it.

    Attributes:
        group: API group; empty for the core group.
        version: version in the group.
        plural: name of the resource in paths.
        namespace: empty for all of them, and where the resource has none.
        name: of an object; empty for the collection.
        subresource: such as ``status``, else empty.
    """

    group: str
    version: str
    plural: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def parse(path: str) -> ResourcePath | None:
    """Return what a path names; None where it is not the path of a resource."""
    match [unquote(part) for part in path.strip("/").split("/")]:
        case ["api", version, *rest]:
            group = ""
        case ["apis", group, version, *rest]:
            pass
        case _:
            return None
    match rest:
        # A namespace itself has a subresource of this name; any other third part is a resource in it.
        case ["namespaces", _, "status"]:
            place, names = {"plural": "namespaces"}, rest[1:]
        case ["namespaces", namespace, plural, *names]:
            place = {"namespace": namespace, "plural": plural}
        case [plural, *names] if plural:
            place = {"plural": plural}
        case _:
            return None
    if len(names) > len(_OBJECT):
        return None
    return ResourcePath(group=group, version=version, **place, **dict(zip(_OBJECT, names, strict=False)))
