"""Label and field selectors of a list (page "Labels and Selectors" of Kubernetes)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from assembly.values import Json
from local.kubernetes.errors import bad_request

_SET_BASED = re.compile(r"(?P<key>\S+)\s+(?P<operator>in|notin)\s*\((?P<values>[^)]*)\)")
_EQUALITY = re.compile(r"(?P<key>[^\s=!]+)\s*(?P<operator>==|=|!=)\s*(?P<value>\S*)")
_EXISTS = re.compile(r"(?P<absent>!\s*)?(?P<key>[^\s=!()]+)")
_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^(]*\))")


def label_selector(text: str) -> Callable[[Json], bool]:
    """Return whether an object has the labels that a selector asks for.

    Raises:
        StatusError: the selector cannot be read.
    """
    requirements = [_requirement(part) for part in _parts(text)]

    def selects(item: Json) -> bool:
        labels = item["metadata"].get("labels") or {}
        return all(requirement(labels) for requirement in requirements)

    return selects


def field_selector(text: str) -> Callable[[Json], bool]:
    """Return whether an object has the fields that a selector asks for, such as ``metadata.name=api``.

    Raises:
        StatusError: the selector cannot be read.
    """
    terms = []
    for part in _parts(text):
        found = _EQUALITY.fullmatch(part)
        if not found:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        terms.append((found["key"], found["operator"] != "!=", found["value"]))

    def selects(item: Json) -> bool:
        return all((_field(item, path) == value) == equal for path, equal, value in terms)

    return selects


def matches_labels(selector: Json, labels: Mapping[str, str]) -> bool:
    """Return whether labels have what a LabelSelector object asks for; an empty one asks for nothing."""
    expressions: Mapping[str, Callable[[str, Sequence[str]], bool]] = {
        "In": lambda key, values: labels.get(key) in values,
        "NotIn": lambda key, values: labels.get(key) not in values,
        "Exists": lambda key, _: key in labels,
        "DoesNotExist": lambda key, _: key not in labels,
    }
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items()) and all(
        expressions[each["operator"]](each["key"], each.get("values", ()))
        for each in selector.get("matchExpressions", ())
    )


def _parts(text: str) -> Iterator[str]:
    return (part.strip() for part in _COMMA_OUTSIDE_PARENTHESES.split(text) if part.strip())


def _requirement(text: str) -> Callable[[Mapping[str, str]], bool]:
    if found := _SET_BASED.fullmatch(text):
        key, values = found["key"], {value.strip() for value in found["values"].split(",")}
        if found["operator"] == "in":
            return lambda labels: labels.get(key) in values
        return lambda labels: labels.get(key) not in values
    if found := _EQUALITY.fullmatch(text):
        key, value, equal = found["key"], found["value"], found["operator"] != "!="
        return lambda labels: (labels.get(key) == value) == equal
    if found := _EXISTS.fullmatch(text):
        key, present = found["key"], not found["absent"]
        return lambda labels: (key in labels) == present
    raise bad_request(f"unable to parse requirement: found '{text}'")


def _field(item: Json, path: str) -> str:
    value = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
