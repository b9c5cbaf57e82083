"""Settings that a type's schema allows: of CloudFormation's registry, and of the bindings of Terraform's providers."""

import importlib.util
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from assembly.provider_facts import type_schema
from assembly.values import Json
from local.emulator.schemas import read_only, schema
from tests.review.edits import JSON, Step

_ARGUMENT = re.compile(r"^        (\w+): (.*?)(?: = None)?,$", re.MULTILINE)
_NESTED = re.compile(r'"(\w+)", typing\.Dict')
_META_ARGUMENTS = {"connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioners", "id"}
_NUMBERS = (1, 10)
_SECONDS = re.compile("Interval|Seconds|Timeout|_sec$")
_DEEPEST = 4


def accepted(kind: str, path: tuple[Step, ...]) -> tuple[Json, ...]:
    """Return the only values that a setting accepts; none where the schema does not say."""
    if "::" in kind:
        return tuple(_aws_node(kind, path).get("enum", ()))
    known = type_schema(kind)
    return tuple(value for value in known.enums.get(_dotted(path), ()) if value) if known else ()


def required(kind: str, path: tuple[Step, ...]) -> bool:
    """Return whether the schema refuses a resource without a setting."""
    if not path or not isinstance(path[-1], str):
        return False
    if "::" in kind:
        return path == ("Properties",) or path[-1] in _aws_node(kind, path[:-1]).get("required", ())
    known = type_schema(kind)
    return known is not None and _dotted(path) in known.required


def absent(kind: str, path: tuple[Step, ...], block: Mapping[str, Json]) -> Iterator[tuple[str, tuple[Json, ...]]]:
    """Yield the settings that a block could have too, with values that their types allow."""
    found = _aws_absent(kind, path) if "::" in kind else _terraform_absent(kind, path)
    yield from ((name, values) for name, values in found if name not in block and values)


def _aws_absent(kind: str, path: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Json, ...]]]:
    hidden = {name.partition(".")[0] for name in read_only(kind)} if path == ("Properties",) else set()
    for name, node in sorted(_aws_node(kind, path).get("properties", {}).items()):
        if name not in hidden:
            values = _aws_values(kind, node, _DEEPEST)
            yield name, (60, 600) if values == _NUMBERS and _SECONDS.search(name) else values


def _aws_node(kind: str, path: tuple[Step, ...]) -> Mapping[str, Any]:
    if not path or path[0] != "Properties" or JSON in path:
        return {}
    node: Mapping[str, Any] = schema(kind)
    for step in path[1:]:
        node = node.get("properties", {}).get(step, {}) if isinstance(step, str) else node.get("items", {})
        node = _resolved(kind, node)
    return node


def _resolved(kind: str, node: Any) -> Mapping[str, Any]:
    if not isinstance(node, dict):
        return {}
    if reference := node.get("$ref"):
        return _resolved(kind, schema(kind).get("definitions", {}).get(reference.rpartition("/")[2], {}))
    return node


def _aws_values(kind: str, node: Any, depth: int) -> tuple[Json, ...]:
    node = _resolved(kind, node)
    if enum := node.get("enum"):
        return tuple(enum)
    match node.get("type"):
        case "boolean":
            return True, False
        case "integer" | "number":
            least, most = node.get("minimum", 1), node.get("maximum", 10)
            return tuple(dict.fromkeys((least, min(max(least, 10), most))))
        case "array" if depth:
            return tuple([value] for value in _aws_values(kind, node.get("items"), depth - 1))
        case "object" if depth:
            return _aws_objects(kind, node, depth)
    return ()


def _aws_objects(kind: str, node: Mapping[str, Any], depth: int) -> tuple[Json, ...]:
    values = {name: _aws_values(kind, item, depth - 1) for name, item in node.get("properties", {}).items()}
    needed = node.get("required") or sorted(name for name, found in values.items() if found)[:1]
    if not needed or not all(values.get(name) for name in needed):
        return ()
    return tuple({name: values[name][min(turn, len(values[name]) - 1)] for name in needed} for turn in (0, 1))


def _terraform_absent(kind: str, path: tuple[Step, ...]) -> Iterator[tuple[str, tuple[Json, ...]]]:
    classes = _classes(kind)
    node = next((name for name in classes if name.endswith("Config") and "depends_on" in classes[name]), "")
    for step in path:
        if isinstance(step, str) and not isinstance(step, int):
            found = _NESTED.search(classes.get(node, {}).get(step, ""))
            node = found[1] if found else ""
    for name, annotation in sorted(classes.get(node, {}).items()):
        if name not in _META_ARGUMENTS:
            yield name, _terraform_values(kind, annotation, (*path, name))


def _terraform_values(kind: str, annotation: str, path: tuple[Step, ...]) -> tuple[Json, ...]:
    if annotation.startswith("typing.Optional[typing.Union[builtins.bool"):
        return True, False
    if annotation == "typing.Optional[jsii.Number]":
        return _NUMBERS
    return accepted(kind, path) if annotation == "typing.Optional[builtins.str]" else ()


@cache
def _classes(kind: str) -> Mapping[str, Mapping[str, str]]:
    """Return the arguments of each class in a resource's binding, with their annotations."""
    provider, _, name = kind.partition("_")
    package = importlib.util.find_spec(f"cdktf_cdktf_provider_{provider}")
    if package is None or package.origin is None:
        raise ModuleNotFoundError(f"no binding of {provider}")
    folder = Path(package.origin).parent
    module = folder / name if (folder / name).is_dir() else folder / name.replace("_v1", "V1")
    classes = {}
    for text in re.split(r"^class ", (module / "__init__.py").read_text(), flags=re.MULTILINE)[1:]:
        start, _, rest = text.partition("def __init__(")
        if rest:
            classes[re.split(r"\W", start)[0]] = dict(_ARGUMENT.findall(rest.partition(") -> None:")[0]))
    return classes


def _dotted(path: tuple[Step, ...]) -> str:
    return ".".join(step for step in path if isinstance(step, str))
