"""Reads one YAML file into plain data and remembers where each key stands.

Stricter than YAML: no aliases, no anchors, no tags, no key twice. What YAML would turn into a date or into something
that is no number stays text, for the model to judge.
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from environments.findings import Finding, shortened

# Deeper than any setting, and far below what would exhaust the stack.
_DEEPEST = 12
_LARGEST_INTEGER = 2**63

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key stands, and its value as written."""

    line: int
    written: str


@dataclass(slots=True)
class Source:
    """One file as it was read.

    Attributes:
        file: its name in findings.
        content: plain data, safe to write as JSON.
        places: where each key stands.
        findings: what kept parts of the file from being read.
    """

    file: str
    content: object = None
    places: dict[KeyPath, Place] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def readable(self) -> bool:
        """Whether there is content to judge."""
        return bool(self.places)

    def finding(self, path: KeyPath, allowed: str, *, given: str | None = None) -> Finding:
        """Say what is allowed at a key, beside what is there."""
        place = self.places.get(path)
        written = place.written if place else "nothing"
        line = place.line if place else self._line_of_nearest(path)
        key = shortened(".".join(map(str, path)))
        return Finding(self.file, line, key, shortened(written if given is None else given), allowed)

    def _line_of_nearest(self, path: KeyPath) -> int | None:
        nearest = (self.places.get(path[:length]) for length in range(len(path) - 1, 0, -1))
        return next((place.line for place in nearest if place), None)


class _Loader(yaml.SafeLoader):
    """Refuses what makes a file mean something else than it says."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None or event.tag is not None:
            raise yaml.MarkedYAMLError(problem="an alias, an anchor or a tag", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def read(path: Path, *, file: str) -> Source:
    """Read a file; what cannot be read becomes a finding."""
    source = Source(file)
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        if node is None:
            source.places[()] = Place(1, "an empty file")
        else:
            source.content = _plain(source, loader, node, ())
    except OSError as error:
        _refuse(source, f"a file that cannot be opened ({error.strerror})", "a readable file")
    except UnicodeDecodeError as error:
        _refuse(source, f"a byte that is not UTF-8 at position {error.start}", "text in UTF-8")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        _refuse(source, error.problem or "no YAML", "plain YAML, indented with spaces", line=line)
    except yaml.reader.ReaderError as error:
        _refuse(source, f"a character that YAML does not allow at position {error.position}", "printable text")
    except RecursionError:
        _refuse(source, "lists or mappings nested too deeply", f"at most {_DEEPEST} levels")
    return source


def _refuse(source: Source, given: str, allowed: str, *, line: int | None = None) -> None:
    source.places.clear()
    source.findings.append(Finding(source.file, line, "", shortened(given), allowed))


def _plain(source: Source, loader: _Loader, node: yaml.Node, path: KeyPath) -> object:
    line = node.start_mark.line + 1
    if len(path) > _DEEPEST:
        source.findings.append(source.finding(path[:-1], f"at most {_DEEPEST} levels of nesting"))
        return None
    if isinstance(node, yaml.MappingNode):
        source.places[path] = Place(line, "a mapping")
        return dict(_entries(source, loader, node, path))
    if isinstance(node, yaml.SequenceNode):
        source.places[path] = Place(line, "a list")
        return [_plain(source, loader, item, (*path, index)) for index, item in enumerate(node.value)]
    source.places[path] = Place(line, _written(node))
    return _scalar(loader, node)


def _entries(
    source: Source, loader: _Loader, node: yaml.MappingNode, path: KeyPath
) -> Iterator[tuple[str, object]]:
    for key_node, value_node in node.value:
        line = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            key = ".".join(map(str, path))
            source.findings.append(Finding(source.file, line, key, "a list or mapping as a key", "a word"))
            continue
        here = (*path, _text(key_node))
        if here in source.places:
            first = source.places[here].line
            source.findings.append(
                Finding(source.file, line, ".".join(map(str, here)), "twice", f"once; the first is in line {first}")
            )
            continue
        yield _text(key_node), _plain(source, loader, value_node, here)


def _scalar(loader: _Loader, node: yaml.Node) -> object:
    if node.tag.rpartition(":")[2] not in {"bool", "int", "float", "null"}:
        return _text(node)
    try:
        value: object = loader.construct_object(node)
    except ValueError:  # 0b_ looks like a number to YAML and is none
        return _text(node)
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        return _text(node)
    return _text(node) if isinstance(value, float) and not math.isfinite(value) else value


def _text(node: yaml.Node) -> str:
    # YAML can escape half of a surrogate pair, which no encoding can write.
    return str(node.value).encode(errors="backslashreplace").decode()


def _written(node: yaml.Node) -> str:
    text = _text(node)
    if getattr(node, "style", None) in {'"', "'"}:
        return json.dumps(text, ensure_ascii=False)
    return text or "nothing"
