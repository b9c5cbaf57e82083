"""A stack at work takes no other update, be it by an update or by a change set, which MiniStack lets begin."""

from collections.abc import Callable
from typing import Any

from typing_extensions import override

from local.emulator.ministack_internals import RESOLVE_STACK, STACK_ACTIONS, STACK_ERROR
from local.emulator.refusals.rule import Refusal

_OPERATIONS = ("UpdateStack", "CreateChangeSet", "ExecuteChangeSet")
_AT_WORK = "_IN_PROGRESS"
# A stack that does not exist yet, and is made by its first change set.
_REVIEW = "REVIEW_IN_PROGRESS"


class StacksAtWork(Refusal):
    """Rule: a stack that is being created or updated, or rolls back, is not updated."""

    text = "A stack that is at work is not updated, so no deploy meets a release that bakes."
    source = "UpdateStack and CreateChangeSet in public threads (aws/aws-dotnet-deploy#689)"

    @override
    def install(self) -> None:
        for operation in _OPERATIONS:
            STACK_ACTIONS.value[operation] = _refusing(STACK_ACTIONS.value[operation])


def _refusing(original: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    def act(parameters: dict[str, Any]) -> Any:
        given = parameters.get("StackName") or [""]
        stack = RESOLVE_STACK.value(given[0] if isinstance(given, list) else given)
        status = stack.get("StackStatus", "") if stack else ""
        if status.endswith(_AT_WORK) and status != _REVIEW:
            said = f"Stack:{stack['StackId']} is in {status} state and can not be updated."
            return STACK_ERROR.value("ValidationError", said)
        return original(parameters)

    return act
