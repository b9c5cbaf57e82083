"""Registers the additions with MiniStack's CloudFormation."""

from collections.abc import Callable
from enum import StrEnum
from types import ModuleType
from typing import Any

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from local.emulator import autoscaling
from local.emulator.exports import refusing_changes_in_use
from local.emulator.handlers import Native, Replacing, checked, entry
from local.emulator.mended import MENDED
from local.emulator.recorded import Recorded
from local.emulator.replayed import Replayed
from local.emulator.replays import REPLAYS
from local.emulator.resources import API_RESOURCES
from local.emulator.schemas import known_types

_REGISTRY: dict[str, Any] = provisioners._RESOURCE_HANDLERS
_NATIVE = frozenset(_REGISTRY)
_MODULES: tuple[ModuleType, ...] = (changesets, engine, handlers, provisioners, stacks)


class Support(StrEnum):
    """What is behind a resource type."""

    NATIVE = "native"
    CALLED = "called"
    RECORDED = "recorded"


def support() -> dict[str, dict[str, str]]:
    """What is behind each resource type that CloudFormation knows, and what was mended of it."""
    return {
        type_name: {"support": _support(type_name), "mended": _mended(type_name)}
        for type_name in sorted(known_types() | _NATIVE)
    }


def install() -> None:
    """Register every addition. Called once, before the first stack."""
    for type_name in known_types() - _NATIVE:
        # CloudFormation's own types (macros, hooks, stack sets) change how a stack works: a record of one would lie.
        if not type_name.startswith("AWS::CloudFormation::"):
            _REGISTRY[type_name] = entry(Replacing(type_name, Recorded(type_name)))
    for type_name, resource in API_RESOURCES.items():
        _REGISTRY[type_name] = entry(Replacing(type_name, resource), _REGISTRY[type_name])
    for type_name, mend in MENDED.items():
        _REGISTRY[type_name] = entry(mend(_REGISTRY[type_name]), _REGISTRY[type_name])
    for type_name, replays in REPLAYS.items():
        _REGISTRY[type_name] = entry(Replayed(Native(_REGISTRY[type_name]), replays), _REGISTRY[type_name])
    for type_name, registered in list(_REGISTRY.items()):
        _REGISTRY[type_name] = checked(type_name, registered)
    _wrap("_runs_on_worker_thread", stacks, _calling_on_worker_threads)
    _wrap("_resolve_refs", engine, _resolving_other_regions)
    _wrap("_resolve_stack_outputs", stacks, refusing_changes_in_use)


def _support(type_name: str) -> Support:
    if type_name in API_RESOURCES:
        return Support.CALLED
    return Support.NATIVE if type_name in _NATIVE else Support.RECORDED


def _mended(type_name: str) -> str:
    notes = [", ".join(replay.property for replay in REPLAYS.get(type_name, ()))]
    if type_name in autoscaling.TYPES:
        notes.append("Its API answers what the template says")
    if type_name in MENDED:
        notes.append((MENDED[type_name].__doc__ or "").splitlines()[0])
    return "; ".join(filter(None, notes))


def _wrap(name: str, home: ModuleType, wrapper: Callable[[Any], Any]) -> None:
    """Wrap a function of the engine, wherever it was imported to."""
    wrapped = wrapper(getattr(home, name))
    for module in _MODULES:
        if hasattr(module, name):
            setattr(module, name, wrapped)


def _calling_on_worker_threads(original: Callable[[str], bool]) -> Callable[[str], bool]:
    """A handler that calls its own process must leave the event loop free to answer."""
    calling = API_RESOURCES.keys() | MENDED.keys() | REPLAYS.keys()
    return lambda type_name: type_name in calling or original(type_name)


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
