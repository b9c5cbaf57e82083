"""Documents by which clients find out what a cluster serves."""

from collections.abc import Iterator, Sequence

from assembly.values import Json
from local.kubernetes.kinds import Kind

AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
_SUBRESOURCE_VERBS = ["get", "patch", "update"]


class Discovery:
    """Documents of a cluster.

    Args:
        git_version: its release, as ``/version`` gives it.
        kinds: what it serves.
        api_services: APIService objects; those of other servers add groups without resources.
    """

    def __init__(self, git_version: str, kinds: Sequence[Kind], api_services: Sequence[Json]) -> None:
        self._git_version = git_version
        self._kinds = kinds
        self._versions: dict[str, list[str]] = {}
        served = [(kind.group, kind.version) for kind in kinds]
        behind = [(each["spec"]["group"], each["spec"]["version"]) for each in api_services]
        for name, each in dict.fromkeys([*served, *behind]):
            self._versions.setdefault(name, []).append(each)

    def document(self, path: str) -> Json | None:
        """Return the document of a path; None where the path has none."""
        match path.strip("/").split("/"):
            case ["version"]:
                return _version(self._git_version)
            case ["api"]:
                return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
            case ["apis"]:
                names = [_group(name, versions) for name, versions in self._versions.items() if name]
                return {"kind": "APIGroupList", "apiVersion": "v1", "groups": names}
            case ["api", "v1"]:
                return _resource_list("v1", self._kinds)
            case ["apis", name] if name in self._versions:
                return _group(name, self._versions[name])
            case ["apis", name, version] if version in self._versions.get(name, ()):
                return _resource_list(f"{name}/{version}", self._kinds)
        return None

    def aggregated(self, path: str) -> Json:
        """Return the APIGroupDiscoveryList of ``/api``, the core group, or ``/apis``, the others."""
        return {
            "kind": "APIGroupDiscoveryList",
            "apiVersion": "apidiscovery.k8s.io/v2",
            "metadata": {},
            "items": [
                {"metadata": {"name": name} if name else {}, "versions": [self._aggregated(name, v) for v in versions]}
                for name, versions in self._versions.items()
                if (name == "") == (path.strip("/") == "api")
            ],
        }

    def _aggregated(self, group: str, version: str) -> Json:
        kinds = [kind for kind in self._kinds if (kind.group, kind.version) == (group, version)]
        return {"version": version, "freshness": "Current", "resources": [_aggregated(kind) for kind in kinds]}


def _version(git_version: str) -> Json:
    major, minor, *_ = git_version.removeprefix("v").split(".")
    return {
        "major": major,
        "minor": minor,
        "gitVersion": git_version,
        "gitCommit": "0" * 40,
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "go1.25",
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def _group(name: str, versions: Sequence[str]) -> Json:
    known = [{"groupVersion": f"{name}/{each}", "version": each} for each in versions]
    return {"kind": "APIGroup", "apiVersion": "v1", "name": name, "versions": known, "preferredVersion": known[0]}


def _resource_list(api_version: str, kinds: Sequence[Kind]) -> Json:
    resources = [each for kind in kinds if kind.api_version == api_version for each in _resources(kind)]
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": api_version, "resources": resources}


def _resources(kind: Kind) -> Iterator[Json]:
    common = {"namespaced": kind.namespaced, "kind": kind.name}
    yield {
        "name": kind.plural,
        "singularName": kind.singular,
        **common,
        "verbs": _VERBS,
        **({"shortNames": list(kind.short_names)} if kind.short_names else {}),
        **({"categories": list(kind.categories)} if kind.categories else {}),
    }
    for each in kind.subresources:
        scale = {"group": "autoscaling", "version": "v1", "kind": "Scale"} if each == "scale" else {}
        yield {"name": f"{kind.plural}/{each}", "singularName": "", **common, "verbs": _SUBRESOURCE_VERBS} | scale


def _aggregated(kind: Kind) -> Json:
    response = {"group": kind.group, "version": kind.version, "kind": kind.name}
    return {
        "resource": kind.plural,
        "responseKind": response,
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": _VERBS,
        "shortNames": list(kind.short_names),
        "categories": list(kind.categories),
        "subresources": [
            {
                "subresource": each,
                "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}
                if each == "scale"
                else response,
                "verbs": _SUBRESOURCE_VERBS,
            }
            for each in kind.subresources
        ],
    }
