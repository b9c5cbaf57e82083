"""Dangers of a change, and the approvals that allow them (the closed list of trailers)."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum

from review.model.change import Change, Kind

# Of a trailer, in hexadecimal digits: 128 bits.
DIGEST_LENGTH = 32


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
    CHANGE = "Allow-Change", "Works otherwise than the plan says"
    UNJUDGED = "Allow-Unjudged", "Not judged"

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

    @property
    def digest(self) -> str:
        """Digest of the kind, the thing and its value after: every setting that the head gives it, or that it is gone.

        The value before is no part, so that an approval holds against an older base. The digest has 128 bits, so that
        nobody finds two values with the same one.
        """
        after = self.change.after
        value = (after.address, after.type, after.settings) if after else None
        written = json.dumps([self.allowance, self.thing, value], sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()[:DIGEST_LENGTH]

    @property
    def trailer(self) -> str:
        """The line of a commit message that allows it."""
        return f"{self.allowance}: {self.thing} {self.digest}"


@dataclass(frozen=True)
class Approval:
    """Trailer of a commit that allows one danger.

    Attributes:
        allowance: the trailer: ``Allow-Replace``; one that is not on the closed list allows nothing.
        thing: what it names.
        digest: of the danger, as the report prints it; empty where it has none.
        who: the commit's author, as the commit says.
        why: the reason given.
        commit: the id of the commit that says it.
        fault: why it allows nothing, whatever it names: where it stands in the message or in the history.
    """

    allowance: str
    thing: str
    digest: str
    who: str
    why: str
    commit: str
    fault: str = ""

    def allows(self, danger: Danger) -> bool:
        """Return whether the approval names exactly this danger."""
        named = (self.allowance, self.thing, self.digest)
        return not self.fault and named == (danger.allowance, danger.thing, danger.digest)

    @property
    def short_commit(self) -> str:
        """The commit as a reader knows it: ``1a2b3c4``."""
        return self.commit[:7]

    def __str__(self) -> str:
        return f"{self.allowance}: {self.thing} {self.digest}".rstrip()


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
