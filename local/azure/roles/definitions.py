"""Definitions of built-in roles: what each allows ("Azure role definitions")."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from assembly.values import Json

_FILE = Path(__file__).with_name("roles.yaml")


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role.

    Attributes:
        name: as people write it: ``Key Vault Administrator``.
        id: a UUID, the same in every subscription.
        actions: on resources, with ``*`` for any text.
        not_actions: those of them that it does not allow after all.
        data_actions: on what resources hold.
    """

    name: str
    id: str
    actions: Sequence[str] = ()
    not_actions: Sequence[str] = ()
    data_actions: Sequence[str] = ()

    def allows(self, action: str, *, data: bool) -> bool:
        """Return whether the role allows an action.

        Args:
            action: such as ``Microsoft.KeyVault/vaults/write``.
            data: True for an action on what a resource holds.
        """
        if data:
            return any(_matches(each, action) for each in self.data_actions)
        refused = any(_matches(each, action) for each in self.not_actions)
        return not refused and any(_matches(each, action) for each in self.actions)

    def shown(self, scope: str) -> Json:
        """Return the definition as Resource Manager answers it."""
        return {
            "id": f"{scope}/providers/Microsoft.Authorization/roleDefinitions/{self.id}",
            "name": self.id,
            "type": "Microsoft.Authorization/roleDefinitions",
            "properties": {
                "roleName": self.name,
                "type": "BuiltInRole",
                "description": "",
                "assignableScopes": ["/"],
                "permissions": [
                    {
                        "actions": list(self.actions),
                        "notActions": list(self.not_actions),
                        "dataActions": list(self.data_actions),
                        "notDataActions": [],
                    }
                ],
            },
        }


@cache
def roles() -> Mapping[str, Role]:
    """Return all roles, by their names."""
    return {name: Role(name=name, **row) for name, row in yaml.safe_load(_FILE.read_text()).items()}


def role_of(definition: str) -> Role | None:
    """Return the role that a definition's id names; None where it is not known."""
    wanted = definition.rpartition("/")[2].lower()
    return next((role for role in roles().values() if role.id == wanted), None)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.IGNORECASE)


def _matches(text: str, action: str) -> bool:
    return bool(_pattern(text).fullmatch(action))
