"""Files of the embedded cloud that are written whole or not at all: a full disk does not leave half a file."""

import os
import tempfile
from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Write a file that only its user reads, whole or not at all."""
    descriptor, unfinished = tempfile.mkstemp(dir=file.parent)  # readable by its user only
    try:
        with os.fdopen(descriptor, "wb") as open_file:
            open_file.write(content)
        Path(unfinished).replace(file)
    except BaseException:
        Path(unfinished).unlink()
        raise


def replace_text(file: Path, text: str) -> None:
    """Write a file that others may read, and that holds no secret, whole or not at all."""
    unfinished = file.with_suffix(".new")
    unfinished.write_text(text)
    unfinished.replace(file)
