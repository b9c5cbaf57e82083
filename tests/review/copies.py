"""Copies of a synthesized environment, so that many changes of it are compared in one run."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from assembly.values import Json

ENVIRONMENT = "GoodiesProd"


def _tags(template: Json) -> dict[str, str]:
    """Return the tags of the first resource that has any."""
    tags = next(body["Properties"]["Tags"] for body in template["Resources"].values() if "Tags" in body["Properties"])
    return {tag["Key"]: tag["Value"] for tag in tags}


class Copy:
    """One side of a change: stacks of production as they were synthesized, to be changed.

    Args:
        name: what stands for ``GoodiesProd`` in this copy.
        parts: which stacks: ``Data``; ``Operations`` is the one without a part.
    """

    def __init__(self, source: Path, target: Path, name: str, parts: tuple[str, ...]) -> None:
        self.folder = target
        self.name = name
        self._manifest = json.loads((source / "manifest.json").read_text())["artifacts"]
        self.templates: dict[str, Json] = {}
        self.paths: dict[str, dict[str, str]] = {}
        self.artifacts: dict[str, Json] = {}
        for part in parts:
            stack = f"{ENVIRONMENT}-{part}".removesuffix("-Operations")
            artifact = self._manifest[stack]
            template, metadata = (
                json.loads((source / artifact[key]).read_text().replace(ENVIRONMENT, name))
                for artifact, key in ((artifact["properties"], "templateFile"), (artifact, "additionalMetadataFile"))
            )
            self.templates[part] = template
            self.paths[part] = {
                entry["data"]: path
                for path, several in metadata.items()
                for entry in several
                if entry["type"] == "aws:cdk:logicalId"
            }
            self.artifacts[part] = json.loads(json.dumps(artifact).replace(ENVIRONMENT, name))
            properties = self.artifacts[part]["properties"]
            # The stack of the service hands no tags down: its resources say whose they are.
            # It names the template by what is in it, which the changes are made of.
            del properties["stackTemplateAssetObjectUrl"]
            properties["tags"] = {**properties.get("tags", _tags(template)), "environment": name}
        for assets in {path.name for path in source.glob("asset.*")}:
            if not (target / assets).exists():
                shutil.copytree(source / assets, target / assets)
        for file in source.glob("GoodiesProd*.assets.json"):
            shutil.copy(file, target / file.name)

    def resources(self, part: str) -> dict[str, Json]:
        found: dict[str, Json] = self.templates[part]["Resources"]
        return found

    def id(self, address: str) -> tuple[str, str]:
        """Return the stack and the logical id of what stands at ``Data/Database/Instance``."""
        part, _, path = address.replace(ENVIRONMENT, self.name).partition("/")
        found = [
            key
            for key, place in self.paths[part].items()
            if key in self.resources(part)
            and re.sub("/(Resource|Default)$", "", place).partition("/")[2].partition("/")[2] == path
        ]
        assert len(found) == 1, f"{address}: {found}"
        return part, found[0]

    def body(self, address: str) -> Json:
        part, key = self.id(address)
        return self.resources(part)[key]

    def at(self, address: str) -> Json:
        """Return the properties of what stands at ``Data/Database/Instance``."""
        return self.body(address)["Properties"]

    def all(self, kind: str) -> Iterator[Json]:
        """Yield the properties of everything of a type."""
        for template in self.templates.values():
            for body in template["Resources"].values():
                if body["Type"] == kind:
                    yield body["Properties"]

    def add(self, address: str, kind: str, **properties: Json) -> None:
        part, _, path = address.partition("/")
        key = re.sub(r"\W", "", path)
        self.resources(part)[key] = {"Type": kind, "Properties": properties}
        stack = self.artifacts[part]["displayName"]
        self.paths[part][key] = f"/{stack}/{path}"

    def remove(self, address: str) -> Json:
        part, key = self.id(address)
        return self.resources(part).pop(key)

    def rename(self, address: str, to: str) -> None:
        """Give what stands below an address another place in the code, and therefore other logical ids."""
        part, _, path = address.partition("/")
        target, _, other = to.partition("/")
        stack = self.artifacts[part]["displayName"]
        below = f"/{stack}/{path}"
        moved = {key: place for key, place in self.paths[part].items() if f"{place}/".startswith(f"{below}/")}
        text = json.dumps(self.templates[part])
        for key, place in moved.items():
            new = f"Moved{key}"
            text = text.replace(f'"{key}"', f'"{new}"')
            del self.paths[part][key]
            self.paths[part][new] = place.replace(below, f"/{stack}/{other}", 1)
        self.templates[part] = json.loads(text)
        if target != part:
            for key in [f"Moved{key}" for key in moved]:
                self.resources(target)[key] = self.resources(part).pop(key)
                place = self.paths[part].pop(key)
                self.paths[target][key] = place.replace(f"/{stack}/", f"/{self.artifacts[target]['displayName']}/", 1)

    def write(self) -> dict[str, Json]:
        """Write the files, and return the entries of the manifest."""
        entries = {}
        for part, artifact in self.artifacts.items():
            stack = artifact["displayName"]
            metadata = {place: [{"type": "aws:cdk:logicalId", "data": key}] for key, place in self.paths[part].items()}
            (self.folder / f"{stack}.template.json").write_text(json.dumps(self.templates[part]))
            (self.folder / f"{stack}.metadata.json").write_text(json.dumps(metadata))
            entries[stack] = artifact
        return entries


def _names(entry: Json) -> bool:
    return bool(entry["type"] == "aws:cdk:logicalId")


def write_manifest(folder: Path, entries: dict[str, Json]) -> None:
    (folder / "manifest.json").write_text(json.dumps({"version": "55.0.0", "artifacts": entries}))
