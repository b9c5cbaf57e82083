"""Mask of texts for the equality of synthesized output: descriptions, titles, alarm texts, runbooks, programs' sources.

What is masked says something to people, or is the source or the hash of a program that a template embeds. Numbers,
actions, names and references stay. JSON within a string, such as a dashboard, is masked by the same rules.
"""

import json
import re
from base64 import b64decode
from binascii import Error
from collections.abc import Mapping, Sequence

from assembly.values import Json

TEXT = "(text)"
_SOURCE = "(source of a program)"
# By the name of a property, in CloudFormation, Terraform, dashboards and the input of workflows.
_TEXTS = {
    "AlarmDescription",
    "CacheSubnetGroupDescription",
    "DBSubnetGroupDescription",
    "Description",
    "DisplayName",
    "GroupDescription",
    "Label",
    "ReplicationGroupDescription",
    "Title",
    "checklist",
    "description",
    "display_name",
    "displayName",
    "label",
    "legendTemplate",
    "subtitle",
    "title",
}
# By the property that holds it, and its name: an alarm's text, and the reasons of suppressed findings.
_TEXTS_WITHIN = {
    ("documentation", "content"),
    ("documentation", "subject"),
    ("skip", "comment"),
    ("rules_to_suppress", "reason"),
}
# Their properties are named by us.
_NAMED_BY_US = {"label_extractors", "labels", "user_labels"}
_SOURCES = {("Code", "Script"), ("Code", "ZipFile")}
_WORKFLOW_SOURCE = "source_contents"
# Of an asset; that of an image is which image runs, and no embedded program.
_HASH = re.compile(r"(?<!sha256:)\b[0-9a-f]{64}\b")
# The CDK ends the name of an asset's destination with a short hash of the asset.
_DESTINATION = re.compile(r"(?<=-)[0-9a-f]{8}$")
_RUNBOOK = re.compile(r"docs/runbooks/[\w/-]+\.md")


def without_texts(value: Json, key: str = "", holder: str = "") -> Json:
    """Return a parsed template, stack or manifest with its texts masked.

    Args:
        value: the whole, or a part of it.
        key: name of the property that the part is the value of; an item of a list has the list's.
        holder: name of the property around it.
    """
    match value:
        case str() | {"Fn::Join": _} | [*_] if _is_text(value, key, holder):
            return TEXT
        case str() if (holder, key) in _SOURCES or key == _WORKFLOW_SOURCE:
            return _SOURCE
        case str():
            return _string(value, key)
        case {"Fn::Join": ["", [*parts]]} if (embedded := _json(_joined(parts))) is not None:
            return without_texts(embedded, key)
        case dict():
            return _mapping(value, key)
        case [*items]:
            return [without_texts(item, key, holder) for item in items]
        case _:
            return value


def _is_text(value: Json, key: str, holder: str) -> bool:
    named = (key in _TEXTS and holder not in _NAMED_BY_US) or (holder, key) in _TEXTS_WITHIN
    return named and (not isinstance(value, list) or all(isinstance(item, str) for item in value))


def _mapping(value: Mapping[str, Json], key: str) -> Json:
    """Return a mapping with masked values; a sorted list where keys have hashes in them, as assets have."""
    hashes = _DESTINATION if key == "destinations" else _HASH
    masked = [(hashes.sub(TEXT, name), without_texts(item, name, key)) for name, item in value.items()]
    if any(hashes.search(name) for name in value):
        return sorted(([name, item] for name, item in masked), key=json.dumps)
    return dict(masked)


def _string(value: str, key: str) -> Json:
    embedded = _json(value)
    if embedded is None and key == "body":
        embedded = _json(_decoded(value))
    return _RUNBOOK.sub(TEXT, _HASH.sub(TEXT, value)) if embedded is None else without_texts(embedded)


def _json(text: str) -> Json:
    """Return the object or the list that a text is the JSON of; None where it is no such text."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def _decoded(text: str) -> str:
    try:
        return b64decode(text, validate=True).decode()
    except (Error, UnicodeDecodeError):
        return ""


def _joined(parts: Sequence[Json]) -> str:
    """Return the parts of a ``Fn::Join`` as one text, references as the JSON of what they are."""
    return "".join(_part(part) for part in parts)


def _part(part: Json) -> str:
    return part if isinstance(part, str) else json.dumps(json.dumps(part, sort_keys=True))[1:-1]
