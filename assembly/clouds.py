"""Clouds: what people call them, by their names in code, data and stacks."""

from collections.abc import Mapping
from pathlib import Path

import yaml

CLOUDS: Mapping[str, str] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
