"""Roles of the caller: owner of everything, or somebody who holds exactly the roles that a switch names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local.gcp.iam.permissions import BILLING_ACCOUNT, BUCKET, ORGANIZATION, PROJECT, Role, roles
from local.proxy.store import Store

ALL = "all"
OWNER = "roles/owner"
_SPACE = "caller"
_GRANTS = "roles"
_EVERY = "*"
_COLLECTIONS = {PROJECT: "projects", BILLING_ACCOUNT: "billingAccounts", ORGANIZATION: "organizations", BUCKET: "b"}


@dataclass(frozen=True)
class Caller:
    """The caller of an emulator.

    Attributes:
        store: of the emulator.
    """

    store: Store

    @property
    def owns_everything(self) -> bool:
        """True until the switch names roles."""
        return self._grants() is None

    def may(self, permission: str, resources: Sequence[str]) -> bool:
        """Return whether a role on one of some resources holds a permission.

        Args:
            permission: ``compute.networks.create``.
            resources: what is asked for, and what it is in: ``b/acme-state``, ``projects/acme``, ``organizations/1``.
        """
        grants = self._grants()
        return grants is None or any(
            permission in _role(name).permissions
            for resource in resources
            for name in (*grants.get(resource, ()), *grants.get(_all_like(resource), ()))
        )

    def holds(self, role: str, resource: str) -> bool:
        """Return whether the caller holds a role on a resource."""
        grants = self._grants() or {}
        return role in grants.get(resource, ()) or role in grants.get(_all_like(resource), ())

    def grant(self, role: str, resource: str) -> None:
        """Let the caller hold a role on a resource; nothing happens to the owner of everything."""
        grants = self._grants()
        if grants is not None and role not in grants.get(resource, ()):
            self._put({**grants, resource: [*grants.get(resource, ()), role]})

    def turn(self, settings: Mapping[str, str]) -> dict[str, list[str]] | str:
        """Let the caller hold exactly some roles, and return which it holds where.

        Args:
            settings: ``roles``: names of roles with commas between them, each held wherever it can be granted, or on
                the resource after an ``@``: ``roles/owner@projects/acme-prod``. ``all`` stands for the owner of
                everything. Without it nothing changes.

        Raises:
            ValueError: a role or its resource is not one that is known.
        """
        if "roles" in settings:
            self._put(None if settings["roles"] == ALL else _parsed(settings["roles"]))
        grants = self._grants()
        return ALL if grants is None else grants

    def _grants(self) -> dict[str, list[str]] | None:
        found: dict[str, list[str]] | None = self.store.documents(_SPACE).get(_GRANTS)
        return found

    def _put(self, grants: dict[str, list[str]] | None) -> None:
        if grants is None:
            self.store.documents(_SPACE).delete(_GRANTS)
        else:
            self.store.documents(_SPACE).put(_GRANTS, grants)


def _parsed(text: str) -> dict[str, list[str]]:
    grants: dict[str, list[str]] = {}
    for each in filter(None, text.split(",")):
        name, _, resource = each.partition("@")
        collection = _COLLECTIONS[_role(name).granted_on]
        if resource and not resource.startswith(f"{collection}/"):
            raise ValueError(f"{name} is granted on {collection}/<name>, not on {resource}")
        grants.setdefault(resource or f"{collection}/{_EVERY}", []).append(name)
    return grants


def _role(name: str) -> Role:
    known = {role.name: role for role in roles()}
    if name not in known:
        raise ValueError(f"There is no role {name}; there are {', '.join(known)}")
    return known[name]


def _all_like(resource: str) -> str:
    return f"{resource.partition('/')[0]}/{_EVERY}"
