"""Leaves of JSON values by their paths, and the placeholders that stand in recorded ones.

What stands more than once is written once, under a name that its content has: ``{"=1f3a5c": ...}`` on a line of its
own, and ``=1f3a5c`` where it stands.

A placeholder is ``<<3>>``: the third value that the server made. ``<<3|base64>>`` and ``<<3|quoted>>`` are the same
value in another form. A leaf of ``<<*>>`` is a value that the server made and that no request needs.
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from assembly.values import Json

ANY = "<<*>>"
# Characters from which on a value is worth a line of its own.
_SHARED = 40
_PACKED = frozenset({"answer", "body", "literals"})
_PLACEHOLDER = re.compile(r"<<(\w+)(?:\|(\w+))?>>")
FORMS: Mapping[str, Callable[[str], str]] = {
    "": str,
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
    "quoted": lambda value: quote(value, safe=""),
}

Path = tuple[str | int, ...]


def leaves(value: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Yield each leaf of a value with its path; an empty object or list is a leaf."""
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    elif isinstance(value, list) and value:
        for at, below in enumerate(value):
            yield from leaves(below, (*path, at))
    else:
        yield path, value


def mapped(value: Json, change: Callable[[str], Json]) -> Json:
    """Return a value with each text in it changed."""
    if isinstance(value, dict):
        return {key: mapped(below, change) for key, below in value.items()}
    if isinstance(value, list):
        return [mapped(below, change) for below in value]
    return change(value) if isinstance(value, str) else value


def put(value: Json, path: Path, new: Json) -> None:
    """Put a value in the place of the one at a path."""
    *above, last = path
    for key in above:
        value = value[key]
    value[last] = new


@dataclass
class Bindings:
    """Values that the server made, by the numbers of their placeholders."""

    values: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """Return a text with its placeholders filled in.

        Raises:
            KeyError: no answer had the value yet.
        """
        return _PLACEHOLDER.sub(lambda found: FORMS[found[2] or ""](self.values[found[1]]), text)

    def matches(self, expected: str, answered: Json) -> bool:
        """Return whether a leaf of an answer is what was recorded; a placeholder that is new is bound by it."""
        if expected == ANY:
            return answered not in (None, "", [], {})
        if not isinstance(answered, str):
            return False
        new = [found[1] for found in _PLACEHOLDER.finditer(expected) if found[1] not in self.values]
        if not new:
            return answered == self.fill(expected)
        pattern, at = "", 0
        for found in _PLACEHOLDER.finditer(expected):
            pattern += re.escape(expected[at : found.start()])
            pattern += "(.+?)" if found[1] in new else re.escape(self.fill(found[0]))
            at = found.end()
        made = re.fullmatch(pattern + re.escape(expected[at:]), answered, re.DOTALL)
        if made:
            self.values.update(zip(new, made.groups(), strict=True))
        return bool(made)


def packed(values: Sequence[Json]) -> Iterator[str]:
    """Yield lines of JSON; what stands more than once is on a line of its own, before its first use."""
    packer = _Packer()
    for value in values:
        for key in _PACKED & value.keys():
            packer.count(value[key])
    for value in values:
        line = compact({key: packer.pack(below) if key in _PACKED else below for key, below in value.items()})
        yield from packer.before
        packer.before.clear()
        yield line


@dataclass
class _Packer:
    """Names for what stands more than once.

    Attributes:
        counts: how often a value stands, by its text.
        known: names that stand on a line of their own already.
        before: lines that have to stand before the next one.
    """

    counts: dict[str, int] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    before: list[str] = field(default_factory=list)

    def count(self, value: Json) -> None:
        """Count a value and all below it."""
        text = compact(value)
        if len(text) < _SHARED:
            return
        self.counts[text] = self.counts.get(text, 0) + 1
        if self.counts[text] == 1:
            for below in _below(value):
                self.count(below)

    def pack(self, value: Json) -> Json:
        """Return a value with names in it."""
        text = compact(value)
        if len(text) < _SHARED:
            return value
        name = f"={hashlib.sha256(text.encode()).hexdigest()[:7]}"
        if name in self.known:
            return name
        new = value
        if isinstance(value, dict):
            new = {key: self.pack(below) for key, below in value.items()}
        elif isinstance(value, list):
            new = [self.pack(below) for below in value]
        if self.counts[text] == 1:
            return new
        self.known.add(name)
        self.before.append(compact({name: new}))
        return name


def _below(value: Json) -> Iterable[Json]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def unpacked(lines: Iterable[str]) -> Iterator[Json]:
    """Yield the values that lines were written from."""
    known: dict[str, Json] = {}

    def read(value: Json) -> Json:
        if isinstance(value, dict):
            return {key: read(below) for key, below in value.items()}
        if isinstance(value, list):
            return [read(below) for below in value]
        return known[value] if isinstance(value, str) and value in known else value

    for line in lines:
        value = read(json.loads(line))
        name = next(iter(value))
        if name.startswith("="):
            known[name] = value[name]
        else:
            yield value


def compact(value: Json) -> str:
    """Return a value as JSON with no spaces."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
