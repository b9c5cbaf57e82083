"""Changes of an environment's file or of ``policy.yaml``, in a copy that a test has made."""

from pathlib import Path
from typing import Any

import yaml


def set_value(file: Path, key: str, value: object) -> None:
    """Write a value at a dotted key, such as ``regions.gcp.primary.name``; a number is a place in a list."""
    content: Any = yaml.safe_load(file.read_text())
    *parents, last = _parts(key)
    here = content
    for parent in parents:
        here = here[parent] if isinstance(parent, int) else here.setdefault(parent, {})
    here[last] = value
    file.write_text(yaml.safe_dump(content))


def remove(file: Path, key: str) -> None:
    """Remove what stands at a dotted key."""
    content: Any = yaml.safe_load(file.read_text())
    *parents, last = _parts(key)
    here = content
    for parent in parents:
        here = here[parent]
    del here[last]
    file.write_text(yaml.safe_dump(content))


def _parts(key: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in key.split(".")]
