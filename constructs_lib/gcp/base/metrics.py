"""PromQL: metrics of Cloud Monitoring, and the conditions of alarms on them (MON-7, MON-8)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from constructs_lib.naming import PROJECT
from constructs_lib.signals import signal
from constructs_lib.signals.signal import MissingData, Threshold

HOUR = 60
# Google's metrics are written once a minute, and some are seen four minutes later: a shorter window is often empty
# ("Google Cloud metrics", Cloud Monitoring documentation).
WINDOW = "5m"


@dataclass(frozen=True, kw_only=True)
class Query:
    """PromQL query on Cloud Monitoring.

    Attributes:
        promql: expression that has one value without labels, or none.
        label: name of the number with its unit.
        minutes: period.
    """

    promql: str
    label: str
    minutes: int = 1


Signal = signal.Signal[Query]
Graph = signal.Graph[Query]
Section = signal.Section[Query]


def series(metric: str, *, resource: str, part: str = "", **labels: str) -> str:
    """Return the PromQL selector of a metric such as ``kubernetes.io/container/cpu/limit_utilization``.

    Source: "Mapping Cloud Monitoring metrics to PromQL", Cloud Monitoring documentation.

    Args:
        metric: domain and path of the metric.
        resource: type of the monitored resource.
        part: suffix ``_bucket``, ``_sum`` or ``_count`` of a distribution.
        labels: required values of labels.
    """
    domain, _, path = metric.partition("/")
    name = ":".join(re.sub(r"[^A-Za-z0-9]", "_", text) for text in (domain, path))
    matched = {"monitored_resource": resource, **labels}
    selector = ",".join(f'{key}="{value}"' for key, value in matched.items())
    return f"{name}{part}{{{selector}}}"


def increase(counter: str, *, minutes: int) -> str:
    """Return a query of how much a counter has grown, all its series together."""
    return f"sum(increase({counter}[{minutes}m]))"


def measured(name: str, label: str) -> Query:
    """Return the newest value of a metric of our own, which a workflow writes each hour."""
    written = series(f"custom.googleapis.com/{PROJECT}/{name}", resource="global")
    return Query(promql=f"max(max_over_time({written}[{2 * HOUR}m]))", label=label, minutes=HOUR)


def breach_query(signal: Signal, threshold: Threshold) -> str:
    """Return a query that has a value as long as a signal breaches a threshold.

    Each of the threshold's periods must breach. A period without a value does if missing data counts as breaching.
    """
    query = f"({signal.metric.promql})"
    breaching = f"{query} {'<' if signal.below else '>'} bool {threshold.value:g}"
    if signal.missing_data is MissingData.BREACHING:
        breaching = f"({breaching}) or absent{query}"
    minutes = signal.metric.minutes
    return f"sum_over_time(({breaching})[{threshold.periods * minutes}m:{minutes}m]) >= {threshold.periods}"


def any_of(queries: Iterable[str]) -> str:
    """Return a query that has a value as long as any of the queries has one."""
    return " or ".join(f"({query})" for query in queries)


def describe_threshold(signal: Signal, threshold: Threshold) -> str:
    """Return a threshold in words: ``Errors, % > 5 for 3 min``."""
    sign = "<" if signal.below else ">"
    missing_data = " or without a value" if signal.missing_data is MissingData.BREACHING else ""
    duration = _duration(threshold.periods * signal.metric.minutes)
    return f"{signal.metric.label} {sign} {threshold.value:g} for {duration}{missing_data}"


def _duration(minutes: int) -> str:
    return f"{minutes} min" if minutes % HOUR else f"{minutes // HOUR} h"
