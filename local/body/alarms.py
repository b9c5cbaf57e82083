"""Alarms of CloudWatch: each minute their metrics are judged, and those that change are set in the emulator.

The emulator then does what the alarm says: it tells topics, and judges composite alarms. An alarm of whose metrics none
was ever published stays as it is: here nothing measures it, while on AWS a service would.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from typing_extensions import override

from local.body.deployed import Deployed, Place
from local.body.metric_math import MetricMathError, Series
from local.body.metric_queries import Number, Reading
from local.body.metric_values import MINUTE, last_minute
from local.body.part import Part

# The emulator's own evaluation rests for so many of ours, so that it goes on without a body.
_RESTED_EVALUATIONS = 3

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


class Alarm:
    """A deployed alarm on metrics.

    Attributes:
        name: its name.
        state: that it has.
        number: what it watches.
        periods: how many of the latest are evaluated.
        threshold: that the number is compared with.

    Args:
        described: as the API has it.
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.name = described["AlarmName"]
        self.state = described["StateValue"]
        self.periods = int(described["EvaluationPeriods"])
        self.threshold = float(described.get("Threshold", 0))  # an alarm on anomalies has none
        self._datapoints = int(described.get("DatapointsToAlarm") or self.periods)
        self._missing = described.get("TreatMissingData", "missing")
        self._comparison = described["ComparisonOperator"]
        self.number = Number(
            described.get("Metrics") or [{"Id": "value", "ReturnData": True, "MetricStat": _stat(described)}]
        )

    def judge(self, values: Mapping[str, Series], times: Sequence[int]) -> tuple[str, str]:
        """Return the state that it should have, and why.

        Args:
            values: of its metrics, by their ids.
            times: begins of its periods, the oldest first.

        Raises:
            MetricMathError: it says something that is not evaluated here.
        """
        if self._comparison not in _COMPARISONS:
            raise MetricMathError(f"{self._comparison} is not evaluated")
        series = self.number.series(values, times)
        found = [series[each] for each in reversed(times) if each in series][: self.periods]
        breaches = [_COMPARISONS[self._comparison](value, self.threshold) for value in found]
        absent = self.periods - len(found)
        shown = ", ".join(f"{value:g}" for value in found)
        compared = f"[{shown}] of {self.periods} periods, {self._comparison} {self.threshold:g}"
        if not found and self._missing == "missing":
            return "INSUFFICIENT_DATA", "No data"
        if absent and self._missing == "ignore":
            return self.state, compared
        breaching = sum(breaches) + (absent if self._missing == "breaching" else 0)
        if breaching >= self._datapoints:
            return "ALARM", f"Threshold crossed: {compared}"
        return "OK", f"Threshold not crossed: {compared}"


class Alarms(Part):
    """Judges the alarms each minute."""

    def __init__(self) -> None:
        super().__init__()
        self._judged = 0

    def reconcile(self, deployed: Deployed) -> None:
        """Judge the alarms, once in each minute."""
        now = last_minute(deployed.now, deployed.clock)
        if now == self._judged:
            return
        try:
            deployed.cloud.control("rest-alarms", _RESTED_EVALUATIONS * MINUTE)
        except OSError:  # it does not answer, which the other parts tell
            return
        notes: list[str] = []
        for place in deployed.places if self._judged else ():
            self._judge(Reading(deployed.client("cloudwatch", place), now, deployed.clock), place, notes)
        self.notes = notes
        self._judged = now

    @override
    def stop(self) -> None:
        """Do nothing: no process of it runs."""

    def _judge(self, reading: Reading, place: Place, notes: list[str]) -> None:
        alarms = deployed_alarms(reading.cloudwatch)
        if not alarms:
            return
        published = reading.published()
        measured = [each for each in alarms if published & {query.metric for query in each.number.queries.values()}]
        values = reading.values((each.number, each.periods) for each in measured)
        for alarm in measured:
            of_alarm = {identifier: values[query] for identifier, query in alarm.number.queries.items()}
            try:
                state, reason = alarm.judge(of_alarm, reading.times(alarm.number.period, alarm.periods))
            except MetricMathError as error:
                notes.append(f"The alarm {alarm.name} in {place.region} is not evaluated: {error}")
                continue
            if state != alarm.state:
                reading.cloudwatch.set_alarm_state(
                    AlarmName=alarm.name,
                    StateValue=state,
                    StateReason=reason,
                    StateReasonData=json.dumps({"version": "1.0", "period": alarm.number.period}),
                )


def deployed_alarms(cloudwatch: Any) -> Sequence[Alarm]:
    """Return the alarms on metrics of an account and region."""
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
    return [Alarm(each) for page in pages for each in page["MetricAlarms"]]


def _stat(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one metric of an alarm that has no queries, as a query."""
    return {
        "Metric": {name: described.get(name) for name in ("Namespace", "MetricName", "Dimensions")},
        "Stat": described.get("ExtendedStatistic") or described["Statistic"],
        "Period": described["Period"],
    }
