"""The stacks that one synthesis wrote, with their tags and outputs."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assembly.values import Json


@dataclass(frozen=True)
class Stack:
    """A synthesized stack.

    Attributes:
        name: its name in CloudFormation.
        environment: the tag of that name; ``shared`` where it belongs to none.
        component: the tag of that name.
        region: where it is deployed.
        resources: by logical id.
        outputs: by name.
        paths: where each logical id stands in the construct tree.
        components: of resources that have another one than their stack, by logical id.
    """

    name: str
    environment: str
    component: str
    region: str
    resources: Mapping[str, Json]
    outputs: Mapping[str, Json]
    paths: Mapping[str, str]
    components: Mapping[str, str] = field(default_factory=dict)

    def component_of(self, logical_id: str) -> str:
        """Return what the costs of a resource are split by."""
        return self.components.get(logical_id, self.component)

    def of(self, kind: str) -> Iterator[Json]:
        """Return the properties of each resource of a type."""
        return (body.get("Properties", {}) for body in self.resources.values() if body["Type"] == kind)


def read(folder: Path) -> dict[str, Stack]:
    """Return the stacks of an assembly by name."""
    artifacts = _json(folder / "manifest.json")["artifacts"]
    return {
        name: _stack(folder, name, artifact)
        for name, artifact in artifacts.items()
        if artifact["type"] == "aws:cloudformation:stack"
    }


def _stack(folder: Path, name: str, artifact: Json) -> Stack:
    properties = artifact["properties"]
    template = _json(folder / properties["templateFile"])
    return Stack(
        name=name,
        environment=properties["tags"]["environment"],
        component=properties["tags"]["component"],
        region=artifact["environment"].rpartition("/")[2],
        resources=template["Resources"],
        outputs=template.get("Outputs", {}),
        paths={
            entry["data"]: path.removeprefix(f"/{name}/").removesuffix("/Resource").removesuffix("/Default")
            for path, entries in _json(folder / artifact["additionalMetadataFile"]).items()
            for entry in entries
            if entry["type"] == "aws:cdk:logicalId"
        },
    )


def _json(path: Path) -> Json:
    return json.loads(path.read_text(encoding="utf-8"))
