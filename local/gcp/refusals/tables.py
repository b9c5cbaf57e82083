"""Tables of the rules: a file of YAML beside them, with a row for each kind of resource, API or name."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def rows(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of a table, such as ``held_resources``."""
    found: Mapping[str, Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name(f"{name}.yaml").read_text())
    return found
