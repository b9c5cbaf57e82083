"""Clock of the embedded AWS: the factor by which AWS's own waits are shorter here than on AWS.

Such waits are periods of metrics and alarms, bakes, delays of call-backs, cool-downs, rates of schedules, and waits of
state machines. They are not the service's seconds: response times, time-outs, health checks and deregistration delays
stay. The emulator keeps the factor over a restart, and the body asks the emulator for it.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

from local.emulator.ministack_internals import (
    FIRE_RULES,
    FIRE_SCHEDULES,
    RATE_SECONDS,
    RULE_TICK_SECONDS,
    RULES_FIRED,
    SCHEDULE_TICK_SECONDS,
    SCHEDULES_FIRED,
    WAIT_SCALE,
    PrivateName,
)
from local.errors import EmbeddedCloudError

_MINUTE = 60
_MOST = 12
# A minute of metrics is a whole number of seconds, as their times and periods are.
FACTORS = tuple(each for each in range(1, _MOST + 1) if _MINUTE % each == 0)
_TICK_SECONDS = 0.25


class Clock:
    """The factor, as the emulator has it.

    Attributes:
        factor: 1 where AWS's waits last as long as on AWS.
    """

    def __init__(self) -> None:
        self.factor = 1

    def install(self) -> None:
        """Take the factor of before, and let schedules and state machines follow it. Called once."""
        # MiniStack looks for what is due every ten seconds.
        RULE_TICK_SECONDS.set(_TICK_SECONDS)
        SCHEDULE_TICK_SECONDS.set(_TICK_SECONDS)
        FIRE_RULES.wrap(lambda original: lambda: self._fire(original, RULES_FIRED))
        FIRE_SCHEDULES.wrap(lambda original: lambda: self._fire(original, SCHEDULES_FIRED))
        RATE_SECONDS.wrap(lambda original: lambda rate: self._of_rate(original(rate)))
        try:
            self._become(checked(json.loads(_file().read_text())))
        except (OSError, ValueError, EmbeddedCloudError):
            self._become(1)

    def seconds(self, wait: float) -> float:
        """Return how long a wait of AWS lasts here, both in seconds."""
        return wait / self.factor

    def set(self, factor: object) -> int:
        """Set the factor from now on; return it.

        Raises:
            EmbeddedCloudError: it is not allowed.
        """
        self._become(checked(factor))
        _file().write_text(json.dumps(self.factor))
        return self.factor

    def _become(self, factor: int) -> None:
        self.factor = factor
        WAIT_SCALE.set(1 / factor)

    def _fire(self, original: Callable[[], None], times: PrivateName) -> None:
        """Fire what is due, at the begin of a short minute: a later begin each time would leave one of them out."""
        original()
        if self.factor > 1:
            minute = self.seconds(_MINUTE)
            for key, fired in list(times.value.items()):
                times.value[key] = fired // minute * minute

    def _of_rate(self, seconds: float | None) -> float | None:
        return None if seconds is None else self.seconds(seconds)


def checked(factor: object) -> int:
    """Return a factor that is allowed.

    Raises:
        EmbeddedCloudError: it is another.
    """
    if type(factor) is int and factor in FACTORS:
        return factor
    raise EmbeddedCloudError(
        f"clock: given {factor!r}; allowed are {', '.join(map(str, FACTORS))}. AWS's own waits are divided by it, and "
        "a minute stays a whole number of seconds."
    )


def _file() -> Path:
    return Path(os.environ["EMBEDDED_CLOCK"])


CLOCK = Clock()
