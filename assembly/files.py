"""Files that a synthesis writes."""

import json
from collections.abc import Callable, Iterable
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


def files_below(folder: Path) -> list[Path]:
    """Return the files in a folder and in those below it, sorted.

    Raises:
        AssemblyError: there is a link among them, behind which a deployment could find other files.
    """
    found = sorted(folder.rglob("*"))
    if link := next((path for path in found if path.is_symlink()), None):
        raise AssemblyError(f"{link} is a link, and synthesized output holds none. Write a file in its place.")
    return [path for path in found if path.is_file()]


def parsed(text: str) -> Json:
    """Return what a text of JSON says.

    Raises:
        ValueError: it is no JSON, or an object names a key twice: not every program takes the same one of the two.
    """
    return json.loads(text, object_pairs_hook=_object)


def _object(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"an object names {key!r} twice")
        found[key] = value
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
        found = parsed(prepared(file.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise AssemblyError(f"{file} cannot be read: {error}. Synthesize it again.") from None
    if not isinstance(found, dict):
        raise AssemblyError(f"{file} holds {type(found).__name__}, and not an object. Synthesize it again.")
    return found
