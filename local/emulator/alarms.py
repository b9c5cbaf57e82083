"""Patches of MiniStack's alarms: what they keep, which metrics they read, and which actions are suppressed."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeAlias

from ministack.core.responses import get_account_id, get_region, request_scope

from local.emulator.clock import CLOCK
from local.emulator.ministack_internals import (
    ALARMS,
    COMPOSITE_ALARMS,
    DIMENSIONS_KEY,
    DISPATCH_ALARM_ACTIONS,
    EVALUATE_ALARM,
    METRICS,
    PUT_COMPOSITE_ALARM,
    PUT_METRIC_ALARM,
)

_Alarm: TypeAlias = dict[str, Any]
_Evaluate: TypeAlias = Callable[[_Alarm], None]
_Dispatch: TypeAlias = Callable[[_Alarm, str, str, str], None]

_SUPPRESSOR = "ActionsSuppressor"
_WAIT = "ActionsSuppressorWaitPeriod"
_EXTENSION = "ActionsSuppressorExtensionPeriod"
_POLL_SECONDS = 0.2
# What an alarm on one metric says of it; an alarm on metric math has queries, and none of these.
_OF_ONE_METRIC = ("Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period", "Unit")


def install() -> None:
    """Patch the alarms. Called once."""
    EVALUATE_ALARM.wrap(EVALUATION.of_own_dimensions)
    PUT_METRIC_ALARM.wrap(_keeping_metric_math)
    PUT_COMPOSITE_ALARM.wrap(_keeping_suppressor)
    DISPATCH_ALARM_ACTIONS.wrap(_Suppression().of_actions)


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


def _keeping_suppressor(original: Callable[..., Any]) -> Callable[..., Any]:
    """``PutCompositeAlarm`` that keeps what suppresses an alarm's actions; MiniStack's drops it."""

    def put(params: Any, request: dict[str, Any], *protocol: Any) -> Any:
        answer = original(params, request, *protocol)
        if alarm := COMPOSITE_ALARMS.value.get(request.get("AlarmName")):
            alarm.update({name: request[name] for name in (_SUPPRESSOR, _WAIT, _EXTENSION) if name in request})
        return answer

    return put


class _Suppression:
    """Suppression of a composite alarm's actions ("Composite alarm action suppression").

    Actions of an alarm that goes off wait for the suppressor's alarm to go off as well. While that is on, and for some
    time after that, they are suppressed; they are taken afterwards where the alarm is still on.
    """

    def __init__(self) -> None:
        self._changes: dict[str, int] = {}

    def of_actions(self, original: _Dispatch) -> _Dispatch:
        """Return the same actions, suppressed where the alarm has a suppressor."""

        def dispatch(alarm: _Alarm, old: str, new: str, reason: str) -> None:
            if _SUPPRESSOR not in alarm:
                original(alarm, old, new, reason)
                return
            change = self._changes[alarm["AlarmArn"]] = self._changes.get(alarm["AlarmArn"], 0) + 1
            if new != "ALARM":
                if not _is_on(alarm[_SUPPRESSOR]):
                    original(alarm, old, new, reason)
                return
            account, region = get_account_id(), get_region()

            def later() -> None:
                with request_scope(account, region):
                    if self._waited(alarm, change):
                        original(alarm, old, new, reason)

            threading.Thread(target=later, daemon=True).start()

        return dispatch

    def _waited(self, alarm: _Alarm, change: int) -> bool:
        """Wait until the actions are suppressed no more; return False where the alarm's state has changed meanwhile."""
        until = time.monotonic() + CLOCK.seconds(int(alarm.get(_WAIT, 0)))
        while self._changes[alarm["AlarmArn"]] == change:
            if _is_on(alarm[_SUPPRESSOR]):
                until = time.monotonic() + CLOCK.seconds(int(alarm.get(_EXTENSION, 0)))
            elif time.monotonic() >= until:
                return True
            time.sleep(_POLL_SECONDS)
        return False


def _is_on(arn: str) -> bool:
    name = arn.rpartition(":alarm:")[2]
    alarm = ALARMS.value.get(name) or COMPOSITE_ALARMS.value.get(name)
    return bool(alarm) and alarm["StateValue"] == "ALARM"
