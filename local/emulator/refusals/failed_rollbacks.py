"""Resources that a rollback could not delete stay in their stack."""

from collections.abc import Awaitable, Callable
from typing import Any

from ministack.core.responses import now_iso
from typing_extensions import override

from local.emulator.ministack_internals import ROLL_BACK, resources_of
from local.emulator.refusals.rule import Refusal

_RollBack = Callable[..., Awaitable[None]]


class FailedRollbacks(Refusal):
    """Rule: a stack in ROLLBACK_FAILED keeps what could not be deleted, and its deletion tries again."""

    text = "What a rollback could not delete stays in its stack, and the stack goes only with it."
    source = '"Troubleshooting CloudFormation", rollback failures (CloudFormation user guide)'

    @override
    def install(self) -> None:
        ROLL_BACK.wrap(_keeping_what_failed)


def _keeping_what_failed(original: _RollBack) -> _RollBack:
    async def roll_back(stack_name: str, stack_id: str, stack: dict[str, Any], *rest: Any, **named: Any) -> None:
        await original(stack_name, stack_id, stack, *rest, **named)
        if stack.get("StackStatus") != "ROLLBACK_FAILED":
            return
        for logical_id, failed in stack.get("_rollback_failed", {}).items():
            resources_of(stack)[logical_id] = {
                **failed,
                "LogicalResourceId": logical_id,
                "ResourceStatus": "DELETE_FAILED",
                "Attributes": {},
                "Timestamp": now_iso(),
            }

    return roll_back
