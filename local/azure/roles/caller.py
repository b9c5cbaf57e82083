"""Roles of the caller: owner of every subscription, and what role assignments give it.

An owner has no access to what vaults and storage accounts hold: that takes an assignment ("Azure role definitions",
control and data actions).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from local.azure.arm.calls import Cloud
from local.azure.arm.ids import ResourceId
from local.azure.roles.assignments import assigned
from local.azure.roles.definitions import Role, roles
from local.azure.tokens import CALLER
from local.proxy.store import Store

_SPACE = "caller"
_ROLES = "roles"
_AT_FIRST = ["Owner"]


@dataclass(frozen=True)
class Caller:
    """The caller of an emulator.

    Attributes:
        cloud: what the emulator keeps.
    """

    cloud: Cloud

    def may(self, action: str, resource: ResourceId, *, data: bool = False) -> bool:
        """Return whether a role of the caller allows an action on a resource.

        Args:
            action: such as ``Microsoft.KeyVault/vaults/write``.
            resource: what it is on.
            data: True for an action on what the resource holds.
        """
        return any(role.allows(action, data=data) for role in self._roles(resource, data=data))

    def turn(self, settings: Mapping[str, str]) -> list[str]:
        """Let the caller hold exactly some roles on every subscription, and return which it holds.

        Args:
            settings: ``roles``: names with commas between them. Without it nothing changes.

        Raises:
            ValueError: there is no such role.
        """
        if "roles" in settings:
            wanted = [each.strip() for each in settings["roles"].split(",") if each.strip()]
            for name in wanted:
                if name not in roles():
                    raise ValueError(f"There is no role {name}; there are {', '.join(roles())}")
            self.cloud.documents(_SPACE).put(_ROLES, wanted)
        return self.held()

    def held(self) -> list[str]:
        """Return the names of the roles that the caller holds on every subscription."""
        found: list[str] | None = self.cloud.documents(_SPACE).get(_ROLES)
        return _AT_FIRST if found is None else found

    def _roles(self, resource: ResourceId, *, data: bool) -> Iterator[Role]:
        yield from (roles()[name] for name in self.held())
        yield from assigned(self.cloud, CALLER, resource, data=data)


def store_of(store: Store) -> Caller:
    """Return the caller of an emulator by its store."""
    return Caller(Cloud(store))
