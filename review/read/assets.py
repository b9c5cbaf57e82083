"""The files that a template refers to by a hash: what counts is what is in them."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from assembly.files import file_in, files_below, read_object
from assembly.values import Json
from review.model.values import text

_HASH = re.compile(r"\b[0-9a-f]{64}\b")


class Assets:
    """The assets of a synthesized application.

    The CDK names an asset by a hash that may change while its files do not: a new option of bundling, another path.
    Here it is named by its files.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @cached_property
    def _sources(self) -> Mapping[str, Path]:
        """Return the files of each asset hash."""
        folder = self._folder
        if folder is None:
            return {}
        manifests = [read_object(file) for file in folder.glob("*.assets.json")]
        return {
            name: file_in(folder, asset["source"].get("path", asset["source"].get("directory", "")))
            for manifest in manifests
            for section in ("files", "dockerImages")
            for name, asset in manifest.get(section, {}).items()
            if not asset["source"].get("path", "").endswith(".template.json")
        }

    @cached_property
    def files(self) -> Mapping[str, Mapping[str, str]]:
        """The digest of each file, by the name of the asset and the file's path in it."""
        return {_name(content): content for content in map(_content, self._sources.values())}

    @cached_property
    def _names(self) -> Mapping[str, str]:
        return {name: _name(_content(path)) for name, path in self._sources.items()}

    def settings_of(self, artifact: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return what the manifest says of assets beside their content: how they are packed, and where they go.

        Two that are treated the same count once. Hashes and names are left out: they go with the content, which is
        compared where a template refers to it. The content of an asset that is published under no hash stands here.

        Args:
            artifact: an entry of the application's manifest that names a manifest of assets.

        Raises:
            AssemblyError: that manifest cannot be read.
        """
        manifest = read_object(file_in(self._folder, artifact["properties"]["file"])) if self._folder else {}
        return {key: self._treated(section) for key, section in manifest.items()}

    def _treated(self, section: Json) -> Json:
        if not isinstance(section, dict):
            return section
        entries = (self._treatment(name, asset) for name, asset in section.items())
        return [json.loads(entry) for entry in sorted({json.dumps(entry, sort_keys=True) for entry in entries})]

    def _treatment(self, name: str, asset: Json) -> Json:
        if not isinstance(asset, dict) or not all(
            isinstance(asset.get(key), dict) for key in ("source", "destinations")
        ):
            return {name: asset}
        written = {
            **{key: value for key, value in asset.items() if key != "displayName"},
            "source": {key: value for key, value in asset["source"].items() if key not in {"path", "directory"}},
            "destinations": sorted(asset["destinations"].values(), key=text),
        }
        if name not in json.dumps(written["destinations"]):
            return {**written, "content": self._names.get(name, name)}
        return json.loads(json.dumps(written).replace(name, "(hash)"))

    def named_by_content(self, template: str) -> str:
        """Return the text of a template with each hash of an asset replaced by one of its files."""
        return _HASH.sub(lambda found: self._names.get(found[0], found[0]), template)


def changed_files(before: Assets, after: Assets, old: str, new: str) -> list[str]:
    """Return which files differ between the assets that stand in two values; nothing where anything else does."""
    if _HASH.sub("", old) != _HASH.sub("", new):
        return []
    here, there = _in(before, old), _in(after, new)
    return sorted({path for place, path in {*here, *there} if here.get((place, path)) != there.get((place, path))})


def _in(assets: Assets, value: str) -> Mapping[tuple[int, str], str]:
    """Return the digest of each file by the place of its asset in a value, and by its path."""
    names = enumerate(_HASH.findall(value))
    return {(place, path): digest for place, name in names for path, digest in assets.files.get(name, {}).items()}


def _content(path: Path) -> dict[str, str]:
    if path.is_file():
        return {path.name.partition(".")[2]: hashlib.sha256(path.read_bytes()).hexdigest()}
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files_below(path)
    }


def _name(content: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
