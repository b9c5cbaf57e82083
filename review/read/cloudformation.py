"""The stacks of a CDK assembly as a review shows them: references as paths, without what the CDK adds everywhere."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Set
from functools import cached_property
from pathlib import Path
from typing import Any

import assembly
from assembly import open_assembly
from assembly.cdk import STACK
from assembly.files import file_in, parsed, read_object
from assembly.references import Reference, StackOutput, reference
from assembly.values import Json
from review.errors import ReviewError
from review.model.noise import without_noise
from review.model.resource import Resource, Stack
from review.model.values import sorted_sets
from review.read.application import application
from review.read.assets import Assets

CLOUD = "aws"
_PLACEHOLDER = re.compile(r"\$\{([^}.]+)")
_NESTED = "cdk:cloud-assembly"
_NESTED_STACK = "AWS::CloudFormation::Stack"
_ASSETS = "cdk:asset-manifest"
# What names something of another section of the template, and which.
_NAMING = {
    "Condition": "Conditions",
    "Fn::FindInMap": "Mappings",
    "Fn::If": "Conditions",
    "Fn::Sub": "Parameters",
    "Ref": "Parameters",
}
_TEMPLATE_URL = "stackTemplateAssetObjectUrl"
Key = tuple[str, str]


class Application:
    """One side: the folder that ``cdk synth`` wrote.

    Args:
        folder: None is a side without any stack.
        renamed: stack and path of resources on the other side, by stack and logical id on this one.
    """

    def __init__(self, folder: Path | None, renamed: Mapping[Key, Key] | None = None) -> None:
        self.folder = folder
        self.assets = Assets(folder)
        self._renamed = renamed or {}

    def with_names(self, renamed: Mapping[Key, Key]) -> "Application":
        """Return the same side, where references to some resources read as on the other side."""
        other = Application(self.folder, renamed)
        other.assets, other.templates = self.assets, self.templates
        return other

    @cached_property
    def templates(self) -> Mapping[str, assembly.Stack]:
        """Every stack as it is written, by its name, with assets named by what is in them."""
        return open_assembly(self.folder, self.assets.named_by_content).stacks if self.folder else {}

    @cached_property
    def _manifest(self) -> Mapping[str, Json]:
        return read_object(self.folder / "manifest.json") if self.folder else {}

    @cached_property
    def _artifacts(self) -> Mapping[str, Json]:
        artifacts: Mapping[str, Json] = self._manifest.get("artifacts", {})
        return artifacts

    @cached_property
    def _keys(self) -> Mapping[str, str]:
        """Return the key of each stack's entry in the manifest, by the stack's name."""
        return {
            each["properties"].get("stackName", key): key
            for key, each in self._artifacts.items()
            if each.get("type") == STACK
        }

    @cached_property
    def application(self) -> Resource | None:
        """The application itself: what the manifest says of no stack; None where there is no application.

        Raises:
            ReviewError: the manifest names another assembly, whose stacks are not read.
        """
        if not self.folder:
            return None
        of_stacks = {name for key in self._keys.values() for name in (key, f"{key}.assets")}
        others = {key: each for key, each in self._artifacts.items() if key not in of_stacks}
        for key, each in others.items():
            if each.get("type") == _NESTED:
                raise ReviewError(
                    f"{self.folder / 'manifest.json'}: {key} holds stacks of its own, which a review does not read. "
                    "Make them stacks of the application, without a Stage."
                )
            if each.get("type") == _ASSETS:
                others[key] = {**each, "Assets": self.assets.settings_of(each)}
        return application(CLOUD, "cdk.json", self.folder, {**self._manifest, "artifacts": others})

    @cached_property
    def stacks(self) -> Mapping[str, Stack]:
        """Every stack by its name, as people read it."""
        return {template.name: self._stack(template) for template in self.templates.values()}

    def _stack(self, template: assembly.Stack) -> Stack:
        self._refuse_unread(template)

        def resource(key: str, kind: str, path: str, settings: Json) -> Resource:
            return Resource(CLOUD, template.environment, template.name, key, kind, path, sorted_sets(settings))

        return Stack(
            resource("", "stack", "", self._own_settings(template)),
            {
                key: resource(key, each.type, each.path, self._settings(each.body, template))
                for key, each in template.resources.items()
            },
            {"account": template.account, "region": template.region},
        )

    def _refuse_unread(self, template: assembly.Stack) -> None:
        """Refuse a stack of which another template is deployed than the one that is read.

        Raises:
            ReviewError: it holds a stack of its own, or the CLI uploads another file, or one under another's name.
        """
        nested = [each for each in template.resources.values() if each.type == _NESTED_STACK]
        if nested:
            raise ReviewError(
                f"{nested[0]} is a stack of its own, which a review does not read. Make it a stack of the application."
            )
        key = self._keys[template.name]
        properties = self._artifacts[key]["properties"]
        if not self.folder or _TEMPLATE_URL not in properties:
            return
        manifest = self._artifacts.get(f"{key}.assets", {}).get("properties", {}).get("file", "")
        files = read_object(file_in(self.folder, manifest)).get("files", {}) if manifest else {}
        digest = hashlib.sha256(template.file.read_bytes()).hexdigest()
        uploaded = files.get(digest, {}).get("source", {}).get("path")
        if uploaded != properties["templateFile"] or not str(properties[_TEMPLATE_URL]).endswith(f"/{digest}.json"):
            raise ReviewError(
                f"{template.name}: the template at {properties[_TEMPLATE_URL]} is not {properties['templateFile']},"
                " which a review reads. Synthesize it again."
            )

    def _own_settings(self, template: assembly.Stack) -> dict[str, Json]:
        resources = template.template.get("Resources", {})
        # What is no resource has a meaning of its own, such as Fn::ForEach.
        others = (
            {key: body for key, body in resources.items() if key not in template.resources}
            if isinstance(resources, dict)
            else resources
        )
        sections = {**template.template, "Resources": others}
        key = self._keys[template.name]
        assets = self._artifacts.get(f"{key}.assets")
        return {
            "TerminationProtection": template.protected,
            "Manifest": without_noise("cdk stack", self._artifacts[key]),
            "Assets": {"Manifest": assets, **self.assets.settings_of(assets)} if assets else {},
            "Template": self.rendered(without_noise("cloudformation template", sections), template.name),
        }

    def _settings(self, body: dict[str, Any], template: assembly.Stack) -> dict[str, Json]:
        """Return the properties of a resource, what else is written about it, and what that stands for."""
        own = without_noise("cloudformation resource", {key: value for key, value in body.items() if key != "Type"})
        if definitions := _definitions(body, template.template):
            own["Definitions"] = definitions
        properties = own.pop("Properties", {})
        if not isinstance(properties, dict):
            properties = {"Properties": properties}
        both = own.keys() & properties.keys()
        named = {f"Properties.{key}" if key in both else key: value for key, value in properties.items()}
        return {key: self.rendered(value, template.name) for key, value in {**own, **named}.items()}

    def rendered(self, value: Json, stack: str, reader: str = "", seen: frozenset[Key] = frozenset()) -> Json:
        """Return a value of a stack with references as ``${Path.Attribute}``, tags by key, and texts of JSON opened.

        Args:
            value: what is written.
            stack: where it is written.
            reader: the stack that reads it, if it is another one: there, the names of others bear their stacks.
            seen: outputs that are being followed.
        """
        reader = reader or stack
        match reference(value):
            case Reference(key, attribute):
                name = self._name(stack, key, reader)
                return f"${{{name}.{attribute}}}" if attribute else f"${{{name}}}"
            case StackOutput(other, output):
                return self._output(other, output, reader, seen)
        match value:
            case {"Fn::Join": [str(separator), [*parts]]} if len(value) == 1:
                whole = [self.rendered(part, stack, reader, seen) for part in parts]
                return _opened(separator.join(part if isinstance(part, str) else json.dumps(part) for part in whole))
            case {"Fn::Sub": str()} if len(value) == 1:
                return value
            case dict():
                return {key: self.rendered(item, stack, reader, seen) for key, item in value.items()}
            case list() if _are_tags(value) and len({str(tag["Key"]) for tag in value}) == len(value):
                return {str(tag["Key"]): self.rendered(tag["Value"], stack, reader, seen) for tag in value}
            case list():
                return [self.rendered(item, stack, reader, seen) for item in value]
            case str():
                return _opened(self._as_text(value, stack))
        return value

    def _as_text(self, value: str, stack: str) -> str:
        """Return a text in which nothing looks like a reference: ``${!Database}``, as ``Fn::Sub`` writes it."""

        def escaped(found: re.Match[str]) -> str:
            owner, _, name = found[1].rpartition(":")
            is_reference = found[1].startswith("AWS::") or name in self._names.get(owner or stack, ())
            return f"${{!{found[1]}" if is_reference else found[0]

        return _PLACEHOLDER.sub(escaped, value) if "${" in value else value

    @cached_property
    def _names(self) -> Mapping[str, Set[str]]:
        """Return what can be referred to in each stack."""
        return {name: {*each.paths, *each.paths.values()} for name, each in self.templates.items()}

    def _output(self, stack: str, output: str, reader: str, seen: frozenset[Key]) -> Json:
        template = self.templates.get(stack)
        if template is None or output not in template.outputs or (stack, output) in seen:
            return f"${{{stack}:{output}}}"
        return self.rendered(template.outputs[output], stack, reader, seen | {(stack, output)})

    def _name(self, stack: str, key: str, reader: str) -> str:
        template = self.templates.get(stack)
        own = template.paths.get(key, key) if template else key
        owner, path = self._renamed.get((stack, key), (stack, own))
        return path if owner == reader else f"{owner}:{path}"


def _definitions(value: Json, template: Json) -> dict[str, Json]:
    """Return the parameters, mappings and conditions that a value refers to, also by others of them."""
    found: dict[str, Json] = {}
    waiting = [value]
    while waiting:
        for section, name in _named(waiting.pop()):
            defined = template.get(section)
            if isinstance(defined, dict) and name in defined and f"{section}.{name}" not in found:
                found[f"{section}.{name}"] = defined[name]
                waiting.append(defined[name])
    return found


def _named(value: Json) -> Iterator[tuple[str, str]]:
    """Yield section and name of what a value could refer to besides resources."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, list):
            waiting += inner
        elif isinstance(inner, dict):
            waiting += inner.values()
            for key in [name for name in inner if name in _NAMING]:
                item = inner[key]
                first = item[0] if isinstance(item, list) and item else item
                if isinstance(first, str):
                    names = _PLACEHOLDER.findall(first) if key == "Fn::Sub" else [first]
                    yield from ((_NAMING[key], name) for name in names)


def _are_tags(items: list[Json]) -> bool:
    return bool(items) and all(isinstance(item, dict) and item.keys() == {"Key", "Value"} for item in items)


def _opened(text: str) -> Json:
    if not text.startswith(("{", "[")):
        return text
    try:
        return parsed(text)
    except ValueError:
        return text
