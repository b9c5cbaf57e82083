"""Refusal of changes that a lock forbids."""

from collections.abc import Iterator

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.refusals.rule import Rule

_LOCK = "Microsoft.Authorization/locks"
_READ_ONLY = "ReadOnly"


class Locks(Rule):
    """Rule: a lock holds for its scope and all that it holds; a group with a locked resource is not deleted."""

    text = (
        "What a lock stands on is not deleted, nor what holds it or is in it; with ReadOnly it is not changed, and its "
        "keys are not listed."
    )
    source = '"Lock your resources to protect your infrastructure", Resource Manager; azure-sdk-for-java issue 2560'

    @override
    def check(self, call: Call) -> None:
        if call.kind.type == _LOCK or not (call.deletes or call.writes or call.action):
            return
        if call.deletes and call.stored is None:
            return
        for scope, level in self._locks(call):
            above = call.id.within(scope)
            below = call.deletes and scope.within(call.id)
            if (above or below) and (call.deletes or level == _READ_ONLY):
                operation = "delete" if call.deletes else "write"
                raise Refusal(
                    409,
                    "ScopeLocked",
                    f"The scope '{call.id}' cannot perform {operation} operation because following scope(s) are locked:"
                    f" '{scope}'. Please remove the lock and try again.",
                )

    @staticmethod
    def _locks(call: Call) -> Iterator[tuple[ResourceId, str]]:
        for stored in call.cloud.of_kind(_LOCK).values():
            yield ResourceId(stored["id"]).scope, stored["body"]["properties"]["level"]
