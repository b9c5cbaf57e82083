"""The synthesized resources of an environment, with their references followed from stack to stack."""

import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import assembly
from assembly import Stack
from assembly.references import Reference, StackOutput, reference
from assembly.values import Json, leaves_with_paths


@dataclass(frozen=True)
class Resource:
    """A resource. ``resource["Key"]`` is a property in which references are replaced by the resources they mean."""

    environment: "Environment" = field(compare=False, repr=False)
    source: assembly.Resource

    @property
    def stack(self) -> str:
        return self.source.stack

    @property
    def logical_id(self) -> str:
        return self.source.id

    @property
    def body(self) -> Json:
        return self.source.body

    @property
    def type(self) -> str:
        return self.source.type

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def region(self) -> str:
        return self.source.region

    @property
    def properties(self) -> Json:
        return self.environment.resolve(self.source.properties, self.stack)

    def __getitem__(self, key: str) -> Json:
        return self.properties[key]

    def get(self, key: str, default: Json = None) -> Json:
        return self.properties.get(key, default)

    def __str__(self) -> str:
        return str(self.source)


@dataclass(frozen=True)
class Environment:
    """An environment's stacks, by name."""

    name: str
    stacks: dict[str, Stack] = field(repr=False)

    def stack(self, part: str) -> Stack:
        return self.stacks[f"{self.name}-{part}" if part else self.name]

    def resources(self, kind: str = "", at: str = "", **match: Json) -> list[Resource]:
        """Return the resources of a type below a place such as ``Data/Storage`` with the given properties."""
        everything = (Resource(self, source) for stack in self.stacks.values() for source in stack.resources.values())
        place = f"{self.name}-{at}"
        return [
            resource
            for resource in everything
            if kind in {"", resource.type}
            and (not at or f"{resource}/".startswith(f"{place}/"))
            and all(resource.get(key) == value for key, value in match.items())
        ]

    def one(self, kind: str, at: str = "", **match: Json) -> Resource:
        """Return the only such resource."""
        found = self.resources(kind, at, **match)
        assert len(found) == 1, f"{self.name} has {len(found)} {kind} at {at or 'any place'} {match or ''}, not one"
        return found[0]

    def resolve(self, value: Json, stack: str) -> Json:
        """Replace references by the resources they mean, and joined text by text."""
        match reference(value):
            case Reference(name):
                return self._named(name, self.stacks[stack])
            case StackOutput(other, output):
                return self.resolve(self.stacks[other].outputs[output], other)
        match value:
            case {"Fn::Join": [str(separator), [*parts]]}:
                return separator.join(str(self.resolve(part, stack)) for part in parts)
            case {"Fn::Sub": str(text)}:
                names = re.compile(r"\$\{([^}!]+)\}")
                return names.sub(lambda name: str(self._named(name[1], self.stacks[stack])), text)
            case dict():
                return {key: self.resolve(item, stack) for key, item in value.items()}
            case list():
                return [self.resolve(item, stack) for item in value]
        return value

    def _named(self, name: str, stack: Stack) -> Resource | str:
        if name in stack.resources:
            return Resource(self, stack.resources[name])
        pseudo = {"AWS::Region": stack.region, "AWS::AccountId": stack.account, "AWS::Partition": "aws"}
        return pseudo.get(name, f"${{{name}}}")

    def changed(self, change: Callable[["Environment"], None]) -> "Environment":
        """Return a copy after a change was made to it; this one stays as it is."""
        changed = Environment(self.name, copy.deepcopy(self.stacks))
        change(changed)
        return changed


def leaves(value: Json) -> Iterator[Json]:
    """Return every value in a structure that holds no others."""
    for _, leaf in leaves_with_paths(value):
        yield leaf
