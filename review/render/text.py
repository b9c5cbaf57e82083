"""Texts that several renderings share: the promises of the plan, and sentences."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from assembly.yaml_files import read_yaml

PLAN = Path(__file__).parents[2] / "docs" / "plan.yaml"


@cache
def promises() -> Mapping[str, str]:
    """Return the text of each promise of the plan, by its id."""
    return {row["id"]: row["text"] for row in read_yaml(PLAN)}


def sentence(words: str) -> str:
    """Return words as a sentence; a name at their beginning stays as it is."""
    begins_with_a_name = not words.partition(" ")[0].isalpha()
    return f"{words}." if begins_with_a_name else f"{words[0].upper()}{words[1:]}."
