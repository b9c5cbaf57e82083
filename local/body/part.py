"""Base of the body's parts: each brings processes to what one kind of deployed resource says."""

from abc import ABC, abstractmethod
from collections.abc import Sequence


class Part(ABC):
    """A part of the body. It has a method ``reconcile``, which takes what is deployed and is called every second or so.

    ``reconcile`` starts, changes and ends what the deployed resources ask for, returns soon, and does nothing where
    nothing changed. It raises nothing for a fault that may pass: it writes down a line and tries again when it is
    called next. It sets all three lists anew.

    Attributes:
        problems: what keeps it from serving what is deployed, and what a person does about it.
        waiting: what is under way and not ready yet. A deploy waits while any part waits.
        notes: what differs from AWS or from before, such as another port, and is no fault.
    """

    def __init__(self) -> None:
        self.problems: Sequence[str] = ()
        self.waiting: Sequence[str] = ()
        self.notes: Sequence[str] = ()

    @abstractmethod
    def stop(self) -> None:
        """End all its processes, and wait until they are gone."""
