"""Dangers of a change, and the approvals that allow them (the closed list of trailers)."""

from dataclasses import dataclass
from enum import StrEnum

from review.model.change import Change, Kind


class Allowance(StrEnum):
    """The trailer that allows a kind of danger, worst first.

    Attributes:
        label: the kind of danger, in a word or two.
    """

    label: str

    REMOVE = "Allow-Remove", "Removed"
    REPLACE = "Allow-Replace", "Replaced"
    UNPROTECT = "Allow-Unprotect", "Less protected"
    REDUCE = "Allow-Reduce", "Less kept, or worse recovery"
    OPEN = "Allow-Open", "Open to the internet"
    GRANT = "Allow-Grant", "More permissions"
    WEAKEN = "Allow-Weaken", "Weaker encryption"
    CHANGE = "Allow-Change", "A number of the plan"

    def __new__(cls, trailer: str, label: str) -> "Allowance":
        """Return a member whose value is its trailer."""
        member = str.__new__(cls, trailer)
        member._value_ = trailer
        member.label = label
        return member


@dataclass(frozen=True)
class Danger:
    """Change that needs a trailer.

    Attributes:
        allowance: the trailer that allows it.
        change: what happens to the resource.
        reasons: why it is dangerous, a sentence each.
        promises: of the plan, that it touches.
    """

    allowance: Allowance
    change: Change
    reasons: tuple[str, ...]
    promises: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Kind of danger, in a word or two."""
        if self.allowance is Allowance.REPLACE and self.change.kind is Kind.MAY_REPLACE:
            return "May be replaced"
        if self.allowance is Allowance.REPLACE and self.change.kind is Kind.MOVED:
            return "Replaced under another name"
        return self.allowance.label

    @property
    def thing(self) -> str:
        """Address that the trailer must name: the resource's, or the old one of a renamed resource."""
        moved = self.change.kind is Kind.MOVED and self.change.before
        return (moved or self.change.resource).address


@dataclass(frozen=True)
class Approval:
    """Trailer of a commit that allows one danger.

    Attributes:
        allowance: the trailer: ``Allow-Replace``; one that is not on the closed list allows nothing.
        thing: what it names.
        who: the commit's author.
        why: the reason given.
        commit: the short id of the commit that says it.
    """

    allowance: str
    thing: str
    who: str
    why: str
    commit: str

    def allows(self, danger: Danger) -> bool:
        """Return whether the approval names exactly this danger."""
        return (self.allowance, self.thing) == (danger.allowance, danger.thing)

    def __str__(self) -> str:
        return f"{self.allowance}: {self.thing}"


@dataclass(frozen=True)
class JudgedDanger:
    """A danger, and the approval of it where there is one."""

    danger: Danger
    approval: Approval | None


@dataclass(frozen=True)
class RefusedApproval:
    """An approval that does not count, and why."""

    approval: Approval
    reason: str
