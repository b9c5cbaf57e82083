"""YAML reader that keeps the line of each key.

Stricter than YAML: no aliases, no anchors, no tags, no key twice. A number is a plain decimal, a boolean is ``true`` or
``false``; what YAML takes for one in another form (``1_000``, ``0x10``, ``010``, ``13:00``, ``.inf``, ``yes``) fits no
field. Dates stay text.
"""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from environments.errors import InputError, shortened

# Deeper than any setting, and far below what would exhaust the stack.
_DEEPEST = 12
_LARGEST_INTEGER = 2**63
_PLAIN = {"bool": "true|false", "int": "-?(0|[1-9][0-9]*)", "float": "-?(0|[1-9][0-9]*)[.][0-9]+"}
# No field takes it, so the model refuses it in the field's own words.
_UNCLEAR = math.inf

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a key in its file.

    Attributes:
        line: counted from 1.
        written: the value as written; "a mapping" or "a list" for a value of several lines.
    """

    line: int
    written: str


@dataclass(slots=True)
class Source:
    """One file as it was read.

    Attributes:
        file: path of the file in the repository, for messages.
        content: plain data; infinite where a number or a boolean is not written plainly.
        places: the place of each key; empty when the file could not be read.
        errors: what is wrong with the file, as far as it is known.
    """

    file: str
    content: object = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    errors: list[InputError] = field(default_factory=list)

    def error(self, path: KeyPath, allowed: str, *, given: str | None = None, line: int | None = None) -> InputError:
        """Return an error at a key.

        Args:
            path: the key.
            allowed: what may be there instead.
            given: what is there; by default the value as written.
            line: where; by default the line of the key or of its nearest parent.
        """
        place = self.places.get(path, Place(0, "nothing"))
        key = shortened(".".join(map(str, path)))
        where = line or place.line or self._line_of_nearest(path)
        return InputError(self.file, where, key, shortened(place.written if given is None else given), allowed)

    def _line_of_nearest(self, path: KeyPath) -> int | None:
        parents = (path[:length] for length in range(len(path) - 1, 0, -1))
        return next((self.places[parent].line for parent in parents if parent in self.places), None)


class _Loader(yaml.SafeLoader):
    """YAML loader that refuses aliases, anchors and tags, with which a file means something else than it says."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None:
            raise yaml.MarkedYAMLError(problem="an alias, an anchor or a tag", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def read(path: Path, *, file: str) -> Source:
    """Return a file's content, or the error that keeps it from being read.

    Args:
        path: the file.
        file: its path in the repository, for messages.
    """
    source = Source(file)
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if node is None:
            source.places[()] = Place(1, "an empty file")
        else:
            source.content = _plain(source, loader, node, (), line=1)
    except OSError as error:
        _refuse(source, f"a file that cannot be opened ({error.strerror})", "a readable file")
    except UnicodeDecodeError as error:
        _refuse(source, f"a byte that is not UTF-8 at position {error.start}", "text in UTF-8")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        _refuse(source, f"what cannot be read ({error.problem})", "plain YAML, indented with spaces", line=line)
    except yaml.reader.ReaderError as error:
        _refuse(source, f"a character that YAML does not allow at position {error.position}", "printable text")
    except RecursionError:
        _refuse(source, "lists or mappings nested too deeply", f"at most {_DEEPEST} levels")
    return source


def _refuse(source: Source, given: str, allowed: str, *, line: int | None = None) -> None:
    source.places.clear()
    source.errors.append(InputError(source.file, line, "", shortened(given), allowed))


def _plain(source: Source, loader: _Loader, node: yaml.Node, path: KeyPath, *, line: int) -> object:
    if len(path) > _DEEPEST:
        source.errors.append(source.error(path[:-1], f"at most {_DEEPEST} levels of nesting"))
        return None
    if isinstance(node, yaml.MappingNode):
        source.places[path] = Place(line, "a mapping")
        return dict(_entries(source, loader, node, path))
    if isinstance(node, yaml.SequenceNode):
        source.places[path] = Place(line, "a list")
        return [
            _plain(source, loader, item, (*path, index), line=item.start_mark.line + 1)
            for index, item in enumerate(node.value)
        ]
    source.places[path] = Place(line, _written(node))
    return _scalar(loader, node)


def _entries(source: Source, loader: _Loader, node: yaml.MappingNode, path: KeyPath) -> Iterator[tuple[str, object]]:
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            source.errors.append(source.error(path, "a word", given="a list or mapping as a key", line=line))
            continue
        here = (*path, _text(key_node))
        if here in source.places:
            first = source.places[here].line
            source.errors.append(source.error(here, f"once; the first is in line {first}", given="twice", line=line))
            continue
        yield _text(key_node), _plain(source, loader, value_node, here, line=line)


def _scalar(loader: _Loader, node: yaml.Node) -> object:
    kind = node.tag.rpartition(":")[2]
    if kind == "null":
        return None
    if kind not in _PLAIN:
        return _text(node)
    # The length comes first: Python makes no number of thousands of digits.
    if len(node.value) > len(str(_LARGEST_INTEGER)) or not re.fullmatch(_PLAIN[kind], node.value):
        return _UNCLEAR
    value: object = loader.construct_object(node)
    return _UNCLEAR if isinstance(value, int) and abs(value) > _LARGEST_INTEGER else value


def _text(node: yaml.Node) -> str:
    # YAML can escape half of a surrogate pair, which no encoding can write.
    return str(node.value).encode(errors="backslashreplace").decode()


def _written(node: yaml.Node) -> str:
    text = _text(node)
    if isinstance(node, yaml.ScalarNode) and node.style in {'"', "'"}:
        return json.dumps(text, ensure_ascii=False)
    return text or "nothing"
