"""Signals of the cache: hit rate and size (MON-6, SCL-8)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic

from constructs_lib.signals.signal import Graph, Metric, Metric_co, Section, Severity, Signal, Threshold
from environments import GrowthPolicy


@dataclass(frozen=True, kw_only=True)
class CacheMetrics(Generic[Metric_co]):
    """Metrics of the cache; those of an hour are of its worst node, because any may be the primary after a failover.

    Attributes:
        hit_rates: share of reads that found a value, in percent: of all nodes together, or of each.
        hourly_memory: memory utilization of an hour, in percent.
        hourly_evictions: keys dropped in an hour to make room for others.
        hourly_cpu: CPU utilization of an hour, in percent.
    """

    hit_rates: Sequence[Metric_co]
    hourly_memory: Metric_co
    hourly_evictions: Metric_co
    hourly_cpu: Metric_co


def cache(metrics: CacheMetrics[Metric], *, growth: GrowthPolicy, resize: str) -> Section[Metric]:
    """Return the section of the cache.

    Args:
        metrics: of its nodes.
        growth: thresholds above which a larger size is needed.
        resize: the command that prepares a larger size.
    """
    memory, evictions, cpu = (
        Signal(
            name=name,
            metric=metric,
            summary=summary,
            first_check=f"whether the graph is the same every day; if so, {resize}.",
            runbook="too-small",
            thresholds={Severity.GROWTH: Threshold(value=value, periods=growth.hours)},
        )
        for name, metric, value, summary in (
            (
                "MemoryForHours",
                metrics.hourly_memory,
                growth.memory_percent,
                "The cache's memory has been nearly full for hours; it will evict keys that are still in use.",
            ),
            (
                "Evictions",
                metrics.hourly_evictions,
                growth.evictions,
                "The cache has evicted keys for hours; requests that miss them are slower.",
            ),
            (
                "CpuForHours",
                metrics.hourly_cpu,
                growth.cpu_percent,
                "The cache's CPU utilization has been high for hours.",
            ),
        )
    )
    return Section(
        name="Cache",
        graphs=[
            Graph(title="Hit rate, %", shows=metrics.hit_rates),
            Graph(title="Memory", shows=[memory]),
            Graph(title="Evictions", shows=[evictions]),
            Graph(title="CPU", shows=[cpu]),
        ],
    )
