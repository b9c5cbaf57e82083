"""Keys and secrets alike: versions, deletion, recovery and purge ("Azure Key Vault soft-delete overview")."""

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from assembly.values import Json
from local.azure.arm.errors import Refusal
from local.azure.vault.calls import Call, found
from local.proxy.api import Response


@dataclass(frozen=True)
class Objects:
    """Objects of one kind in all vaults.

    Attributes:
        kind: ``key`` or ``secret``.
    """

    kind: str

    @property
    def plural(self) -> str:
        """The collection in paths."""
        return f"{self.kind}s"

    def stored(self, call: Call) -> Json | None:
        """Return an object with its versions; None where there is none, or it is deleted."""
        return call.vault.documents(self.plural).get(call.key)

    def version(self, call: Call) -> Json:
        """Return a version of an object, the newest one where the call names none.

        Raises:
            Refusal: there is none.
        """
        stored = found(self.stored(call), call, self.kind)
        versions: Mapping[str, Json] = stored["versions"]
        return found(versions.get(call.version or stored["current"]), call, self.kind)

    def add(self, call: Call, content: Mapping[str, Any]) -> Json:
        """Add a version to an object, make the object where there is none, and return the version.

        Raises:
            Refusal: a deleted object has the name.
        """
        self._refuse_deleted(call)
        version = uuid.uuid4().hex
        stored = self.stored(call) or {"name": call.name, "versions": {}}
        made = {
            **content,
            "id": f"{call.vault.url}/{self.plural}/{stored['name']}/{version}",
            "attributes": {
                "enabled": True,
                **content.get("attributes", {}),
                "created": call.now(),
                "updated": call.now(),
                "recoveryLevel": call.vault.recovery_level,
                "recoverableDays": call.vault.retention,
            },
        }
        stored["versions"][version] = made
        stored["current"] = version
        call.vault.documents(self.plural).put(call.key, stored)
        return made

    def change(self, call: Call, change: Mapping[str, Any]) -> Json:
        """Change a version of an object, and return it."""
        made = self.version(call)
        stored = found(self.stored(call), call, self.kind)
        attributes = {**made["attributes"], **change.get("attributes", {}), "updated": call.now()}
        changed = {**made, **change, "attributes": attributes}
        stored["versions"][call.version or stored["current"]] = changed
        call.vault.documents(self.plural).put(call.key, stored)
        return changed

    def delete(self, call: Call) -> Json:
        """Delete an object, which is kept for the vault's retention, and return what is kept."""
        stored = found(self.stored(call), call, self.kind)
        now = call.vault.cloud.time()
        deleted = {
            "object": stored,
            "deletedDate": int(now.timestamp()),
            "scheduledPurgeDate": int(call.until().timestamp()),
        }
        call.vault.documents(self.plural).delete(call.key)
        call.vault.documents(f"deleted {self.plural}").put(call.key, deleted)
        return deleted

    def deleted(self, call: Call) -> Json:
        """Return a deleted object.

        Raises:
            Refusal: there is none of the name.
        """
        return found(self._deleted(call), call, self.kind)

    def recover(self, call: Call) -> Json:
        """Bring a deleted object back, and return its newest version."""
        kept = self.deleted(call)
        call.vault.documents(f"deleted {self.plural}").delete(call.key)
        call.vault.documents(self.plural).put(call.key, kept["object"])
        return self.version(call)

    def purge(self, call: Call) -> None:
        """Remove a deleted object for ever.

        Raises:
            Refusal: the vault is protected from that.
        """
        self.deleted(call)
        if call.vault.protected:
            raise Refusal(
                403,
                "Forbidden",
                'Operation "purge" is not allowed because purge protection is enabled for this vault. Key Vault service'
                " will automatically purge it after the retention period has passed.",
            )
        call.vault.documents(f"deleted {self.plural}").delete(call.key)

    def newest(self, call: Call) -> list[Json]:
        """Return the newest version of each object of a vault."""
        found_all = call.vault.documents(self.plural).list(f"{call.vault.name}/").values()
        return [each["versions"][each["current"]] for each in found_all]

    def answer_deleted(self, call: Call, rest: str, *, read: str, shown: Callable[[Json], Json]) -> Json | Response:
        """Answer a request about what is deleted.

        Args:
            call: about the object.
            rest: what follows its name: ``recover``, or nothing.
            read: action of who may read it, below the vaults.
            shown: what is shown of a version.

        Raises:
            Refusal: it is none that there is, or the caller may not.
        """
        match call.request.method, rest:
            case "GET", "" if call.name:
                call.require(read, f"{self.plural}/{call.name}")
                return self.shown_deleted(call, self.deleted(call), shown)
            case "POST", "recover":
                call.require(f"{self.plural}/recover/action", f"{self.plural}/{call.name}")
                return shown(self.recover(call))
            case "DELETE", "":
                call.require(f"{self.plural}/purge/action", f"{self.plural}/{call.name}")
                self.purge(call)
                return Response(status=204)
        raise Refusal(405, "MethodNotAllowed", f"{call.request.method} is no operation on deleted {self.plural}.")

    def shown_deleted(self, call: Call, kept: Json, shown: Callable[[Json], Json]) -> Json:
        """Return what is shown of a deleted object: its newest version, and until when it comes back."""
        return {
            "recoveryId": f"{call.vault.url}/deleted{self.plural}/{kept['object']['name']}",
            "deletedDate": kept["deletedDate"],
            "scheduledPurgeDate": kept["scheduledPurgeDate"],
            **shown(kept["object"]["versions"][kept["object"]["current"]]),
        }

    def _deleted(self, call: Call) -> Json | None:
        kept = call.vault.documents(f"deleted {self.plural}").get(call.key)
        if (
            kept
            and datetime.datetime.fromtimestamp(kept["scheduledPurgeDate"], datetime.UTC) <= call.vault.cloud.time()
        ):
            call.vault.documents(f"deleted {self.plural}").delete(call.key)
            return None
        return kept

    def _refuse_deleted(self, call: Call) -> None:
        if self._deleted(call) is not None:
            raise Refusal(
                409,
                "Conflict",
                f"{self.kind.title()} {call.name} is currently in a deleted but recoverable state, and its name cannot"
                f" be reused; in this state, the {self.kind} can only be recovered or purged.",
            )
