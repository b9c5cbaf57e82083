"""Metrics as alarms and scaling policies have them, statistics and metric math, and values of their last periods."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.body.metric_math import MetricMathError, Series, Value, evaluate
from local.body.metric_values import MINUTE

# CloudWatch looks at more periods than it evaluates, for data that comes late ("Configuring how CloudWatch alarms treat
# missing data": five for an alarm on three).
_MORE_PERIODS = 2
_QUERIES = 500

MetricKey = tuple[str, str, tuple[tuple[str, str], ...]]


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

    @classmethod
    def of(cls, stat: Mapping[str, Any]) -> "Query":
        """Return the query of a ``MetricStat``; one without a period has minutes, as in a scaling policy."""
        metric = stat["Metric"]
        dimensions = _dimensions(metric.get("Dimensions") or ())
        period = int(stat.get("Period", MINUTE))
        return cls(metric["Namespace"], metric["MetricName"], dimensions, stat["Stat"], period)

    @property
    def metric(self) -> MetricKey:
        """Namespace, name and dimensions, which identify the metric."""
        return self.namespace, self.name, self.dimensions


class Number:
    """Number that an alarm or a policy watches: one metric, or what metric math makes of several.

    Attributes:
        queries: its metrics by their ids.
        period: seconds.

    Args:
        metrics: a list of metrics and expressions, as the API has it.
    """

    def __init__(self, metrics: Sequence[Mapping[str, Any]]) -> None:
        self.queries = {each["Id"]: Query.of(each["MetricStat"]) for each in metrics if "MetricStat" in each}
        self._expressions = {each["Id"]: each["Expression"] for each in metrics if "Expression" in each}
        self._returned = next(each["Id"] for each in metrics if each.get("ReturnData", True))
        self.period = max(query.period for query in self.queries.values())

    def series(self, values: Mapping[str, Series], times: Sequence[int]) -> Series:
        """Return its values.

        Args:
            values: of its metrics, by their ids.
            times: begins of the periods that are asked for, the oldest first.

        Raises:
            MetricMathError: it says something that is not evaluated here.
        """
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
        return series


@dataclass(frozen=True)
class Reading:
    """Values of numbers up to a moment.

    Attributes:
        cloudwatch: client of the account and region.
        now: end of the last minute that is published.
        clock: factor by which periods are shorter than on AWS.
    """

    cloudwatch: Any
    now: int
    clock: int

    def times(self, period: int, periods: int) -> list[int]:
        """Return the begins of the periods that are looked at, the oldest first.

        A minute counts when it is over. A longer period counts while it lasts, because CloudWatch judges each minute
        what has come until then ("Alarm evaluation").
        """
        seconds = self._seconds(period)
        newest = (self.now - 1) // seconds * seconds
        return [newest - number * seconds for number in reversed(range(periods + _MORE_PERIODS))]

    def values(self, numbers: Iterable[tuple[Number, int]]) -> dict[Query, Series]:
        """Return the values of all metrics that numbers have, each with the number of periods that is wanted."""
        oldest: dict[Query, int] = {}
        for number, periods in numbers:
            for query in number.queries.values():
                first = self.times(query.period, periods)[0]
                oldest[query] = min(first, oldest.get(query, first))
        found: dict[Query, Series] = {}
        for period in sorted({query.period for query in oldest}):
            queries = [query for query in oldest if query.period == period]
            start = min(oldest[query] for query in queries)
            for first in range(0, len(queries), _QUERIES):
                found |= self._ask(queries[first : first + _QUERIES], start)
        return found

    def published(self) -> set[MetricKey]:
        """Return the metrics that have a value of the last two weeks."""
        pages = self.cloudwatch.get_paginator("list_metrics").paginate()
        return {
            (each["Namespace"], each["MetricName"], _dimensions(each["Dimensions"]))
            for page in pages
            for each in page["Metrics"]
        }

    def _seconds(self, period: int) -> int:
        return max(1, period // self.clock)

    def _ask(self, queries: Sequence[Query], start: int) -> dict[Query, Series]:
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
        answer = self.cloudwatch.get_metric_data(MetricDataQueries=queried, StartTime=start, EndTime=self.now)
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


def _dimensions(listed: Iterable[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((each["Name"], each["Value"]) for each in listed))
