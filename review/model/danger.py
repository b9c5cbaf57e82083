"""Dangers of a change, and the approvals that allow them (the closed list of trailers)."""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from review.model.change import Change, Kind

# Of a trailer, in hexadecimal digits: 128 bits.
DIGEST_LENGTH = 32
# Of the digest of each danger, so much stands in a joint trailer, to find the danger by.
_BEGINNING = 6
_JOINT = re.compile(rf"(\d+) resources ((?:[0-9a-f]{{{_BEGINNING}}})+)")


class Allowance(StrEnum):
    """The trailer that allows a kind of danger, worst first."""

    REMOVE = "Allow-Remove"
    REPLACE = "Allow-Replace"
    UNPROTECT = "Allow-Unprotect"
    REDUCE = "Allow-Reduce"
    OPEN = "Allow-Open"
    GRANT = "Allow-Grant"
    WEAKEN = "Allow-Weaken"
    CHANGE = "Allow-Change"
    UNJUDGED = "Allow-Unjudged"

    @property
    def label(self) -> str:
        """The kind of danger, in a word or two."""
        return _LABELS[self]

    @property
    def is_joint(self) -> bool:
        """True when one trailer may allow several dangers of the kind: none of them ends what exists."""
        return self not in (Allowance.REMOVE, Allowance.REPLACE, Allowance.UNPROTECT)


_LABELS = {
    Allowance.REMOVE: "Removed",
    Allowance.REPLACE: "Replaced",
    Allowance.UNPROTECT: "Less protected",
    Allowance.REDUCE: "Less kept, or worse recovery",
    Allowance.OPEN: "Open to the internet",
    Allowance.GRANT: "More permissions",
    Allowance.WEAKEN: "Weaker encryption",
    Allowance.CHANGE: "Works otherwise than the plan says",
    Allowance.UNJUDGED: "Not judged",
}


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

    @cached_property
    def digest(self) -> str:
        """Digest of the kind, the thing and its value after: every setting that the head gives it, or that it is gone.

        The value before is no part, so that an approval holds against an older base. The digest has 128 bits, so that
        nobody finds two values with the same one.
        """
        after = self.change.after
        value = (after.address, after.type, after.settings) if after else None
        written = json.dumps([self.allowance, self.thing, value], sort_keys=True)
        return _digest(written)

    @property
    def trailer(self) -> str:
        """The line of a commit message that allows it."""
        return f"{self.allowance}: {self.thing} {self.digest}"


def _digest(written: str) -> str:
    return hashlib.sha256(written.encode()).hexdigest()[:DIGEST_LENGTH]


def joint_trailer(dangers: Sequence[Danger]) -> str:
    """Return the line of a commit message that allows several dangers of one kind, and no others.

    It holds the beginning of each danger's digest, by which the danger is found also among others of an older base, and
    a digest of all their trailers, which binds it to the state of each.
    """
    digests = sorted(danger.digest for danger in dangers)
    beginnings = "".join(digest[:_BEGINNING] for digest in digests)
    return f"{dangers[0].allowance}: {len(dangers)} resources {beginnings} {_joint_digest(dangers)}"


def _joint_digest(dangers: Sequence[Danger]) -> str:
    return _digest(json.dumps(sorted(danger.trailer for danger in dangers)))


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

    @property
    def is_joint(self) -> bool:
        """True when it is to allow several dangers."""
        return bool(_JOINT.fullmatch(self.thing))

    def allowed(self, dangers: Sequence[Danger]) -> list[Danger]:
        """Return the dangers that the approval names exactly; several of a joint trailer, if all of them are there."""
        alike = [danger for danger in dangers if danger.allowance == self.allowance and not self.fault]
        joint = _JOINT.fullmatch(self.thing)
        if not joint:
            return [danger for danger in alike if (danger.thing, danger.digest) == (self.thing, self.digest)]
        beginnings = {joint[2][place : place + _BEGINNING] for place in range(0, len(joint[2]), _BEGINNING)}
        named = [danger for danger in alike if danger.allowance.is_joint and danger.digest[:_BEGINNING] in beginnings]
        return named if len(named) == int(joint[1]) and _joint_digest(named) == self.digest else []

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
