"""The rules, and the handlers that heed them."""

from collections.abc import Callable
from typing import Any

from local.emulator.handlers.base import Entry
from local.emulator.refusals.continuous_backups import ContinuousBackups
from local.emulator.refusals.deletion_protection import DeletionProtection
from local.emulator.refusals.existing_resources import ExistingResources
from local.emulator.refusals.failed_rollbacks import FailedRollbacks
from local.emulator.refusals.fixed_names import FixedNames
from local.emulator.refusals.old_references import OldReferences
from local.emulator.refusals.regions import Regions
from local.emulator.refusals.rule import Operation, Refusal
from local.emulator.refusals.service_linked_roles import ServiceLinkedRoles
from local.emulator.refusals.stacks_at_work import StacksAtWork
from local.emulator.refusals.subnets import Subnets
from local.emulator.refusals.weighted_rules import WeightedRules

RULES: tuple[Refusal, ...] = (
    ExistingResources(),
    FixedNames(),
    DeletionProtection(),
    FailedRollbacks(),
    OldReferences(),
    WeightedRules(),
    StacksAtWork(),
    ServiceLinkedRoles(),
    Regions(),
    Subnets(),
    ContinuousBackups(),
)


def install() -> None:
    """Install the rules that patch the engine. Called once, before the first stack."""
    for rule in RULES:
        rule.install()


def calling_types() -> frozenset[str]:
    """Return the resource types whose rules call the API of this process."""
    return frozenset().union(*(rule.calling_types for rule in RULES))


def refusing(type_name: str, entry: Entry) -> Entry:
    """Return the same handler, which refuses what AWS refuses."""

    def create(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        operation = Operation(type=type_name, stack=stack, logical_id=logical_id, new=properties)
        return _guarded(operation, lambda: entry["create"](logical_id, properties, stack))

    def update(physical_id: str, old: dict[str, Any], new: dict[str, Any], stack: str, *named: str) -> Any:
        operation = Operation(
            type=type_name, stack=stack, logical_id="".join(named), physical_id=physical_id, old=old, new=new
        )
        return _guarded(operation, lambda: entry["update"](physical_id, old, new, stack, *named))

    def delete(physical_id: str, properties: dict[str, Any], *named: str) -> Any:
        operation = Operation(type=type_name, physical_id=physical_id, old=properties)
        return _guarded(operation, lambda: entry["delete"](physical_id, properties, *named))

    guarded = {"create": create, "update": update, "delete": delete}
    return entry | {name: function for name, function in guarded.items() if name in entry}


def _guarded(operation: Operation, run: Callable[[], Any]) -> Any:
    for rule in RULES:
        rule.check(operation)
    result = run()
    made = operation if operation.deletes else operation.resulting_in(result[0])
    for rule in RULES:
        rule.done(made)
    return result
