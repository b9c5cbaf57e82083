"""Permissions that methods ask for, and the roles that hold them; the data stand in two files of YAML."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assembly.values import Json

PROJECT, BILLING_ACCOUNT, ORGANIZATION, BUCKET = "project", "billing_account", "organization", "bucket"
KUBERNETES = "kubernetes"
CONNECT = "container.clusters.connect"
_FOLDER = Path(__file__).parent
_UNKNOWN_RESOURCE = "thirdPartyObjects"


@dataclass(frozen=True)
class Role:
    """A role of IAM.

    Attributes:
        name: ``roles/owner``.
        granted_on: kind of resource that it is granted on.
        permissions: those of them that we need.
    """

    name: str
    granted_on: str
    permissions: Collection[str]


def of_method(method: str) -> Sequence[str]:
    """Return the permissions that a method asks for.

    Args:
        method: its id in the discovery document, ``compute.networks.insert``; of a cluster, ``kubernetes.``, the name
            of the resource and the verb: ``kubernetes.deployments.create``.

    Raises:
        KeyError: the table has no row of the method.
    """
    if method.startswith(f"{KUBERNETES}."):
        _, resource, verb = method.split(".")
        return _of_cluster(resource, verb)
    found: Sequence[str] = _data()["methods"][method]
    return found


def of_methods(methods: Iterable[str]) -> list[str]:
    """Return the permissions that some methods ask for, each once."""
    return sorted({permission for method in methods for permission in of_method(method)})


def of_types(kinds: Iterable[str]) -> list[str]:
    """Return the permissions that the create of some types needs; a type without a row needs none that is known."""
    known: Mapping[str, Sequence[str]] = _data()["types"]
    return of_methods(method for kind in kinds for method in known.get(kind, ()))


def without_row(kinds: Iterable[str]) -> list[str]:
    """Return the types of which the file does not say what they need."""
    return sorted(set(kinds) - set(_data()["types"]))


def place_of(permission: str) -> str:
    """Return the kind of resource on which a permission is held."""
    places: Mapping[str, Sequence[str]] = _data()["places"]
    return next(
        (
            place
            for place, names in places.items()
            for name in names
            if permission == name or (name.endswith(".") and permission.startswith(name))
        ),
        PROJECT,
    )


@cache
def roles() -> Sequence[Role]:
    """Return all roles."""
    return [
        Role(
            name,
            entry["granted_on"],
            frozenset(f"{prefix}.{last}" for prefix, names in entry["permissions"].items() for last in names),
        )
        for name, entry in _read("roles.yaml").items()
    ]


def roles_with(permissions: Iterable[str]) -> list[str]:
    """Return the first role that holds each of some permissions where it counts."""
    found = (
        next(
            (
                role.name
                for role in roles()
                if permission in role.permissions and role.granted_on == place_of(permission)
            ),
            permission,
        )
        for permission in permissions
    )
    return sorted(set(found))


def _of_cluster(resource: str, verb: str) -> list[str]:
    table = _data()[KUBERNETES]
    known = {each.lower(): each for each in table["resources"]}
    name = known.get(resource.lower(), _UNKNOWN_RESOURCE)
    also = [f"container.{table['also'][name]}"] if name in table["also"] and verb in ("create", "update") else []
    return [f"container.{name}.{verb}", CONNECT, *also]


@cache
def _data() -> Json:
    return _read("permissions.yaml")


def _read(name: str) -> Json:
    return yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
