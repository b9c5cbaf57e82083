"""The files that a template refers to by a hash: what counts is what is in them."""

import hashlib
import json
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from assembly.files import read_object

_HASH = re.compile(r"\b[0-9a-f]{64}\b")
# Byte code differs with the path and the time of compiling.
_NOT_CODE = {".pyc"}


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
            name: folder / asset["source"].get("path", asset["source"].get("directory", ""))
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

    def named_by_content(self, text: str) -> str:
        """Return a text with each hash of an asset replaced by one of its files."""
        return _HASH.sub(lambda found: self._names.get(found[0], found[0]), text)


def changed_files(before: Assets, after: Assets, old: str, new: str) -> list[str]:
    """Return which files differ between two assets that stand in two values; nothing where they name no assets."""
    here, there = _in(before, old), _in(after, new)
    return sorted(path for path in {*here, *there} if here.get(path) != there.get(path))


def _in(assets: Assets, value: str) -> Mapping[str, str]:
    return next((assets.files[name] for name in _HASH.findall(value) if name in assets.files), {})


def _content(path: Path) -> dict[str, str]:
    if path.is_file():
        return {path.name.partition(".")[2]: hashlib.sha256(path.read_bytes()).hexdigest()}
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file() and file.suffix not in _NOT_CODE
    }


def _name(content: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
