"""Markers around the generated part of a document that people write: everything outside them stays as it is."""

from typing import NamedTuple

from errors import GoodiesError


class NoMarkersError(GoodiesError):
    """A document without the markers of its generated part."""


class Markers(NamedTuple):
    """The lines before and after a generated part."""

    begin: str
    end: str

    def replace(self, document: str, content: str, name: str) -> str:
        """Return a document with other content between these markers.

        Args:
            document: its text.
            content: one or more lines, each with its line break.
            name: what to call the document in an error.

        Raises:
            NoMarkersError: the document lacks a marker.
        """
        before, begin, rest = document.partition(self.begin)
        _, end, after = rest.partition(self.end)
        if not begin or not end:
            raise NoMarkersError(f"{name}: no place for a generated part; it needs the lines\n{self.begin}\n{self.end}")
        return f"{before}{begin}\n{content}{end}{after}"
