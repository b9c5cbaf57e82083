"""Reads what one synthesis wrote."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assembly.values import Json
from tests.aws.resources import Environment, Stack


@dataclass(frozen=True)
class Assembly:
    """Everything that one synthesis wrote."""

    stacks: dict[str, Stack] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Self:
        manifest = json.loads((folder / "manifest.json").read_text())
        return cls({stack.name: stack for stack in _stacks(folder, manifest["artifacts"])})

    def environment(self, name: str) -> Environment:
        return Environment(name, {key: stack for key, stack in self.stacks.items() if key.split("-")[0] == name})


def _stacks(folder: Path, artifacts: dict[str, Json]) -> Iterator[Stack]:
    for name, artifact in artifacts.items():
        if artifact["type"] == "aws:cloudformation:stack":
            account, region = artifact["environment"].removeprefix("aws://").split("/")
            properties = artifact["properties"]
            yield Stack(
                name=name,
                account=account,
                region=region,
                protected=properties["terminationProtection"],
                needs=frozenset(need for need in artifact["dependencies"] if need in artifacts and "." not in need),
                tags=properties.get("tags", {}),
                template=json.loads((folder / properties["templateFile"]).read_text()),
                paths=_paths(name, json.loads((folder / artifact["additionalMetadataFile"]).read_text())),
            )


def _paths(stack: str, metadata: dict[str, Json]) -> dict[str, str]:
    return {
        entry["data"]: path.removeprefix(f"/{stack}/").removesuffix("/Resource").removesuffix("/Default")
        for path, entries in metadata.items()
        for entry in entries
        if entry["type"] == "aws:cdk:logicalId"
    }
