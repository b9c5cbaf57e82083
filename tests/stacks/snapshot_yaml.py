"""YAML of the snapshots: what fits on a line stands on one line."""

from collections.abc import Iterable
from typing import Any

import yaml

from assembly.values import Json

_WIDTH = 120
# Short enough to read at a glance, whatever its indentation.
_LINE = 90


def to_yaml(document: Json) -> str:
    """Return a document as YAML, its keys in their order, small lists and mappings on one line."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=True)


def without_usual(mapping: dict[str, Json], usual: dict[str, Json]) -> dict[str, Json]:
    """Return what a mapping has beside the usual, and ``missing`` where it lacks some of that."""
    missing = [key for key in usual if key not in mapping]
    own = {key: value for key, value in mapping.items() if key not in usual or value != usual[key]}
    return {**own, "missing": missing} if missing else own


class Inline(list[Json]):
    """A list that is written in flow style however long it is."""


class _Dumper(yaml.SafeDumper):
    """Dumper that writes small collections in flow style, and text of several lines as it is."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the signature is the library's
        return True

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)

    def represent_inline(self, data: Inline) -> yaml.SequenceNode:
        node = self.represent_sequence("tag:yaml.org,2002:seq", data)
        node.flow_style = True
        return node

    def represent_sequence(
        self, tag: str, sequence: Iterable[Any], flow_style: bool | None = None
    ) -> yaml.SequenceNode:
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = _is_small(node)
        return node

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = _is_small(node)
        return node


_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_representer(Inline, _Dumper.represent_inline)


def _is_small(node: yaml.CollectionNode) -> bool:
    blocks = (part for part in _parts(node) if isinstance(part, yaml.CollectionNode) and not part.flow_style)
    return _length(node) <= _LINE and not any(blocks)


def _length(node: yaml.Node) -> int:
    if isinstance(node, yaml.ScalarNode):
        return _LINE if node.style == "|" else len(node.value) + 2
    return 2 + sum(map(_length, _parts(node)))


def _parts(node: yaml.Node) -> list[yaml.Node]:
    return node.value if isinstance(node, yaml.SequenceNode) else [part for pair in node.value for part in pair]
