"""Keeps the picture between two markers of a document, and says whether it is there as it should be."""

from pathlib import Path

from errors import GoodiesError

BEGIN = "<!-- architecture: made by `make architecture`, from the templates -->"
BEGIN_GCP = "<!-- architecture on Google Cloud: made by `make architecture`, from the stack -->"
END = "<!-- end of architecture -->"


class NoMarkersError(GoodiesError):
    """A document without a place for the picture."""


def with_picture(document: str, picture: str, name: str, marker: str = BEGIN) -> str:
    """Return a document with this picture between its markers.

    Raises:
        NoMarkersError: there are none.
    """
    before, begin, rest = document.partition(marker)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarkersError(f"{name} has no place for the picture; it needs the lines\n{marker}\n{END}")
    return f"{before}{marker}\n```mermaid\n{picture}```\n{END}{after}"


def holding_picture(folder: Path) -> list[Path]:
    """Return the documents that show the picture: its own page, and the README where it has a place for it."""
    own, readme = folder / "docs" / "architecture.md", folder / "README.md"
    return [own, readme] if BEGIN in readme.read_text() else [own]
