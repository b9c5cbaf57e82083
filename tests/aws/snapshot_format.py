"""Snapshot format of a stack: YAML, references as ``${Name}``, no hashes of assets, nothing that every stack has."""

import json
import re
from typing import cast

import yaml

from assembly import Stack
from assembly.values import Json

_HASH = re.compile(r"\b[0-9a-f]{64}\b")
# The CDK adds them to every stack, or for every reference from another stack.
_EVERYWHERE = re.compile(r"BootstrapVersion$|CheckBootstrapVersion$|PublishOutput")
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")


def as_yaml(stack: Stack) -> str:
    """Return a stack as YAML, its resources in the order of their names."""
    template = stack.template
    content = {
        "Stack": f"{stack.name} in {stack.region}{', protected from deletion' if stack.protected else ''}",
        "Description": template["Description"],
        "Needs": sorted(stack.dependencies),
        "Tags": dict(stack.tags) or _common_tags(stack),
        **{section: _section(template.get(section, {}), _common_tags(stack)) for section in _SECTIONS},
    }
    present = {key: value for key, value in content.items() if value}
    return yaml.safe_dump(present, sort_keys=False, width=120, allow_unicode=True)


def _section(entries: dict[str, Json], tags: dict[str, str]) -> dict[str, Json]:
    return {key: _entry(entries[key], tags) for key in sorted(entries) if not _EVERYWHERE.match(key)}


def _entry(entry: Json, tags: dict[str, str]) -> Json:
    if "Properties" not in entry:
        return _plain(entry)
    kept = {key: value for key, value in entry["Properties"].items() if not _is_common(key, value, tags)}
    own = {key: value for key, value in entry.items() if key != "Metadata"}
    return _plain({**own, "Properties": kept})


def _common_tags(stack: Stack) -> dict[str, str]:
    """Return the tags that every resource of a stack carries."""
    tagged = [
        {(pair["Key"], pair["Value"]) for pair in resource.properties["Tags"]}
        for resource in stack.resources.values()
        if isinstance(resource.properties.get("Tags"), list)
    ]
    return dict(sorted(cast("set[tuple[str, str]]", set.intersection(*tagged)))) if tagged else {}


def _is_common(key: str, value: Json, tags: dict[str, str]) -> bool:
    if not key.endswith("Tags") or not isinstance(value, dict | list):
        return False
    return tags == (value if isinstance(value, dict) else {pair["Key"]: pair["Value"] for pair in value})


def _plain(value: Json) -> Json:
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::GetStackOutput": {"StackName": str(stack), "OutputName": str(output)}}:
            return f"${{{stack}:{output.removeprefix('PublishOutput')}}}"
        case {"Fn::Join": [str(separator), [*parts]]}:
            return _text(separator.join(str(_plain(part)) for part in parts))
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case str():
            return _text(value)
    return value


def _text(text: str) -> Json:
    text = _HASH.sub("<hash>", text)
    try:
        return json.loads(text) if text.startswith("{") else text
    except ValueError:
        return text
