"""JSON files that a synthesis writes."""

import json
from collections.abc import Callable
from pathlib import Path

from assembly.errors import AssemblyError
from assembly.values import Json


def read_object(file: Path, prepared: Callable[[str], str] = str) -> dict[str, Json]:
    """Return the JSON object in a file.

    Args:
        file: where it is.
        prepared: applied to its text before that is parsed.

    Raises:
        AssemblyError: there is no such file, or it holds something else.
    """
    try:
        found = json.loads(prepared(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise AssemblyError(f"{file} cannot be read: {error}. Synthesize it again.") from None
    if not isinstance(found, dict):
        raise AssemblyError(f"{file} holds {type(found).__name__}, and not an object. Synthesize it again.")
    return found
