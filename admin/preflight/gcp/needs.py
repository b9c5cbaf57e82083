"""Needs of an environment on Google Cloud, read from its synthesized stacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from admin.bootstrap.gcp import needs as bootstrap
from admin.errors import PreflightError
from assembly import Assembly, Resource, Stack

SHARED = "shared"


@dataclass(frozen=True)
class Needs:
    """Stacks that a deploy of an environment makes, and the projects that they are in.

    Attributes:
        environment: as in ``environments/``.
        stacks: the one that all environments share, and the environment's.
        projects: of the stacks, with what the bootstrap prepares there.
        billing_account: pays for them.
        organization: number of the one that holds them; None where there is none.
    """

    environment: str
    stacks: Sequence[Stack]
    projects: Sequence[bootstrap.Project]
    billing_account: str
    organization: str | None

    @property
    def project(self) -> str:
        """Id of the environment's own project."""
        return self.stacks[-1].account

    def resources(self, *kinds: str) -> Iterator[Resource]:
        """Yield the resources of some types in all stacks."""
        for stack in self.stacks:
            yield from (each for each in stack.resources.values() if each.type in kinds)

    def project_of(self, resource: Resource) -> str:
        """Return the id of the project that a resource is made in: that of its provider, unless it names another."""
        named = str(resource.properties.get("project", ""))
        stack = next(each for each in self.stacks if each.name == resource.stack)
        return stack.account if not named or "${" in named else named


def needs_of(assembly: Assembly, environment: str) -> Needs:
    """Return the needs of an environment.

    Raises:
        PreflightError: the application has no such stack.
    """
    stacks = [stack for stack in assembly.stacks.values() if stack.environment in (SHARED, environment)]
    stacks.sort(key=lambda stack: stack.environment != SHARED)
    if [stack.environment for stack in stacks] != [SHARED, environment]:
        raise PreflightError(f"ENV={environment}: the application has no stack of it on Google Cloud.")
    before = bootstrap.read(assembly.folder)
    projects = {each.id: each for each in before.projects}
    return Needs(
        environment=environment,
        stacks=stacks,
        projects=[projects[name] for name in dict.fromkeys(stack.account for stack in stacks)],
        billing_account=before.billing_account,
        organization=before.organization,
    )
