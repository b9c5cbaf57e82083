"""Patches of MiniStack's alarms: metric math is kept, and an alarm reads the metric of its own dimensions only."""

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from local.emulator.ministack_internals import ALARMS, DIMENSIONS_KEY, EVALUATE_ALARM, METRICS, PUT_METRIC_ALARM

_Alarm: TypeAlias = dict[str, Any]
_Evaluate: TypeAlias = Callable[[_Alarm], None]

# What an alarm on one metric says of it; an alarm on metric math has queries, and none of these.
_OF_ONE_METRIC = ("Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period", "Unit")


def install() -> None:
    """Patch the alarms. Called once."""
    EVALUATE_ALARM.wrap(EVALUATION.of_own_dimensions)
    PUT_METRIC_ALARM.wrap(_keeping_metric_math)


class _Evaluation:
    """MiniStack's evaluation of alarms, which rests while another process evaluates them.

    MiniStack evaluates alarms when a metric's value comes: never because none comes, over all of an alarm's periods at
    once, and never on metric math.
    """

    def __init__(self) -> None:
        self._rests_until = 0.0

    def rest(self, seconds: float) -> None:
        """Evaluate nothing for some time."""
        self._rests_until = time.monotonic() + seconds

    def of_own_dimensions(self, original: _Evaluate) -> _Evaluate:
        """Return the same evaluation; MiniStack's reads every metric of the name, whatever its dimensions are."""

        def evaluate(alarm: _Alarm) -> None:
            if time.monotonic() < self._rests_until:
                return
            own = DIMENSIONS_KEY.value({item["Name"]: item["Value"] for item in alarm.get("Dimensions", [])})
            with METRICS.replaced({key: points for key, points in METRICS.value.items() if key[-1] == own}):
                original(alarm)

        return evaluate


EVALUATION = _Evaluation()


def _keeping_metric_math(original: Callable[..., Any]) -> Callable[..., Any]:
    """``PutMetricAlarm`` that keeps an alarm's queries; MiniStack's drops them."""

    def put(params: Any, request: dict[str, Any], *protocol: Any) -> Any:
        answer = original(params, request, *protocol)
        alarm = ALARMS.value.get(request.get("AlarmName"))
        if alarm and request.get("Metrics"):
            for name in _OF_ONE_METRIC:
                alarm.pop(name, None)
            alarm["Metrics"] = request["Metrics"]
        return answer

    return put
