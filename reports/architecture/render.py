"""Architecture pictures in documents: each between two markers, in Mermaid, which GitHub draws."""

from reports.markers import Markers

_END = "<!-- end of architecture -->"
DOCUMENT = "docs/architecture.md"
MARKERS = {
    "aws": Markers("<!-- architecture: made by `make architecture`, from the templates -->", _END),
    "gcp": Markers("<!-- architecture on Google Cloud: made by `make architecture`, from the stack -->", _END),
}


def render(document: str, picture: str, *, cloud: str, name: str) -> str:
    """Return a document with a cloud's picture between that cloud's markers.

    Args:
        document: its text.
        picture: a flowchart in Mermaid.
        cloud: a key of ``MARKERS``.
        name: what to call the document in an error.

    Raises:
        NoMarkersError: the document has no place for the picture.
    """
    return MARKERS[cloud].replace(document, f"```mermaid\n{picture}```\n", name)
