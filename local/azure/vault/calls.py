"""Calls to a vault, and what it keeps."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assembly.values import Json
from local.azure.arm.calls import Cloud
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get
from local.azure.roles.caller import Caller
from local.azure.tokens import CALLER, CLIENT
from local.proxy.api import Request
from local.proxy.store import Documents

DOMAIN = ".vault.azure.net"


@dataclass(frozen=True)
class Vault:
    """A vault.

    Attributes:
        id: in Resource Manager.
        body: as it was sent there.
        cloud: what the emulator keeps.
    """

    id: ResourceId
    body: Mapping[str, Any]
    cloud: Cloud

    @property
    def name(self) -> str:
        """Its name, in lower case."""
        return self.id.name.lower()

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"https://{self.name}{DOMAIN}"

    @property
    def retention(self) -> int:
        """Days for which it keeps what is deleted."""
        return int(get(self.body, "properties.softDeleteRetentionInDays") or 90)

    @property
    def protected(self) -> bool:
        """True where nothing is purged before its time."""
        return bool(get(self.body, "properties.enablePurgeProtection"))

    @property
    def recovery_level(self) -> str:
        """Recovery level of each object ("DeletionRecoveryLevel", Key Vault REST API)."""
        level = "Recoverable" if self.protected else "Recoverable+Purgeable"
        return f"Customized{level}" if self.retention < 90 else level  # noqa: PLR2004 - the usual retention

    def documents(self, part: str) -> Documents:
        """Return what it keeps of a part, such as ``keys``: by names that begin with the vault's."""
        return self.cloud.documents(f"vault {part}")


@dataclass(frozen=True)
class Call:
    """A request to a vault, after its path was understood.

    Attributes:
        request: as it was sent.
        vault: that was asked.
        name: of the object; empty for all of them.
        version: of the object; empty for its newest one.
        body: what was sent.
    """

    request: Request
    vault: Vault
    name: str
    version: str
    body: Mapping[str, Any]

    @property
    def key(self) -> str:
        """Name of the object among those of all vaults."""
        return f"{self.vault.name}/{self.name.lower()}"

    def require(self, action: str, resource: str) -> None:
        """Refuse a caller whose roles do not allow an action on an object.

        Args:
            action: after ``Microsoft.KeyVault/vaults/``.
            resource: the object, after the vault's id.

        Raises:
            Refusal: in the vault's words ("Azure RBAC for Key Vault data plane operations", error ForbiddenByRbac).
        """
        full = f"Microsoft.KeyVault/vaults/{action}"
        target = self.vault.id.below(*resource.split("/"))
        if Caller(self.vault.cloud).may(full, target, data=True):
            return
        raise Refusal(
            403,
            "Forbidden",
            "Caller is not authorized to perform action on resource.\r\nIf role assignments, deny assignments or role"
            f" definitions were changed recently, please observe propagation time.\r\nCaller: appid={CLIENT};oid="
            f"{CALLER}\r\nAction: '{full}'\r\nResource: '{target}'\r\nAssignment: (not found)\r\nDecisionReason: null"
            f"\r\nVault: {self.vault.id.name};location={self.vault.body.get('location', '')}",
        )

    def now(self) -> int:
        """Return the time in seconds, as a vault writes it."""
        return int(self.vault.cloud.time().timestamp())

    def until(self) -> datetime.datetime:
        """Return when an object that is deleted now is purged."""
        return self.vault.cloud.time() + datetime.timedelta(days=self.vault.retention)


def found(stored: Json | None, call: Call, kind: str) -> Json:
    """Return what is stored of an object.

    Args:
        stored: None where there is none.
        call: that asks for it.
        kind: ``key`` or ``secret``.

    Raises:
        Refusal: there is none ("Key Vault REST API error codes").
    """
    if stored is None:
        name = f"{call.name}/{call.version}" if call.version else call.name
        raise Refusal(
            404,
            f"{kind.title()}NotFound",
            f"A {kind} with (name/id) {name} was not found in this key vault. If you recently deleted this {kind} you"
            " may be able to recover it using the correct recovery command. For help resolving this issue, please see"
            " https://go.microsoft.com/fwlink/?linkid=2125182",
        )
    return stored
