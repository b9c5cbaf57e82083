"""Checks before a deploy and their answers, the same for each cloud."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial

from admin.errors import AdminError, ApiError
from errors import DocumentedExitCode

# The checks wait for a network nearly all of the time.
_AT_ONCE = 8


class State(StrEnum):
    """State of what a check asks for."""

    FINE = "fine"
    MISSING = "missing"
    UNKNOWN = "unknown"


class ExitCode(DocumentedExitCode):
    """Exit code of ``python -m admin.preflight``; 2 is a wrong option, as of each command."""

    FINE = 0, "all is fine"
    MISSING = 1, "something is missing"
    UNKNOWN = 3, "nothing is known to be missing, but an answer is absent"


@dataclass(frozen=True)
class Answer:
    """Answer to a check.

    Attributes:
        state: whether a deploy finds what it needs.
        found: what the cloud answered, in a few words; why there is no answer where the state is unknown.
        next_steps: what to type, a command each, or where to do it; empty where nothing is to be done.
    """

    state: State
    found: str
    next_steps: Sequence[str] = ()


def fine(found: str) -> Answer:
    """Return the answer that a deploy finds what it needs."""
    return Answer(State.FINE, found)


def missing(found: str, *next_steps: str) -> Answer:
    """Return the answer that something is missing, or in the way."""
    return Answer(State.MISSING, found, next_steps)


def unknown(found: str, *next_steps: str) -> Answer:
    """Return the answer that the cloud does not tell."""
    return Answer(State.UNKNOWN, found, next_steps)


@dataclass(frozen=True)
class Check:
    """A question to a cloud.

    Attributes:
        group: what it belongs to: ``quotas``.
        subject: what it asks for, with the region where there are several: ``VPCs, us-east-1``.
        ask: asks, and returns the answer; an :class:`AdminError` says why there is none.
    """

    group: str
    subject: str
    ask: Callable[[], Answer]


@dataclass(frozen=True)
class Row:
    """A check with its answer."""

    check: Check
    answer: Answer


def translated(check: Check) -> Check:
    """Return a check that says so where an answer lacks what it always has."""
    return replace(check, ask=partial(_ask, check))


def _ask(check: Check) -> Answer:
    try:
        return check.ask()
    except LookupError as error:
        raise ApiError(f"an answer lacks {error}") from error


def run(checks: Iterable[Check]) -> list[Row]:
    """Ask all checks, several at once, and return a row for each in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(_row, checks))


def exit_code(rows: Iterable[Row]) -> ExitCode:
    """Return what the command ends with."""
    states = {row.answer.state for row in rows}
    if State.MISSING in states:
        return ExitCode.MISSING
    # No question is no answer.
    return ExitCode.FINE if states == {State.FINE} else ExitCode.UNKNOWN


def _row(check: Check) -> Row:
    try:
        return Row(check, check.ask())
    except AdminError as error:
        return Row(check, unknown(str(error)))
