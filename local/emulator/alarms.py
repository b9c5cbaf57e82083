"""Patch of MiniStack's alarms: an alarm reads the metric of its own dimensions only, as on CloudWatch."""

from collections.abc import Callable
from typing import Any, TypeAlias

from local.emulator.ministack_internals import DIMENSIONS_KEY, EVALUATE_ALARM, METRICS

_Evaluate: TypeAlias = Callable[[dict[str, Any]], None]


def install() -> None:
    """Patch the evaluation of alarms. Called once."""
    EVALUATE_ALARM.wrap(_on_own_dimensions)


def _on_own_dimensions(original: _Evaluate) -> _Evaluate:
    """The same evaluation; MiniStack's reads every metric of the name, whatever its dimensions are."""

    def evaluate(alarm: dict[str, Any]) -> None:
        own = DIMENSIONS_KEY.value({item["Name"]: item["Value"] for item in alarm.get("Dimensions", [])})
        with METRICS.replaced({key: points for key, points in METRICS.value.items() if key[-1] == own}):
            original(alarm)

    return evaluate
