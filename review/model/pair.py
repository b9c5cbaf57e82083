"""What is compared before anybody knows what it does: two sides of a resource, and the verdict of its cloud's tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from review.model.model import Edit, Kind, Resource


@dataclass(frozen=True, eq=False)
class Draft:
    """A resource that stands on one side only, or differs, or may differ by what it refers to.

    Attributes:
        edits: what differs in its settings.
    """

    before: Resource | None
    after: Resource | None
    edits: tuple[Edit, ...] = ()

    @property
    def stack(self) -> str:
        """Where it ends up, or was."""
        found = self.after or self.before
        return found.stack if found else ""

    @property
    def renamed(self) -> bool:
        """Whether it stands on both sides under two names, and is therefore another resource for the cloud."""
        return bool(
            self.before and self.after and (self.before.stack, self.before.id) != (self.after.stack, self.after.id)
        )


@dataclass(frozen=True)
class Verdict:
    """What a cloud's tool would do.

    Attributes:
        causes: which settings make it replace the resource, and how surely.
        because: why it does where no setting of its own changes.
        grants: what is newly allowed.
        doors: who is newly let in from the internet.
    """

    kind: Kind
    causes: Mapping[str, Kind] = field(default_factory=dict)
    because: str = ""
    grants: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()
