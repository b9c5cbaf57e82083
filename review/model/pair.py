"""Pairs of the two sides of a resource, and the impact that the cloud's tool says their difference has."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from review.model.change import Edit, Kind
from review.model.resource import Resource


@dataclass(frozen=True, eq=False)
class Pair:
    """The two sides of a resource, of which one may be missing.

    Attributes:
        edits: what differs in its settings.
        anew: why its whole stack is another one afterwards: ``region: us-east-1 → us-east-2``; empty where it is not.
    """

    before: Resource | None
    after: Resource | None
    edits: tuple[Edit, ...] = ()
    anew: str = ""

    @property
    def resource(self) -> Resource:
        """The new side where there is one."""
        found = self.after or self.before
        assert found  # noqa: S101 - a pair has at least one side
        return found

    @property
    def stack(self) -> str:
        """Name of the stack where it ends up, or was."""
        return self.resource.stack

    @property
    def renamed(self) -> bool:
        """True when the resource is on both sides under two names, so that it is another resource for the cloud."""
        return bool(
            self.before and self.after and (self.before.stack, self.before.id) != (self.after.stack, self.after.id)
        )


@dataclass(frozen=True)
class Impact:
    """Action of the cloud's tool on a resource.

    Attributes:
        kind: of the change.
        causes: which settings make it replace the resource, and how surely.
        because: why it does where no setting of its own changes.
        grants: what is newly allowed.
        exposures: who is newly let in from the internet.
        narrower: whether its traffic rules let less pass, and leave out nobody altogether.
        refused: why the tool refuses to do it; empty where it is not known to.
    """

    kind: Kind
    causes: Mapping[str, Kind] = field(default_factory=dict)
    because: str = ""
    grants: tuple[str, ...] = ()
    exposures: tuple[str, ...] = ()
    refused: str = ""
    narrower: bool = False
