"""Markdown of edits, code and texts, with whatever stands in a template escaped."""

import re

from assembly.values import Json
from review.model.change import NOT_SET, Edit, Kind
from review.model.values import short


def change_of(edit: Edit) -> str:
    """Return the old and the new value of a setting."""
    effect = {Kind.REPLACED: " — **replaces it**", Kind.MAY_REPLACE: " — **may replace it**"}.get(edit.effect, "")
    if edit.note:
        return f"{code(edit.path)}: files differ: {code(short(edit.note))}{effect}"
    return f"{code(edit.path)}: {_value(edit.before)} → {_value(edit.after)}{effect}"


def _value(value: Json) -> str:
    return "_not set_" if value is NOT_SET else code(short(value))


def code(value: str) -> str:
    """Return text of a template as a span that Markdown does not read: whatever stands in it."""
    line = value.replace("\n", " ")
    longest = max((len(run) for run in re.findall("`+", line)), default=0)
    fence = "`" * (longest + 1)
    return f"{fence} {line} {fence}" if longest else f"{fence}{line}{fence}"


def plain(value: str) -> str:
    """Return a person's words without anything that Markdown, or a mention, would make of them."""
    return re.sub(r"([\\`*_\[\]<>|~])", r"\\\1", " ".join(value.split()).replace("@", "(at)"))
