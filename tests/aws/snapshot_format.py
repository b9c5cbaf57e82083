"""Snapshot of a CloudFormation stack: resources and references by construct path, dashboards by what they show."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import cast

from assembly import Assembly, Stack
from assembly.references import Reference, StackOutput, reference
from assembly.values import Json
from tests.stacks.snapshot_yaml import Inline, without_usual

_HASH = re.compile(r"\b[0-9a-f]{64}\b")
_NAME = re.compile(r"\$\{([^}!.]+)")
# The CDK adds them to every stack, or for every reference from another stack, which shows what it means.
_SHOWN_ELSEWHERE = re.compile(r"BootstrapVersion$|CheckBootstrapVersion$|PublishOutput")
_SECTIONS = ("Parameters", "Mappings", "Conditions", "Rules", "Resources", "Outputs")
_COORDINATES = {"x", "y", "width", "height"}
# Of every widget with numbers.
_USUAL = {"type": "metric", "view": "timeSeries", "region": "${AWS::Region}", "yAxis": {}}


def document(stack: Stack, assembly: Assembly) -> dict[str, Json]:
    """Return all that a stack deploys; left out are hashes of assets, and from resources the tags that all have."""
    return _Writer(stack, assembly).document()


class _Writer:
    """Writer of one stack of an assembly."""

    def __init__(self, stack: Stack, assembly: Assembly) -> None:
        self._stack = stack
        self._assembly = assembly

    def document(self) -> dict[str, Json]:
        stack = self._stack
        content = {
            "Stack": f"{stack.name} in {stack.region}{', protected from deletion' if stack.protected else ''}",
            "Description": stack.template.get("Description"),
            "Needs": sorted(stack.dependencies),
            "Tags": dict(stack.tags) or self._common_tags,
            **{section: self._section(section) for section in _SECTIONS},
        }
        return {key: value for key, value in content.items() if value}

    def _section(self, name: str) -> dict[str, Json]:
        entries = self._stack.template.get(name, {})
        write = self._resource if name == "Resources" else self._entry
        return dict(sorted(write(key, entries[key]) for key in entries if not _SHOWN_ELSEWHERE.match(key)))

    def _entry(self, key: str, entry: Json) -> tuple[str, Json]:
        return self._path(key), self.plain(entry)

    def _resource(self, key: str, body: Json) -> tuple[str, Json]:
        """Return the key of a resource, and its properties and other attributes in one mapping."""
        properties = {
            name: _tags(value) if name.endswith("Tags") else value for name, value in body.get("Properties", {}).items()
        }
        own = {name: value for name, value in properties.items() if not self._is_common(name, value)}
        attributes = {name: value for name, value in body.items() if name not in {"Type", "Metadata", "Properties"}}
        assert not own.keys() & attributes.keys(), f"{self._stack.name}/{key}: {own.keys() & attributes.keys()}"
        if "DependsOn" in attributes:
            needed = attributes["DependsOn"]
            attributes["DependsOn"] = [self._path(name) for name in ([needed] if isinstance(needed, str) else needed)]
        plain = self.plain({**own, **attributes})
        if "DashboardBody" in plain:
            plain["DashboardBody"] = _dashboard(plain["DashboardBody"])
        return f"{self._path(key)} ({body.get('Type')})", plain

    @cached_property
    def _common_tags(self) -> dict[str, str]:
        """The tags that every resource of the stack has, as far as it has any."""
        tagged = [
            set(tags.items())
            for resource in self._stack.template["Resources"].values()
            if isinstance(tags := _tags(resource.get("Properties", {}).get("Tags")), dict)
        ]
        return dict(sorted(cast("set[tuple[str, str]]", set.intersection(*tagged)))) if tagged else {}

    def _is_common(self, name: str, value: Json) -> bool:
        return name.endswith("Tags") and value == self._common_tags

    def _path(self, name: str) -> str:
        return self._paths.get(name, name)

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        """The paths of the logical ids, but of those that share one."""
        paths = self._stack.paths
        counts = Counter(paths.values())
        return {name: path for name, path in paths.items() if counts[path] == 1}

    def plain(self, value: Json) -> Json:
        """Return a value with references by path, joined text as one, and JSON in texts as it is meant."""
        match reference(value):
            case Reference(name, attribute):
                return f"${{{self._path(name)}{'.' if attribute else ''}{attribute}}}"
            case StackOutput(stack, output):
                return self._of_other_stack(stack, output, value)
        match value:
            case {"Fn::Join": [str(separator), [*parts]]}:
                return self._text(separator.join(str(self.plain(part)) for part in parts))
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": _NAME.sub(lambda name: f"${{{self._path(name[1])}", text)}
            case {"Fn::If": [str(condition), *values]}:
                return {"Fn::If": [self._path(condition), *map(self.plain, values)]}
            case dict():
                return {key: self.plain(item) for key, item in value.items()}
            case list():
                return [self.plain(item) for item in value]
            case str():
                return self._text(value)
        return value

    def _of_other_stack(self, name: str, output: str, value: Json) -> Json:
        """Return a reference to another stack by the path there, or as it is written where it leads nowhere."""
        other = self._assembly.stacks.get(name)
        if other is None or value["Fn::GetStackOutput"].get("Region") != other.region:
            return value
        entry = other.template.get("Outputs", {}).get(output, {})
        meant = _Writer(other, self._assembly).plain(entry.get("Value"))
        is_reference = isinstance(meant, str) and meant.startswith("${") and entry.keys() == {"Value"}
        return f"${{{name}/{meant[2:]}" if is_reference else {**value, "is": meant}

    def _text(self, text: str) -> Json:
        text = _HASH.sub("<hash>", text)
        try:
            return json.loads(text) if text.startswith("{") else text
        except ValueError:
            return text


def _tags(value: Json) -> Json:
    """Return tags by key, where they are a list of pairs with different keys."""
    if not isinstance(value, list) or not all(
        isinstance(tag, dict) and tag.keys() == {"Key", "Value"} for tag in value
    ):
        return value
    tags = {tag["Key"]: tag["Value"] for tag in value}
    return dict(sorted(tags.items())) if len(tags) == len(value) else value


def _dashboard(body: Json) -> Json:
    """Return a dashboard's widgets by heading and title, without their coordinates."""
    if not isinstance(body, dict):
        return body
    headings: dict[str, Json] = {}
    for widget in body["widgets"]:
        content = {key: value for key, value in widget.items() if key not in {*_COORDINATES, "properties"}}
        content.update(widget["properties"])
        if content["type"] == "text":
            below = headings.setdefault(content.pop("markdown"), {})
            below.update(without_usual(content, {"type": "text"}))
        else:
            title = content.pop("title")
            assert title not in below, f"two widgets are called {title}"
            content["metrics"] = [Inline(metric) for metric in content["metrics"]]
            below[title] = without_usual(content, _USUAL)
    return {**{key: value for key, value in body.items() if key != "widgets"}, **headings}
