"""The environments of one synthesis on AWS."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assembly import Stack, open_assembly
from tests.aws.resources import Environment


@dataclass(frozen=True)
class Assembly:
    """Output of one synthesis."""

    stacks: dict[str, Stack] = field(repr=False)

    @classmethod
    def read(cls, folder: Path) -> Self:
        return cls(dict(open_assembly(folder).stacks))

    @property
    def environments(self) -> list[Environment]:
        """The environments and what they share, by name."""
        return [self.environment(name) for name in sorted({key.split("-")[0] for key in self.stacks})]

    def environment(self, name: str) -> Environment:
        return Environment(name, {key: stack for key, stack in self.stacks.items() if key.split("-")[0] == name})
