"""Versions that a provider withdraws, by the table ``pins.yaml``: engines, runtimes, images and authorities.

    python -m tools.pins

Prints those whose end is near, or whose source is to be read again, and ends with 1 if there is one. Nothing that is
synthesized depends on the day; this program alone knows a clock.
"""

import datetime
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from errors import exit_on_error

FILE = Path(__file__).with_suffix(".yaml")
WARN_DAYS = 90
READ_AGAIN_DAYS = 365


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A version that is written somewhere in this repository.

    Attributes:
        what: type and property that has it, or the kind of file.
        value: the version.
        source: page that says when it ends.
        end: day from which on it is withdrawn; None where no end is announced.
        read: day on which the source was read; None where it names an end.
    """

    what: str
    value: str
    source: str
    end: datetime.date | None = None
    read: datetime.date | None = None


def pins() -> Sequence[Pin]:
    """Return the rows of the table."""
    return [Pin(**row) for row in yaml.safe_load(FILE.read_text(encoding="utf-8"))]


def warnings(table: Sequence[Pin], day: datetime.date) -> Iterator[str]:
    """Yield a line for each version that ends within 90 days, or whose source was read more than a year ago."""
    for pin in table:
        if pin.end and (pin.end - day).days < WARN_DAYS:
            yield f"{pin.what} {pin.value} ends on {pin.end} ({pin.source})"
        if pin.read and (day - pin.read).days > READ_AGAIN_DAYS:
            yield f"{pin.what} {pin.value}: read again whether it ends, last done on {pin.read} ({pin.source})"


def main() -> None:
    """Print the warnings of today."""
    found = list(warnings(pins(), datetime.datetime.now(tz=datetime.UTC).date()))
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(bool(found))


if __name__ == "__main__":
    with exit_on_error():
        main()
