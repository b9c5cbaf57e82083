"""The stacks of a CDKTF assembly as a review shows them: references as paths, without what no apply reads."""

import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import assembly
from assembly import open_assembly
from assembly.files import file_in, files_below, parsed, read_object
from assembly.references import with_addresses
from assembly.terraform import blocks
from assembly.values import Json, at
from review.errors import ReviewError
from review.model.noise import without_noise
from review.model.resource import Resource, Stack
from review.model.values import sorted_sets, text
from review.read.application import application

# What Terraform itself reads in a resource; a resource cannot ignore changes of these.
_META_ARGUMENTS = {"connection", "count", "for_each", "lifecycle", "provider", "provisioner"}
_HASH = re.compile(r"/[0-9A-F]{32}(?=/|$)")
# What Terraform reads in the folder where it runs ("Files and Directories" and "Variables", Terraform's docs).
_CONFIGURATION = (".tf", ".tf.json", ".tfvars", ".tfvars.json")
# Names of what an expression stands for, and the sections that define it where they are called otherwise.
_DEFINED = re.compile(r"\b(?:(?:var|local|module)\.[\w-]+|(?:data|ephemeral)\.\w+\.[\w-]+)")
_SECTIONS = {"var": "variable", "local": "locals"}
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
        if not head.moves:
            return self
        other = Application(self.folder, self._renamed, head.moves)
        other.written = self.written
        return other

    @cached_property
    def written(self) -> Mapping[str, assembly.Stack]:
        """Every stack as it is written, by its name."""
        return open_assembly(self.folder).stacks if self.folder else {}

    @cached_property
    def _manifest(self) -> Mapping[str, Json]:
        return read_object(self.folder / "manifest.json") if self.folder else {}

    @cached_property
    def application(self) -> Resource | None:
        """The application itself: what the manifest says of no stack; None where there is no application."""
        others = {key: value for key, value in self._manifest.items() if key != "stacks"}
        cloud = next((stack.cloud for stack in self.written.values()), "")
        return application(cloud, "cdktf.json", self.folder, others) if self.folder else None

    @property
    def moves(self) -> Mapping[Key, str]:
        """The new id of each resource that is said to have moved, by stack and old id."""
        return {
            (stack, str(move["from"])): str(move["to"])
            for stack, written in self.written.items()
            for move in blocks(written.template.get("moved"))
            if move.keys() >= {"from", "to"}
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

        template = without_noise("terraform template", written.template)
        return Stack(
            resource("", "stack", "", self._own_settings(written)),
            {
                new: resource(
                    new,
                    each.type,
                    each.path,
                    _with_definitions(_settings(each.body, each.type), template, written.paths),
                )
                for key, each in written.resources.items()
                for new in [self._moved.get((written.name, key), key)]
            },
            _place(written.template),
        )

    def _own_settings(self, stack: assembly.Stack) -> dict[str, Json]:
        template, entry = stack.template, self._manifest["stacks"][stack.name]
        sections = {key: value for key, value in template.items() if key != "resource"}
        # A resource that moves is the same afterwards, and the block that says so is no change.
        moved = [
            {"from": key, "to": new}
            for (name, key), new in self._moved.items()
            if name == stack.name and key in stack.resources
        ]
        if moved := [*moved, *(block for block in blocks(template.get("moved")) if block not in moved)]:
            sections["moved"] = sorted(moved, key=text)
        if others := _no_resources(template.get("resource", {})):
            sections["resource"] = others
        return {
            "Manifest": without_noise("cdktf stack", entry),
            "Template": without_noise("terraform template", sections),
            "Files": self._files(entry, stack.file),
        }

    def _files(self, entry: Json, template: Path) -> dict[str, str]:
        """Return the digest of each file in the folder where Terraform runs, by its path without CDKTF's hashes.

        Raises:
            AssemblyError: there is a link among them.
            ReviewError: Terraform reads other files than the template.
        """
        if not self.folder or "workingDirectory" not in entry:
            return {}
        folder = file_in(self.folder, entry["workingDirectory"])
        files = [file for file in files_below(folder) if file not in (template, folder / "metadata.json")]
        others = [file.name for file in files if file.parent == folder and file.name.endswith(_CONFIGURATION)]
        if others or template.parent != folder:
            raise ReviewError(
                f"{folder}: Terraform runs here, and reads {', '.join(others) or 'no ' + template.name}; a review reads"
                f" {template}. Write all of the stack into one file there."
            )
        digests = {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
        shorter = {path: _HASH.sub("", path) for path in digests}
        unique = Counter(shorter.values())
        return {shorter[path] if unique[shorter[path]] == 1 else path: digest for path, digest in digests.items()}

    def _path(self, stack: assembly.Stack, key: str) -> str:
        own = stack.paths.get(key, key)
        return self._renamed.get((stack.name, self._moved.get((stack.name, key), key)), (stack.name, own))[1]

    def _rendered(self, value: Json, stack: assembly.Stack) -> Json:
        if isinstance(value, dict):
            return {key: self._rendered(item, stack) for key, item in value.items()}
        if isinstance(value, list):
            return [self._rendered(item, stack) for item in value]
        return with_addresses(value, lambda key: self._path(stack, key)) if isinstance(value, str) else value


def _with_definitions(settings: dict[str, Json], template: Json, paths: Mapping[str, str]) -> dict[str, Json]:
    """Return settings with the variables, locals and data sources that they refer to, also by others of them.

    A data source stands at its path: ``data.Database/authorities``.
    """
    found: dict[str, Json] = {}
    waiting: list[Json] = [settings]
    while waiting:
        for name in _DEFINED.findall(text(waiting.pop())):
            section, _, rest = name.partition(".")
            defined = list(at(template, f"{_SECTIONS.get(section, section)}.{rest}"))
            shown = f"data.{paths[name]}" if name in paths else name
            if defined and shown not in found:
                found[shown] = defined
                waiting.append(defined)
    return {**settings, "Definitions": found} if found else settings


def _settings(body: dict[str, Any], kind: str) -> dict[str, Json]:
    """Return what is written about a resource, without arguments that Terraform ignores (``ignore_changes``)."""
    # A single block may be written without a list.
    ignored = {re.sub(r"\[0\](?=\.)", "", str(name)) for name in at(body, "lifecycle.ignore_changes")}
    written = without_noise("terraform resource", body)
    left_out = (written.keys() if "all" in ignored else ignored) - _META_ARGUMENTS
    kept = {key: _without(value, key, ignored) for key, value in written.items() if key not in left_out}
    return _with_values(kept) if kind == "helm_release" else kept


def _with_values(release: dict[str, Json]) -> dict[str, Json]:
    """Return the settings of a release of Helm with the values of its chart as objects, where they are JSON."""
    values = release.get("values")
    return {**release, "values": [_opened(each) for each in values]} if isinstance(values, list) else release


def _opened(value: Json) -> Json:
    try:
        found = parsed(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return found if isinstance(found, dict) else value


def _without(value: Json, path: str, ignored: set[str]) -> Json:
    """Return a value without the paths in it that are ignored: ``spec[0].template[0].image``."""
    if isinstance(value, dict):
        inner = {key: f"{path}.{key}" for key in value}
        return {key: _without(value[key], there, ignored) for key, there in inner.items() if there not in ignored}
    if isinstance(value, list):
        return [_without(item, f"{path}[{place}]" if place else path, ignored) for place, item in enumerate(value)]
    return value


def _no_resources(section: Json, labels: int = 2) -> Json:
    """Return what stands among the resources and is none.

    Args:
        section: what is written.
        labels: how many names stand above a resource: its type and its own.
    """
    if not labels:
        return section if (section if isinstance(section, list) else [section]) != blocks(section)[:1] else {}
    if isinstance(section, list):
        return [others for item in section if (others := _no_resources(item, labels)) != {}]
    if not isinstance(section, dict):
        return section
    return {key: others for key, item in section.items() if (others := _no_resources(item, labels - 1)) not in ({}, [])}


def _place(template: Json) -> dict[str, str]:
    """Return where a stack's state is kept, and where its providers work."""
    terraform = template.get("terraform", {})
    backend = terraform.get("backend") if isinstance(terraform, dict) else terraform
    providers = template.get("provider", {})
    entries = [
        (".".join(filter(None, (name, str(entry.get("alias", ""))))), entry)
        for name, section in (providers.items() if isinstance(providers, dict) else ())
        for entry in blocks(section)
    ]
    return {
        "backend": text(without_noise("terraform template", {"terraform": {"backend": backend}})),
        **{
            f"{key} of provider {name}": text(entry.get(key))
            for name, entry in entries
            for key in ("project", "region")
            if key in entry
        },
    }


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
