"""Files that hold a secret of the embedded cloud."""

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
