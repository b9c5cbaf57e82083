"""Alarms of CloudWatch: each minute their metrics are judged, and those that change are set in the emulator.

The emulator then does what the alarm says: it tells topics, and judges composite alarms. An alarm of whose metrics none
was ever published stays as it is: here nothing measures it, while on AWS a service would.
"""

import json
import operator
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from local.body.deployed import Deployed, Place
from local.body.metric_math import MetricMathError, Series, Value, evaluate
from local.body.metric_values import MINUTE, SETTLING_SECONDS
from local.body.part import Part

# The emulator's own evaluation rests for so many of ours, so that it goes on without a body.
_RESTED_EVALUATIONS = 3
# CloudWatch looks at more periods than it evaluates, for data that comes late ("Configuring how CloudWatch alarms treat
# missing data": five for an alarm on three).
_MORE_PERIODS = 2
_QUERIES = 500

_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}


@dataclass(frozen=True)
class Query:
    """A statistic of a metric.

    Attributes:
        namespace: such as ``AWS/ApplicationELB``.
        name: of the metric.
        dimensions: names and values, sorted.
        statistic: such as ``Sum`` or ``p95``.
        period: seconds.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    statistic: str
    period: int

    @property
    def metric(self) -> tuple[str, str, tuple[tuple[str, str], ...]]:
        """Namespace, name and dimensions, which identify the metric."""
        return self.namespace, self.name, self.dimensions


class Alarm:
    """A deployed alarm on metrics.

    Attributes:
        name: its name.
        state: that it has.
        queries: its metrics by their ids.
        period: seconds.
        periods: how many of the latest are evaluated.

    Args:
        described: as the API has it.
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        self.name = described["AlarmName"]
        self.state = described["StateValue"]
        self.periods = int(described["EvaluationPeriods"])
        self._datapoints = int(described.get("DatapointsToAlarm") or self.periods)
        self._missing = described.get("TreatMissingData", "missing")
        self._threshold = float(described.get("Threshold", 0))  # an alarm on anomalies has none
        self._comparison = described["ComparisonOperator"]
        metrics = described.get("Metrics") or [{"Id": "value", "ReturnData": True, "MetricStat": _stat(described)}]
        self.queries = {each["Id"]: _query(each["MetricStat"]) for each in metrics if "MetricStat" in each}
        self._expressions = {each["Id"]: each["Expression"] for each in metrics if "Expression" in each}
        self._returned = next(each["Id"] for each in metrics if each.get("ReturnData", True))
        self.period = max(query.period for query in self.queries.values())

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
        known: dict[str, Value] = dict(values)
        left = dict(self._expressions)
        while left:
            # An expression may refer to another, whichever stands first.
            first = next((each for each, text in left.items() if not left.keys() & re.findall(r"\w+", text)), "")
            if not first:
                raise MetricMathError("its expressions refer to each other in a circle")
            known[first] = evaluate(left.pop(first), known, times)
        series = known[self._returned]
        assert isinstance(series, Mapping)  # noqa: S101 - of metrics and of what evaluate returns
        found = [series[each] for each in reversed(times) if each in series][: self.periods]
        breaches = [_COMPARISONS[self._comparison](value, self._threshold) for value in found]
        absent = self.periods - len(found)
        shown = ", ".join(f"{value:g}" for value in found)
        compared = f"[{shown}] of {self.periods} periods, {self._comparison} {self._threshold:g}"
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
        self._clock = 1
        self._judged = 0.0

    def reconcile(self, deployed: Deployed) -> None:
        """Judge the alarms, once in each minute."""
        self._clock = deployed.clock
        minute = MINUTE // self._clock
        now = (time.time() - SETTLING_SECONDS) // minute * minute
        if now == self._judged:
            return
        try:
            deployed.cloud.control("rest-alarms", _RESTED_EVALUATIONS * MINUTE)
        except OSError:  # it does not answer, which the other parts tell
            return
        notes: list[str] = []
        for place in deployed.places if self._judged else ():
            self._judge(deployed.client("cloudwatch", place), place, int(now), notes)
        self.notes = notes
        self._judged = now

    @override
    def stop(self) -> None:
        """Do nothing: no process of it runs."""

    def _judge(self, cloudwatch: Any, place: Place, now: int, notes: list[str]) -> None:
        pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm"])
        alarms = [Alarm(each) for page in pages for each in page["MetricAlarms"]]
        if not alarms:
            return
        published = _published(cloudwatch)
        measured = [each for each in alarms if published & {query.metric for query in each.queries.values()}]
        values = self._values(cloudwatch, measured, now)
        for alarm in measured:
            of_alarm = {identifier: values[query] for identifier, query in alarm.queries.items()}
            try:
                state, reason = alarm.judge(of_alarm, self._times(alarm.period, alarm.periods, now))
            except MetricMathError as error:
                notes.append(f"The alarm {alarm.name} in {place.region} is not evaluated: {error}")
                continue
            if state != alarm.state:
                cloudwatch.set_alarm_state(
                    AlarmName=alarm.name,
                    StateValue=state,
                    StateReason=reason,
                    StateReasonData=json.dumps({"version": "1.0", "period": alarm.period}),
                )

    def _seconds(self, period: int) -> int:
        return max(1, period // self._clock)

    def _times(self, period: int, periods: int, now: int) -> list[int]:
        """Begins of the periods that are looked at, the oldest first.

        A minute counts when it is over. A longer period counts while it lasts, because CloudWatch judges each minute
        what has come until then ("Alarm evaluation").
        """
        seconds = self._seconds(period)
        newest = (now - 1) // seconds * seconds
        return [newest - number * seconds for number in reversed(range(periods + _MORE_PERIODS))]

    def _values(self, cloudwatch: Any, alarms: Iterable[Alarm], now: int) -> dict[Query, Series]:
        """Values of all that alarms ask for."""
        oldest: dict[Query, int] = {}
        for alarm in alarms:
            for query in alarm.queries.values():
                first = self._times(query.period, alarm.periods, now)[0]
                oldest[query] = min(first, oldest.get(query, first))
        found: dict[Query, Series] = {}
        for period in sorted({query.period for query in oldest}):
            queries = [query for query in oldest if query.period == period]
            start = min(oldest[query] for query in queries)
            for first in range(0, len(queries), _QUERIES):
                found |= self._ask(cloudwatch, queries[first : first + _QUERIES], start, now)
        return found

    def _ask(self, cloudwatch: Any, queries: Sequence[Query], start: int, end: int) -> dict[Query, Series]:
        queried = [
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": query.namespace,
                        "MetricName": query.name,
                        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
                    },
                    "Period": self._seconds(query.period),
                    "Stat": query.statistic,
                },
            }
            for number, query in enumerate(queries)
        ]
        answer = cloudwatch.get_metric_data(MetricDataQueries=queried, StartTime=start, EndTime=end)
        results = {result["Id"]: result for result in answer["MetricDataResults"]}
        return {
            query: {
                int(when.timestamp()): float(value)
                for when, value in zip(
                    results[f"q{number}"]["Timestamps"], results[f"q{number}"]["Values"], strict=True
                )
            }
            for number, query in enumerate(queries)
        }


def _published(cloudwatch: Any) -> set[tuple[str, str, tuple[tuple[str, str], ...]]]:
    """Metrics that have a value of the last two weeks."""
    pages = cloudwatch.get_paginator("list_metrics").paginate()
    return {
        (each["Namespace"], each["MetricName"], _dimensions(each["Dimensions"]))
        for page in pages
        for each in page["Metrics"]
    }


def _stat(described: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one metric of an alarm that has no queries, as a query."""
    return {
        "Metric": {name: described.get(name) for name in ("Namespace", "MetricName", "Dimensions")},
        "Stat": described.get("ExtendedStatistic") or described["Statistic"],
        "Period": described["Period"],
    }


def _query(stat: Mapping[str, Any]) -> Query:
    metric = stat["Metric"]
    return Query(
        metric["Namespace"],
        metric["MetricName"],
        _dimensions(metric.get("Dimensions") or ()),
        stat["Stat"],
        int(stat["Period"]),
    )


def _dimensions(listed: Iterable[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((each["Name"], each["Value"]) for each in listed))
