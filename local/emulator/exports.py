"""Exports that somebody imports: CloudFormation refuses to change them or to let them go, MiniStack lets it happen."""

from collections.abc import Callable
from typing import Any, TypeAlias

from ministack.services import cloudformation
from ministack.services.cloudformation.handlers import _imported_export_names

Resolve: TypeAlias = Callable[..., tuple[list[Any], dict[str, dict[str, str]]]]


def refusing_changes_in_use(original: Resolve) -> Resolve:
    """The same outputs and exports of an update, unless another stack imports what goes or changes.

    The refusal is worded as CloudFormation words it ("Export cannot be updated as it is in use", re:Post).
    """

    def resolve(*arguments: Any) -> tuple[list[Any], dict[str, dict[str, str]]]:
        outputs, exports = original(*arguments)
        stack_id = arguments[-1]
        for name, old in cloudformation._exports.items():
            new = exports.get(name)
            if old["StackId"] == stack_id and (new is None or new["Value"] != old["Value"]):
                _refuse_where_imported(name, stack_id, "deleted" if new is None else "updated")
        return outputs, exports

    return resolve


def _refuse_where_imported(name: str, stack_id: str, how: str) -> None:
    for other, stack in cloudformation._stacks.items():
        alive = not stack.get("StackStatus", "").startswith("DELETE_COMPLETE")
        if alive and stack.get("StackId") != stack_id and name in _imported_export_names(stack, other):
            raise ValueError(f"Export {name} cannot be {how} as it is in use by {other}")
