"""Values of CloudWatch metrics, gathered by minutes and published when a minute is over."""

import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, TypeAlias

from local.body.deployed import Deployed, Place

MINUTE = 60
# What happened in a minute is known and published by then.
SETTLING_SECONDS = 2.0
# "PutMetricData", API reference: values of a metric, metrics of a request.
_VALUES = 150
_METRICS = 1000

Dimensions: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Metric:
    """A metric of CloudWatch.

    Attributes:
        place: account and region that it is published in.
        namespace: such as ``AWS/ApplicationELB``.
        name: of the metric.
        dimensions: names and values.
        unit: as CloudWatch calls it.
    """

    place: Place
    namespace: str
    name: str
    dimensions: Dimensions
    unit: str = "Count"


class MetricValues:
    """Values that are not published yet.

    Attributes:
        published: begin of the first minute that is not over yet, or not published.
        clock: factor by which minutes are shorter than on AWS.
    """

    def __init__(self) -> None:
        self.clock = 1
        self._values: dict[float, dict[Metric, Counter[float]]] = defaultdict(lambda: defaultdict(Counter))
        self.published = self._begin(time.time())

    def add(self, metric: Metric, value: float, when: float) -> None:
        """Add a value; one that comes too late counts as of the next minute that is published."""
        self._values[max(self._begin(when), self.published)][metric][value] += 1

    def due(self, now: float) -> Sequence[float]:
        """Begins of the minutes that are over and not published, for what is measured once in each.

        A short minute may pass between two looks at it, and all of them have what is measured then. After a suspension
        they are those of one minute of AWS: before that nothing was measured.

        Args:
            now: time of the pass.
        """
        over, seconds = last_minute(now, self.clock), MINUTE // self.clock
        first = max(self.published, over - MINUTE)
        return [first + number * seconds for number in range(ceil((over - first) / seconds))]

    def publish(self, deployed: Deployed) -> None:
        """Publish the minutes that are over."""
        over = last_minute(deployed.now, self.clock)
        for minute in sorted(each for each in self._values if each < over):
            self._put(deployed, minute, self._values[minute])
            del self._values[minute]
        self.published = max(over, self.published)

    def _begin(self, when: float) -> float:
        seconds = MINUTE // self.clock
        return when // seconds * seconds

    def _put(self, deployed: Deployed, minute: float, values: dict[Metric, Counter[float]]) -> None:
        requests: dict[tuple[Place, str], list[dict[str, Any]]] = defaultdict(list)
        for metric, counted in values.items():
            ordered = sorted(counted)
            requests[metric.place, metric.namespace] += [
                {
                    "MetricName": metric.name,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
                    "Timestamp": minute,
                    "Unit": metric.unit,
                    "Values": ordered[first : first + _VALUES],
                    "Counts": [counted[value] for value in ordered[first : first + _VALUES]],
                }
                for first in range(0, len(ordered), _VALUES)
            ]
        for (place, namespace), data in requests.items():
            cloudwatch = deployed.client("cloudwatch", place)
            for first in range(0, len(data), _METRICS):
                cloudwatch.put_metric_data(Namespace=namespace, MetricData=data[first : first + _METRICS])


def last_minute(now: float, clock: int) -> int:
    """Return the end of the last minute whose metrics are published."""
    minute = MINUTE // clock
    return int(now - SETTLING_SECONDS) // minute * minute
