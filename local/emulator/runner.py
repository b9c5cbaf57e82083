"""Runner of ECS tasks: a program outside of the emulator that runs them, and reports so again and again."""

import time

# A runner that has said nothing for so long is gone.
_ATTACHED_SECONDS = 60.0


class Runner:
    """Program that runs the tasks.

    Attributes:
        passes: how often it has begun to bring everything to what is deployed.
    """

    def __init__(self) -> None:
        self.passes = 0
        self._wanted = 0
        self._until = 0.0

    @property
    def attached(self) -> bool:
        """True while a program runs the tasks."""
        return time.monotonic() < self._until

    @property
    def awaited(self) -> bool:
        """True while something waits for its next pass."""
        return self.passes < self._wanted

    def await_passes(self, number: int) -> int:
        """Ask for some passes soon; return how many there will have been then."""
        self._wanted = max(self._wanted, self.passes + number)
        return self.passes + number

    def attach(self, attached: bool) -> None:
        """Say that somebody runs the tasks and begins a pass, or that nobody runs them any longer."""
        self._until = time.monotonic() + _ATTACHED_SECONDS if attached else 0.0
        self.passes += attached


RUNNER = Runner()
