"""Writes a Terraform stack as a person would: by the paths of constructs, without what no apply reads."""

import json
import re

import yaml

from assembly.values import Json
from tests.gcp.terraform import Stack

_HASH = re.compile(r"\b[0-9A-F]{32}\b")
_ADDRESS = re.compile(r"\b((?:data\.|ephemeral\.)?[a-z][a-z0-9_]*)\.([A-Za-z_][\w-]*)")
_SECTIONS = ("variable", "locals", "ephemeral", "data", "import", "moved", "resource", "output")


def as_yaml(stack: Stack) -> str:
    """Return a stack as YAML, its resources in the order of their types and paths."""
    content = stack.content
    terraform = content["terraform"]
    paths = {
        (prefix + kind, name): _path(stack, body, name)
        for section, prefix in (("data", "data."), ("ephemeral", "ephemeral."), ("resource", ""))
        for kind, named in content.get(section, {}).items()
        for name, body in named.items()
    }
    written = {
        "stack": stack.name,
        "backend": terraform["backend"],
        "providers": {name: entry["version"] for name, entry in terraform["required_providers"].items()},
        "provider": _plain(content["provider"], paths),
        **{section: _section(section, content.get(section), stack, paths) for section in _SECTIONS},
    }
    present = {key: value for key, value in written.items() if value}
    return yaml.safe_dump(present, sort_keys=False, width=120, allow_unicode=True)


Paths = dict[tuple[str, str], str]


def _section(section: str, entries: Json, stack: Stack, paths: Paths) -> Json:
    if section not in {"data", "ephemeral", "resource"}:
        return _plain(entries, paths)
    return {
        f"{kind} {path}": _plain(body, paths)
        for kind, named in sorted((entries or {}).items())
        for path, body in sorted((_path(stack, body, name), body) for name, body in named.items())
    }


def _path(stack: Stack, body: Json, name: str) -> str:
    path: str = body.get("//", {}).get("metadata", {}).get("path", name)
    return path.removeprefix(f"{stack.name}/")


def _plain(value: Json, paths: Paths) -> Json:
    match value:
        case dict():
            return {key: _plain(item, paths) for key, item in value.items() if key != "//"}
        case list():
            return [_plain(item, paths) for item in value]
        case str():
            return _text(value, paths)
    return value


def _text(text: str, paths: Paths) -> Json:
    text = _HASH.sub("<hash>", text)
    if "${" in text:
        text = _ADDRESS.sub(lambda found: paths.get((found[1], found[2]), found[0]), text)
    try:
        return _plain(json.loads(text), paths) if text.startswith(("{", "[")) else text
    except ValueError:
        return text
