"""Files that a synthesis writes."""

import json
from collections.abc import Callable
from pathlib import Path

from assembly.errors import AssemblyError
from assembly.values import Json


def file_in(folder: Path, name: str) -> Path:
    """Return a file or folder that the manifest of a folder names.

    Raises:
        AssemblyError: it lies elsewhere, where another's output may not lead.
    """
    found = folder / name
    if not found.resolve().is_relative_to(folder.resolve()):
        raise AssemblyError(f"{folder} names {name!r}, which must lie in it. Synthesize it again.")
    return found


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
