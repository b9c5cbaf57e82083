"""What is said about a file that cannot be deployed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from errors import GoodiesError

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class InputError:
    """One thing to mend.

    Attributes:
        file: as a reader of the repository calls it, ``environments/prod.yaml``.
        line: where to look; none when the key is not in the file.
        key: dotted path of the key; empty when the whole file is meant.
        given: what is there.
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
    """What a check says: a dotted key, and what may stand there. The place and what is given come from the file."""

    key: str
    allowed: str


class EnvironmentsError(GoodiesError):
    """The files hold something that cannot be deployed; the message lists every finding of every file.

    Attributes:
        findings: the same, to work with.
    """

    def __init__(self, findings: Sequence[InputError]) -> None:
        super().__init__(findings)
        self.findings = tuple(findings)

    def __str__(self) -> str:
        count = "1 finding" if len(self.findings) == 1 else f"{len(self.findings)} findings"
        return "\n  ".join((f"The environments cannot be used, {count}:", *map(str, self.findings)))


def shortened(text: str) -> str:
    """The text on one line and short enough to read, whatever it holds."""
    line = text if text.isprintable() else ascii(text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
