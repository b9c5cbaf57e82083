"""The stacks that one ``cdktf synth`` wrote, read as those of ``cdk synth`` are."""

import json
from collections.abc import Mapping
from pathlib import Path

from assembly.cloudformation import Stack
from assembly.terraform_schema import resources
from assembly.values import Json


def read(folder: Path) -> dict[str, Stack]:
    """Return the stacks of a folder by name; the first construct on a resource's path is its component."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: _stack(name, json.loads((folder / entry["synthesizedStackPath"]).read_text(encoding="utf-8")))
        for name, entry in manifest["stacks"].items()
    }


def _stack(name: str, content: Json) -> Stack:
    bodies = {f"{kind}.{key}": (kind, body) for kind, key, body in resources(content)}
    paths = {
        address: str(body["//"]["metadata"]["path"]).removeprefix(f"{name}/") for address, (_, body) in bodies.items()
    }
    return Stack(
        name=name,
        environment=name.partition("-")[2],
        component="",
        region=_region(content["provider"]),
        resources={address: {"Type": kind, "Properties": body} for address, (kind, body) in bodies.items()},
        outputs={key: entry.get("value") for key, entry in content.get("output", {}).items()},
        paths=paths,
        components={address: path.partition("/")[0].lower() for address, path in paths.items()},
    )


def _region(providers: Mapping[str, Json]) -> str:
    """Return the region that a provider names; nothing where none does."""
    named = (str(block["region"]) for blocks in providers.values() for block in blocks if "region" in block)
    return next(named, "")
