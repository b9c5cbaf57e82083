"""Terraform's state and its lock, as a backend keeps them in an embedded cloud."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from assembly.values import Json


@dataclass(frozen=True, kw_only=True)
class Lock:
    """Lock of a state.

    Attributes:
        id: by which the backend knows it from another one.
        operation: what holds it, such as ``OperationTypeApply``.
        created: when it was taken.
    """

    id: str
    operation: str
    created: str


class State(ABC):
    """State of a stack, where its backend names it."""

    @abstractmethod
    def read(self) -> Json:
        """Return the state; an empty object where there is none."""

    @abstractmethod
    def lock(self) -> Lock | None:
        """Return the lock; None where nothing holds one."""

    @abstractmethod
    def unlock(self, lock: Lock) -> None:
        """Remove a lock, unless another one has taken its place."""


def addresses(state: Json) -> Sequence[str]:
    """Return the address of each resource of a state, without data sources."""
    return [
        f"{resource['type']}.{resource['name']}"
        for resource in state.get("resources", ())
        if resource["mode"] == "managed"
        for _ in resource["instances"]
    ]
