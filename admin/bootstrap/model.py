"""Steps of a bootstrap and their outcomes, the same for each cloud."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from admin.connections import CloudConnection


class Outcome(StrEnum):
    """Result of a step."""

    THERE = "there"
    ENSURED = "ensured"
    MADE = "made"
    WOULD = "would be made"
    REMOVED = "removed"
    KEPT = "kept"
    WAITING = "waiting"


@dataclass(frozen=True)
class Step:
    """One line of the report.

    Attributes:
        place: project or subscription.
        what: it is about.
        outcome: what was done; a step that is waiting follows again.
        detail: what was missing.
    """

    place: str
    what: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """A bootstrap before it begins.

    Attributes:
        connection: to where it works.
        place: the accounts and the caller, for the first line.
        change: what it makes there.
        prepare: makes what is missing, or in a dry run says so; yields each step when it is done.
        following: what is next.
    """

    connection: CloudConnection
    place: str
    change: str
    prepare: Callable[[bool], Iterator[Step]]
    following: str
