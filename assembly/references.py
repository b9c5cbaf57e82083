"""Reads what a synthesis wrote: every resource of every stack, and which other resources each part of it refers to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from assembly.cloudformation import Stack, read
from assembly.errors import NoAssemblyError
from assembly.values import Json, at


@dataclass(frozen=True)
class Resource:
    """A resource of a template.

    Attributes:
        path: where it stands in the construct tree of its stack: ``Storage/Uploads``.
    """

    stack: str
    region: str
    logical_id: str
    type: str
    path: str
    properties: Json

    @property
    def key(self) -> tuple[str, str]:
        """What names it in the whole assembly."""
        return self.stack, self.logical_id

    def __hash__(self) -> int:
        return hash(self.key)


class Assembly:
    """A folder that ``cdk synth`` wrote."""

    def __init__(self, folder: Path) -> None:
        if not (folder / "manifest.json").is_file():
            raise NoAssemblyError(
                f"{folder} holds no synthesized output; run `make synth` first, or name another folder"
            )
        self._stacks = read(folder)

    @cached_property
    def resources(self) -> Mapping[tuple[str, str], Resource]:
        """Every resource, by stack and logical id, in the order of deployment."""
        return {resource.key: resource for stack in self._stacks.values() for resource in _of(stack)}

    def of_environment(self, name: str) -> list[Resource]:
        """Return the resources of an environment's stacks: ``GoodiesProd`` and ``GoodiesProd-…``."""
        return [resource for resource in self.resources.values() if resource.stack.split("-")[0] == name]

    def mentioned(self, value: Json, stack: str) -> Iterator[Resource]:
        """Yield the resources that a value in a stack's template refers to, in other stacks, too."""
        match value:
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                if found := self.resources.get((stack, name)):
                    yield found
            case {"Fn::GetStackOutput": {"StackName": str(other), "OutputName": str(output)}}:
                yield from self.mentioned(self._stacks[other].outputs[output]["Value"], other)
            case dict() | list():
                for item in value.values() if isinstance(value, dict) else value:
                    yield from self.mentioned(item, stack)

    def named(self, resource: Resource, *paths: str) -> Iterator[Resource]:
        """Yield the resources that a resource refers to at ``Rules.Destination.Bucket`` and the like, or anywhere."""
        for path in paths or ("",):
            for value in at(resource.properties, path):
                yield from self.mentioned(value, resource.stack)


def _of(stack: Stack) -> Iterator[Resource]:
    for logical_id, body in stack.resources.items():
        path = stack.paths.get(logical_id, logical_id)
        yield Resource(stack.name, stack.region, logical_id, body["Type"], path, body.get("Properties", {}))
