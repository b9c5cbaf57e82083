"""Archives of charts that a deploy to an embedded cloud keeps: from their pages once, or from a folder."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx

from admin.charts import FILE, Chart, charts, download
from admin.errors import ChartError
from local.errors import PrerequisiteError
from local.proxy.files import write

_SECONDS = 60  # of the download of an archive


def keep(folder: Path, given: Path | None) -> Iterator[str]:
    """Put the archive of each chart into a folder, and yield a line for each that is not the one of its page.

    An archive that is there stays, unless a folder is given that has another.

    Args:
        folder: where they are kept.
        given: folder of archives that a person typed; None where their pages are asked.

    Raises:
        PrerequisiteError: the folder lacks an archive, or a page does not answer or has another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for chart in charts():
        kept = archive_in(folder, chart)
        if given is not None:
            write(kept, _given(given, chart))
        elif not kept.exists():
            write(kept, _downloaded(chart))
        found = hashlib.sha256(kept.read_bytes()).hexdigest()
        if found != chart.sha256:
            yield f"{chart.name}: the SHA-256 of {kept.name} is {found[:12]}…, {FILE} says {chart.sha256[:12]}…"


def archive_in(folder: Path, chart: Chart) -> Path:
    """Return where the archive of a chart is in a folder: under the name that its page gives it."""
    return folder / chart.archive.rpartition("/")[2]


def _given(given: Path, chart: Chart) -> bytes:
    file = archive_in(given.expanduser(), chart)
    try:
        return file.read_bytes()
    except OSError as error:
        raise PrerequisiteError(f"CHARTS={given}: {file.name} cannot be read: {error.strerror}") from None


def _downloaded(chart: Chart) -> bytes:
    try:
        with httpx.Client(timeout=_SECONDS) as client:
            return download(chart, client)
    except ChartError as error:
        raise PrerequisiteError(f"{error} CHARTS=<folder> takes archives that you have") from None
