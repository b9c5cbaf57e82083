"""The synthesized resources of a Terraform stack, with their references followed."""

import copy
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import assembly
from assembly import open_assembly, terraform
from assembly.values import Json

_REFERENCE = re.compile(r"\$\{((?:data\.)?[a-z0-9_]+\.[A-Za-z0-9_-]+)(?:\.[A-Za-z0-9_.\[\]*]+)?\}")


@dataclass(frozen=True)
class Resource:
    """A resource. ``resource["key"]`` is an argument; a reference as a whole value becomes the resource it means."""

    stack: "Stack" = field(compare=False, repr=False)
    source: assembly.Resource

    @property
    def type(self) -> str:
        return self.source.type

    @property
    def name(self) -> str:
        return self.source.id.partition(".")[2]

    @property
    def body(self) -> Json:
        return self.source.body

    @property
    def path(self) -> str:
        """Path in the construct tree, ``Database/instance``."""
        return self.source.path

    @property
    def protected(self) -> bool:
        """True when Terraform refuses to destroy it."""
        return bool(self.get("lifecycle", {}).get("prevent_destroy"))

    def __getitem__(self, key: str) -> Json:
        return self.stack.resolve(self.body[key])

    def get(self, key: str, default: Json = None) -> Json:
        return self.stack.resolve(self.body.get(key, default))

    def __str__(self) -> str:
        return f"{self.stack.name}/{self.path}"


@dataclass(frozen=True)
class Stack:
    """A stack of the assembly, as Terraform reads it."""

    source: assembly.Stack

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def content(self) -> Json:
        return self.source.template

    def resources(self, kind: str = "", at: str = "", **match: Json) -> list[Resource]:
        """Return the resources of a type below a place such as ``Database`` with the given arguments."""
        everything = (Resource(self, source) for source in self.source.resources.values())
        return [
            resource
            for resource in everything
            if kind in {"", resource.type}
            and (not at or f"{resource.path}/".startswith(f"{at}/"))
            and all(resource.get(key) == value for key, value in match.items())
        ]

    def one(self, kind: str, at: str = "", **match: Json) -> Resource:
        """Return the only such resource."""
        found = self.resources(kind, at, **match)
        assert len(found) == 1, f"{self.name} has {len(found)} {kind} at {at or 'any place'} {match or ''}, not one"
        return found[0]

    def changed(self, change: Callable[["Stack"], None]) -> "Stack":
        """Return a copy after a change was made to it; this one stays as it is."""
        changed = Stack(copy.deepcopy(self.source))
        change(changed)
        return Stack(terraform.stack(self.name, changed.content))

    def resolve(self, value: Json) -> Json:
        """Replace each reference that is a whole value by the resource it means; references within text stay."""
        match value:
            case str():
                reference = _REFERENCE.fullmatch(value)
                found = self.source.resources.get(reference[1]) if reference else None
                return Resource(self, found) if found else value
            case dict():
                return {key: self.resolve(item) for key, item in value.items()}
            case list():
                return [self.resolve(item) for item in value]
        return value


@dataclass(frozen=True)
class Assembly:
    """Output of one synthesis for a Terraform cloud."""

    folder: Path
    stacks: dict[str, Stack] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Self:
        return cls(folder, {name: Stack(source) for name, source in open_assembly(folder).stacks.items()})
