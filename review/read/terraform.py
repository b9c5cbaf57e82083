"""The stacks of a CDKTF assembly as a review shows them: references as paths, without what no apply reads."""

import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import assembly
from assembly import open_assembly
from assembly.references import with_addresses
from assembly.terraform import elements
from assembly.values import Json, at
from review.model.resource import Resource, Stack
from review.model.values import sorted_sets

_NOT_SETTINGS = {"//", "depends_on", "provisioner", "connection"}
# Where state is kept is a path of the checkout if nothing else is said.
_NOT_STACK = {"local"}
Key = tuple[str, str]


class Application:
    """One side: the folder that ``cdktf synth`` wrote.

    Args:
        folder: None is a side without any stack.
        renamed: stack and path of resources on the other side, by stack and id on this one.
        moved: ids that are others now, by stack: the head's ``moved`` blocks say that these are the same resources.
    """

    def __init__(
        self, folder: Path | None, renamed: Mapping[Key, Key] | None = None, moved: Mapping[Key, str] | None = None
    ):
        self.folder = folder
        self._renamed = renamed or {}
        self._moved = moved or {}

    def with_names(self, renamed: Mapping[Key, Key]) -> "Application":
        """Return the same side, where references to some resources read as on the other side."""
        other = Application(self.folder, renamed, self._moved)
        other.written = self.written
        return other

    def followed_by(self, head: "Application") -> "Application":
        """Return the same side, with those resources under their new ids that the head says it moved."""
        other = Application(self.folder, self._renamed, head.moves)
        other.written = self.written
        return other

    @cached_property
    def written(self) -> Mapping[str, assembly.Stack]:
        """Every stack as it is written, by its name."""
        return open_assembly(self.folder).stacks if self.folder else {}

    @property
    def moves(self) -> Mapping[Key, str]:
        """The new id of each resource that is said to have moved, by stack and old id."""
        return {
            (stack, str(move["from"])): str(move["to"])
            for stack, written in self.written.items()
            for move in written.template.get("moved", [])
        }

    @cached_property
    def stacks(self) -> Mapping[str, Stack]:
        """Every stack by its name, as people read it."""
        return {name: self._stack(written) for name, written in self.written.items()}

    def _stack(self, written: assembly.Stack) -> Stack:
        def resource(key: str, kind: str, path: str, settings: Json) -> Resource:
            rendered = sorted_sets(self._rendered(settings, written))
            name = _object_name(kind, rendered)
            return Resource(written.cloud, written.environment, written.name, key, kind, path, rendered, name)

        return Stack(
            resource("", "stack", "", _own_settings(written.template)),
            {
                new: resource(new, each.type, each.path, _settings(each.body))
                for key, each in written.resources.items()
                for new in [self._moved.get((written.name, key), key)]
            },
        )

    def _path(self, stack: assembly.Stack, key: str) -> str:
        own = stack.paths.get(key, key)
        return self._renamed.get((stack.name, self._moved.get((stack.name, key), key)), (stack.name, own))[1]

    def _rendered(self, value: Json, stack: assembly.Stack) -> Json:
        if isinstance(value, dict):
            return {key: self._rendered(item, stack) for key, item in value.items()}
        if isinstance(value, list):
            return [self._rendered(item, stack) for item in value]
        return with_addresses(value, lambda key: self._path(stack, key)) if isinstance(value, str) else value


def _settings(body: dict[str, Any]) -> dict[str, Json]:
    """Return the applied settings, without those that Terraform ignores (``ignore_changes``)."""
    ignored = {str(name) for name in at(body, "lifecycle.ignore_changes")}
    left_out = body.keys() if "all" in ignored else ignored | _NOT_SETTINGS
    return {key: _without(value, key, ignored) for key, value in body.items() if key not in left_out}


def _without(value: Json, path: str, ignored: set[str]) -> Json:
    """Return a value without the paths in it that are ignored: ``spec[0].template[0].image``."""
    if isinstance(value, dict):
        inner = {key: f"{path}.{key}" for key in value}
        return {key: _without(value[key], there, ignored) for key, there in inner.items() if not _is_in(there, ignored)}
    if isinstance(value, list):
        return [_without(item, path, ignored) for item in value]
    return value


def _is_in(path: str, ignored: set[str]) -> bool:
    return any(re.sub(r"\[\d+\]", "", each) == path for each in ignored)


def _own_settings(content: dict[str, Any]) -> dict[str, Json]:
    terraform = content.get("terraform", {})
    versions = {
        name: entry.get("version") if isinstance(entry, dict) else entry
        for name, entry in terraform.get("required_providers", {}).items()
    }
    kept = {
        "Providers": versions,
        "Provider settings": content.get("provider", {}),
        "Outputs": {name: entry.get("value") for name, entry in content.get("output", {}).items()},
        "Variables": content.get("variable", {}),
        "Locals": content.get("locals", {}),
        "Data": {key: _settings(body) for key, body in elements(content, "data")},
        "Backend": {name: entry for name, entry in terraform.get("backend", {}).items() if name not in _NOT_STACK},
    }
    return {name: value for name, value in kept.items() if value}


def _object_name(kind: str, settings: Json) -> str:
    """Return the name of a Kubernetes object: ``Deployment goodies/funkygibbon``; nothing for all else."""
    if kind == "kubernetes_manifest":
        kind = str(next(at(settings, "manifest.kind"), ""))
        metadata: Json = next(at(settings, "manifest.metadata"), {})
    elif kind.startswith("kubernetes_"):
        words = re.sub(r"_v\d+\w*$", "", kind.removeprefix("kubernetes_")).split("_")
        kind, metadata = "".join(word.capitalize() for word in words), next(at(settings, "metadata"), {})
    elif kind == "helm_release":
        kind, metadata = "Helm release", settings
    else:
        return ""
    names = [str(metadata[key]) for key in ("namespace", "name") if isinstance(metadata, dict) and metadata.get(key)]
    return f"{kind} {'/'.join(names)}".strip()
