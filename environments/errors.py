"""Errors in the environments' files, each with its file, line and key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from errors import GoodiesError

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class InputError:
    """One value, key or file that cannot be deployed.

    Attributes:
        file: path of the file in the repository, ``environments/prod.yaml``.
        line: line of the key, or of its nearest parent; none when neither is in the file.
        key: dotted path of the key; empty when the whole file is meant.
        given: what is there, as written.
        allowed: what may be there instead.
    """

    file: str
    line: int | None
    key: str
    given: str
    allowed: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.key, f"given {self.given}; {self.allowed}") if part)


class Violation(NamedTuple):
    """Result of a check that failed; the file, its line and what is given are added by the loader.

    Attributes:
        key: dotted path of the key.
        allowed: what may be there instead.
    """

    key: str
    allowed: str


class EnvironmentsError(GoodiesError):
    """Files that cannot be deployed; the message lists every error of every file.

    Attributes:
        errors: the same, one by one.
    """

    def __init__(self, errors: Sequence[InputError]) -> None:
        super().__init__(errors)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        count = "1 error" if len(self.errors) == 1 else f"{len(self.errors)} errors"
        return "\n  ".join((f"The environments cannot be used, {count}:", *map(str, self.errors)))


class UnknownEnvironmentError(GoodiesError):
    """A name that is no environment's."""


def shortened(text: str) -> str:
    """Return the text on one line of at most 80 characters, with what cannot be printed escaped."""
    line = text if text.isprintable() else ascii(text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
