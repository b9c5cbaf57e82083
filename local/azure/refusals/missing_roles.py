"""Refusal of what no role of the caller allows."""

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.refusals.rule import Rule
from local.azure.roles.caller import Caller
from local.azure.tokens import CALLER, CLIENT

_VERBS = {"GET": "read", "HEAD": "read", "PUT": "write", "PATCH": "write", "DELETE": "delete"}
# "Azure resource provider operations": the one kind whose actions have another name than its type.
_NAMES = {"Microsoft.Resources/resourceGroups": "Microsoft.Resources/subscriptions/resourceGroups"}


class MissingRoles(Rule):
    """Rule: a request needs a role that allows its action on the resource, or on what it is in."""

    text = (
        "A request whose action no role of the caller allows is refused with the action's name. What vaults and "
        "accounts hold takes a role of its own, for an owner, too; with a switch, it counts ten minutes later."
    )
    source = '"Troubleshoot Azure RBAC", AuthorizationFailed; "Azure role definitions", control and data actions'

    @override
    def check(self, call: Call) -> None:
        name = _NAMES.get(call.kind.type, call.kind.type)
        verb = f"{call.action}/action" if call.action else _VERBS[call.method]
        action = f"{name}/{verb}"
        if Caller(call.cloud).may(action, call.id):
            return
        raise Refusal(
            403,
            "AuthorizationFailed",
            f"The client '{CLIENT}' with object id '{CALLER}' does not have authorization to perform action '{action}'"
            f" over scope '{call.id}' or the scope is invalid. If access was recently granted, please refresh your"
            " credentials.",
        )
