"""Patches of MiniStack's CloudFormation engine: exports in use, outputs of other regions, worker threads."""

from collections.abc import Callable, Collection
from typing import Any, TypeAlias

from ministack.core.responses import get_account_id, get_region, request_scope

from local.emulator.ministack_internals import (
    EXPORTS,
    IMPORTED_EXPORT_NAMES,
    RESOLVE_OUTPUTS,
    RESOLVE_REFERENCES,
    RUNS_ON_WORKER_THREAD,
    STACKS,
)

_ResolveOutputs: TypeAlias = Callable[..., tuple[list[Any], dict[str, dict[str, str]]]]


def install(calling_types: Collection[str]) -> None:
    """Patch the engine. Called once, before the first stack.

    Args:
        calling_types: the resource types whose handlers call the API of this process.
    """
    RUNS_ON_WORKER_THREAD.wrap(lambda original: _on_worker_threads(original, calling_types))
    RESOLVE_REFERENCES.wrap(_resolving_other_regions)
    RESOLVE_OUTPUTS.wrap(_refusing_changes_in_use)


def _on_worker_threads(original: Callable[[str], bool], calling_types: Collection[str]) -> Callable[[str], bool]:
    """A handler that calls its own process must leave the event loop free to answer."""
    return lambda type_name: type_name in calling_types or original(type_name)


def _resolving_other_regions(original: Callable[..., Any]) -> Callable[..., Any]:
    """``Fn::GetStackOutput`` reads the stack of the region it names; the engine looks in the reader's."""

    def resolve(value: Any, *context: Any) -> Any:
        output = value.get("Fn::GetStackOutput") if isinstance(value, dict) else None
        if not isinstance(output, dict) or "Region" not in output:
            return original(value, *context)
        named = {name: resolve(item, *context) for name, item in output.items()}
        region = named.pop("Region") or get_region()
        with request_scope(get_account_id(), region):
            return original({"Fn::GetStackOutput": named}, *context)

    return resolve


def _refusing_changes_in_use(original: _ResolveOutputs) -> _ResolveOutputs:
    """The same outputs and exports of an update, unless another stack imports what goes or changes.

    CloudFormation refuses that ("Export cannot be updated as it is in use", re:Post); MiniStack lets it happen.
    """

    def resolve(*arguments: Any) -> tuple[list[Any], dict[str, dict[str, str]]]:
        outputs, exports = original(*arguments)
        stack_id = arguments[-1]
        for name, old in EXPORTS.value.items():
            new = exports.get(name)
            if old["StackId"] == stack_id and (new is None or new["Value"] != old["Value"]):
                _refuse_where_imported(name, stack_id, "deleted" if new is None else "updated")
        return outputs, exports

    return resolve


def _refuse_where_imported(name: str, stack_id: str, change: str) -> None:
    for other, stack in STACKS.value.items():
        exists = not stack.get("StackStatus", "").startswith("DELETE_COMPLETE")
        if exists and stack.get("StackId") != stack_id and name in IMPORTED_EXPORT_NAMES.value(stack, other):
            raise ValueError(f"Export {name} cannot be {change} as it is in use by {other}")
