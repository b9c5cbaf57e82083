"""Reads the files that a synthesis writes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from review.errors import ReviewError


def read_object(file: Path, prepared: Callable[[str], str] = str) -> dict[str, Any]:
    """Return the JSON object in a file.

    Args:
        file: where it is.
        prepared: what is done to its text before it is read.

    Raises:
        ReviewError: there is no such file, or something else is in it.
    """
    try:
        found = json.loads(prepared(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise ReviewError(f"{file} cannot be read: {error}. Synthesize it again.") from None
    if not isinstance(found, dict):
        raise ReviewError(f"{file} holds {type(found).__name__}, and not an object. Synthesize it again.")
    return found
