"""The interface of a rule of AWS that MiniStack lacks."""

from dataclasses import dataclass, replace
from typing import ClassVar

from local.emulator.schemas import Properties


@dataclass(frozen=True)
class Operation:
    """An operation of CloudFormation on one resource.

    Attributes:
        type: of the resource.
        stack: name of the stack; empty where a resource is deleted, as MiniStack does not say it then.
        logical_id: of the resource; empty like the stack.
        physical_id: of the resource; empty where it does not exist yet.
        old: properties before the operation; empty where the resource does not exist yet.
        new: properties after the operation; empty where the resource is deleted.
    """

    type: str
    stack: str = ""
    logical_id: str = ""
    physical_id: str = ""
    old: Properties | None = None
    new: Properties | None = None

    @property
    def creates(self) -> bool:
        """True where the operation makes the resource."""
        return self.old is None

    @property
    def deletes(self) -> bool:
        """True where the operation removes the resource."""
        return self.new is None

    def resulting_in(self, physical_id: str) -> "Operation":
        """Return the same operation after it made, replaced or kept a resource."""
        return replace(self, physical_id=physical_id)


class Refusal:
    """A rule of AWS that refuses some operations on resources.

    Attributes:
        text: what AWS does, in one sentence, for docs/embedded-cloud.md.
        source: document, schema or public thread that says so.
        calling_types: resource types for which the rule calls the API of this process.
    """

    text: ClassVar[str]
    source: ClassVar[str]
    calling_types: ClassVar[frozenset[str]] = frozenset()

    def check(self, operation: Operation) -> None:
        """Raise what AWS answers to an operation that it refuses.

        Raises:
            ValueError: AWS's words, which become the reason of the resource's failure.
        """

    def done(self, operation: Operation) -> None:
        """Take note of an operation that succeeded."""

    def install(self) -> None:
        """Patch the engine, where the rule is not one of a single resource. Called once, before the first stack."""

    def as_row(self) -> dict[str, str]:
        """Return the rule for the table of docs/embedded-cloud.md."""
        return {"text": self.text, "source": self.source}
