"""Registry of resource types: handlers in MiniStack's CloudFormation, and the support of each type."""

from enum import StrEnum
from functools import cache

from local.emulator import alarms, engine_patches
from local.emulator.fake_services import application_autoscaling
from local.emulator.handlers import scaling_policies
from local.emulator.handlers.api_backed_types import API_BACKED_TYPES
from local.emulator.handlers.base import Native, Replacing, checked, entry
from local.emulator.handlers.native_fixes import NATIVE_FIXES
from local.emulator.handlers.property_sync import SyncedHandler
from local.emulator.handlers.stubs import Stub
from local.emulator.handlers.synced_properties import SYNCED_PROPERTIES
from local.emulator.ministack_internals import RESOURCE_HANDLERS
from local.emulator.refusals import rules
from local.emulator.refusals.rules import refusing
from local.emulator.schemas import known_types


class Support(StrEnum):
    """Support of a resource type: MiniStack's own handler, a handler of this emulator that calls a service, or none."""

    NATIVE = "native"
    API_BACKED = "api_backed"
    STUB = "stub"


def support() -> dict[str, dict[str, str]]:
    """Return each resource type of CloudFormation with its support and the parts that this emulator completes."""
    return {
        type_name: {"support": _support(type_name), "completed": _completed_here(type_name)}
        for type_name in sorted(known_types() | _native_types())
    }


def install() -> None:
    """Register every handler. Called once, before the first stack."""
    registry = RESOURCE_HANDLERS.value
    for type_name in known_types() - _native_types():
        # CloudFormation's own types (macros, hooks, stack sets) change how a stack works: a stub of one would lie.
        if not type_name.startswith("AWS::CloudFormation::"):
            stub = scaling_policies.ScalingPolicy() if type_name == scaling_policies.TYPE else Stub(type_name)
            registry[type_name] = entry(Replacing(type_name, stub))
    for type_name, handler in API_BACKED_TYPES.items():
        registry[type_name] = entry(Replacing(type_name, handler), registry[type_name])
    for type_name, native_fix in NATIVE_FIXES.items():
        registry[type_name] = entry(native_fix(registry[type_name]), registry[type_name])
    for type_name, syncs in SYNCED_PROPERTIES.items():
        registry[type_name] = entry(SyncedHandler(Native(registry[type_name]), syncs), registry[type_name])
    for type_name, registered in list(registry.items()):
        registry[type_name] = checked(type_name, refusing(type_name, registered))
    engine_patches.install(
        API_BACKED_TYPES.keys() | NATIVE_FIXES.keys() | SYNCED_PROPERTIES.keys() | rules.calling_types()
    )
    rules.install()
    alarms.install()


@cache
def _native_types() -> frozenset[str]:
    """The types that MiniStack registers itself; read first before ours are registered, and remembered."""
    return frozenset(RESOURCE_HANDLERS.value)


def _support(type_name: str) -> Support:
    if type_name in API_BACKED_TYPES or type_name in application_autoscaling.TYPES:
        return Support.API_BACKED
    return Support.NATIVE if type_name in _native_types() else Support.STUB


def _completed_here(type_name: str) -> str:
    notes = [", ".join(sync.property for sync in SYNCED_PROPERTIES.get(type_name, ()))]
    if type_name in application_autoscaling.TYPES:
        notes.append("Its API answers what the template says, and the body scales by it")
    if type_name in NATIVE_FIXES:
        notes.append((NATIVE_FIXES[type_name].__doc__ or "").splitlines()[0])
    return "; ".join(filter(None, notes))
