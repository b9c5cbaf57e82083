"""Needs of an environment on AWS, read from its synthesized stacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from admin.errors import PreflightError
from assembly import Assembly, Resource, Stack

SHARED = "shared"


@dataclass(frozen=True)
class Needs:
    """Stacks that a deploy of an environment makes in one account.

    Attributes:
        assembly: what was synthesized, for references between stacks.
        environment: as in ``environments/``.
        stacks: of the environment, and those of the account that all environments share.
    """

    assembly: Assembly
    environment: str
    stacks: Sequence[Stack]

    @property
    def regions(self) -> Sequence[str]:
        """Regions of the stacks, the one with most stacks first."""
        regions = [stack.region for stack in self.stacks]
        return sorted(set(regions), key=lambda region: (-regions.count(region), region))

    def in_region(self, region: str) -> Sequence[Stack]:
        """Return the stacks of a region."""
        return [stack for stack in self.stacks if stack.region == region]

    def resources(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of some types in all stacks."""
        for stack in self.stacks:
            yield from (each for each in stack.resources.values() if each.type in kinds)

    def stack_of(self, resource: Resource) -> Stack:
        """Return the stack of a resource."""
        return self.assembly.stacks[resource.stack]


def needs_of(assembly: Assembly, environment: str, account: str) -> Needs:
    """Return the needs of an environment.

    Args:
        assembly: of AWS.
        environment: as in ``environments/``.
        account: of the environment; shared stacks of another account are left out.

    Raises:
        PreflightError: no stack of the environment is in the account.
    """
    stacks = [
        stack
        for stack in assembly.with_dependencies(assembly.stacks)
        if stack.environment in (environment, SHARED) and stack.account == account
    ]
    if not any(stack.environment == environment for stack in stacks):
        raise PreflightError(f"ENV={environment}: the application has no stack of it in the account {account}.")
    return Needs(assembly, environment, stacks)
