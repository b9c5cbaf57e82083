"""Deploys a base to the embedded cloud and the head over it, stack by stack, after an injected failure of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from assembly import Assembly, Stack
from assembly.values import Json
from local.cloud import EmbeddedCloud
from local.cloudformation import failures
from local.deployment import apply
from local.errors import EmbeddedCloudError
from local.progress import CdkProgress
from review.try_upgrade.fault_injection import failing_copy
from review.try_upgrade.stack_state import StackState, stack_state

_QUIET = Console(quiet=True)
# Without a change set, for which the CLI waits some seconds more. The update itself goes the way of every deploy.
_DIRECTLY = ("--method", "direct")


@dataclass
class StackUpgrade:
    """Result of the upgrade of one stack.

    Attributes:
        base: the base's template; None where the base has no such stack.
        head: the head's template; None where the head has no such stack.
        before: as the base's deploy left it.
        rolled_back: after the update that failed on purpose; None where there was none.
        after: as the head's deploy left it.
        failed: why the update failed; empty where it did not.
        reached: whether the update came to it.
    """

    name: str
    base: Json = field(repr=False)
    head: Json = field(repr=False)
    before: StackState = field(default_factory=StackState)
    rolled_back: StackState | None = None
    after: StackState = field(default_factory=StackState)
    failed: tuple[str, ...] = ()
    reached: bool = True

    @property
    def completed(self) -> bool:
        """True when the upgrade ended, with or without a change."""
        return self.head is not None and self.reached and not self.failed


def upgrade(
    cloud: EmbeddedCloud, base: Assembly, head: Assembly, names: Iterable[str], *, scratch: Path, console: Console
) -> list[StackUpgrade]:
    """Deploy the base's stacks and update them to the head's, in the order of the head's deploy.

    An update that fails ends it there: what comes after would not be reached either.

    Args:
        cloud: an empty one that runs and is locked.
        base: what stands.
        head: what shall stand.
        names: the stacks. What they need comes with them.
        scratch: a folder to write to.
        console: where to show how it goes.

    Raises:
        EmbeddedCloudError: the base does not deploy, or the cloud is no longer there.
    """
    wanted = set(names)
    old = {stack.name: stack for stack in base.with_dependencies(sorted(wanted & base.stacks.keys()))}
    new = {stack.name: stack for stack in head.with_dependencies(sorted(wanted & head.stacks.keys()))}
    upgrades = {name: StackUpgrade(name, _template(base, name), _template(head, name)) for name in {**new, **old}}
    console.print("[bold]The base[/]")
    apply(cloud, base, old.values(), CdkProgress(old, console), console, *_DIRECTLY)
    for name, stack in old.items():
        upgrades[name].before = stack_state(cloud, stack)
    console.print("[bold]The update; each stack fails on purpose first[/]")
    failing = failing_copy(head, scratch / "failing")
    _update(cloud, head, failing, new.values(), upgrades, console=console)
    for name, stack in (old | new).items():
        upgrades[name].after = stack_state(cloud, stack)
    return list(upgrades.values())


def _update(
    cloud: EmbeddedCloud,
    head: Assembly,
    failing: Assembly,
    stacks: Iterable[Stack],
    upgrades: Mapping[str, StackUpgrade],
    *,
    console: Console,
) -> None:
    remaining = [stack for stack in stacks if upgrades[stack.name].base != upgrades[stack.name].head]
    for number, stack in enumerate(remaining):
        mine = upgrades[stack.name]
        if mine.base:
            _apply(cloud, failing, stack, _QUIET, *_DIRECTLY)
            mine.rolled_back = stack_state(cloud, stack)
        if not _apply(cloud, head, stack, console):
            reasons = failures(cloud, stack.name, stack.region)
            mine.failed = tuple(reasons) or ("CloudFormation gives no reason",)
            for missed in remaining[number + 1 :]:
                upgrades[missed.name].reached = False
            return


def _apply(cloud: EmbeddedCloud, assembly: Assembly, stack: Stack, console: Console, *options: str) -> bool:
    """Deploy one stack, and return whether that succeeded."""
    try:
        apply(cloud, assembly, [stack], CdkProgress([stack.name], console), console, *options)
    except EmbeddedCloudError:
        if not cloud.running():
            raise
        return False
    return True


def _template(assembly: Assembly, stack: str) -> Json:
    return assembly.stacks[stack].template if stack in assembly.stacks else None
