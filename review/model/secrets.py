"""Secrets in what a review shows: found by the rows of ``secrets.yaml``, and shown as ``(secret)``."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from assembly.values import Json
from assembly.yaml_files import read_yaml
from review.model.change import NOT_SET, Edit
from review.model.values import name_beside, plain_path

FILE = Path(__file__).with_name("secrets.yaml")
# Keys that say nothing of what stands there: the key above does.
_VALUES = {"Default", "Value", "default", "value"}
SECRET, ANOTHER = "(secret)", "(another secret)"


@dataclass(frozen=True)
class _Secrets:
    """Content of ``secrets.yaml``, which says what each row means."""

    settings: frozenset[str]
    names: re.Pattern[str]
    names_of_no_secret: re.Pattern[str]
    references: re.Pattern[str]
    environments: frozenset[str]
    random: re.Pattern[str]
    bits: float
    texts: re.Pattern[str]


@cache
def _secrets() -> _Secrets:
    data: Json = read_yaml(FILE)
    environments = data["environments"]
    return _Secrets(
        settings=frozenset(data["settings"]),
        names=re.compile(data["names"]),
        names_of_no_secret=re.compile(data["names_of_no_secret"]),
        references=re.compile(data["references"]),
        environments=frozenset(environments["settings"]),
        random=re.compile(rf"[0-9A-Za-z+/_=]{{{environments['characters']},}}"),
        bits=environments["bits"],
        texts=re.compile("|".join(f"(?:{text})" for text in data["texts"])),
    )


def edit_without_secrets(edit: Edit) -> Edit:
    """Return an edit as it may be shown; of two secrets, the new one is another one."""
    keys = plain_path(edit.path).split(".")
    before, after = (value_without_secrets(side, keys, edit.name) for side in (edit.before, edit.after))
    if before == after == SECRET:
        after = ANOTHER
    return replace(edit, before=before, after=after)


def value_without_secrets(value: Json, keys: Sequence[str], name: str = "") -> Json:
    """Return a value as it may be shown.

    Args:
        value: what is written.
        keys: where, from the setting on.
        name: what names the value where its keys do not.
    """
    if value is NOT_SET:
        return value
    if isinstance(value, dict):
        return {key: value_without_secrets(item, [*keys, key], name_beside(key, value)) for key, item in value.items()}
    if isinstance(value, list):
        return [value_without_secrets(item, keys, name) for item in value]
    if not isinstance(value, str):
        return value
    known = _secrets()
    if value and not known.references.search(value):
        named = name or next((key for key in reversed(keys) if key not in _VALUES), "")
        if known.settings & set(keys) or (known.names.search(named) and not known.names_of_no_secret.search(named)):
            return SECRET
        if known.environments & set(keys) and any(map(_is_random, known.random.findall(value))):
            return SECRET
    return text_without_secrets(value)


def text_without_secrets(text: str) -> str:
    """Return a text without what is a secret wherever it stands, such as a private key."""
    return _secrets().texts.sub(SECRET, text)


def _is_random(text: str) -> bool:
    """Return whether a text has digits, letters, and as many bits a character as a random one."""
    counts = Counter(text)
    bits = -sum(count / len(text) * math.log2(count / len(text)) for count in counts.values())
    return bits >= _secrets().bits and bool(re.search(r"\d", text)) and bool(re.search(r"[A-Za-z]", text))
