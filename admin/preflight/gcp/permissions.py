"""Permissions that a deploy needs, and the roles that hold them; the data stand in two files of YAML."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assembly.values import Json

PROJECT, BILLING_ACCOUNT, ORGANIZATION, BUCKET = "project", "billing_account", "organization", "bucket"
_FOLDER = Path(__file__).parent


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


def of_types(kinds: Iterable[str]) -> list[str]:
    """Return the permissions that the create of some types needs; a type without a row needs none that is known."""
    known = _permissions()["types"]
    return sorted({permission for kind in kinds for permission in known.get(kind, ())})


def of_bootstrap() -> Sequence[str]:
    """Return the permissions that the bootstrap needs."""
    return list(_permissions()["bootstrap"])


def without_row(kinds: Iterable[str]) -> list[str]:
    """Return the types of which the file does not say what they need."""
    return sorted(set(kinds) - set(_permissions()["types"]))


def place_of(permission: str) -> str:
    """Return the kind of resource on which a permission is held."""
    places: Mapping[str, Sequence[str]] = _permissions()["places"]
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
    found = _read("roles.yaml")
    return [Role(name, entry["granted_on"], frozenset(entry["permissions"])) for name, entry in found.items()]


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


@cache
def _permissions() -> Json:
    return _read("permissions.yaml")


def _read(name: str) -> Json:
    return yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
