"""Signals of the cache: hit rate and size (MON-6, SCL-8)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import MINUTE, Graph, Section, Signal, expression
from constructs_lib.aws.data.cache import Cache
from constructs_lib.signals.signal import Severity, Threshold
from environments import GrowthPolicy

_HOUR = Duration.hours(1)


def cache(*, cache: Cache, growth: GrowthPolicy, resize: str) -> Section:
    """Return the section of the cache; ``resize`` is the command that prepares a larger size."""
    advice = f"whether it is so every day; then {resize}."
    memory = Signal(
        name="MemoryForHours",
        metric=_maximum(cache, "DatabaseMemoryUsagePercentage", "Memory, %"),
        summary="For hours the cache has been nearly full; it will begin to forget what is still asked for.",
        first_check=advice,
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.memory_percent, periods=growth.hours)},
    )
    evictions = Signal(
        name="Evictions",
        metric=_maximum(cache, "Evictions", "Evictions an hour", statistic="Sum"),
        summary="For hours the cache has dropped what it was asked to keep; requests are slower than they need be.",
        first_check=advice,
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.evictions, periods=growth.hours)},
    )
    busy = Signal(
        name="CpuForHours",
        metric=_maximum(cache, "EngineCPUUtilization", "CPU, %"),
        summary="For hours the cache has used more CPU than it should.",
        first_check=advice,
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.cpu_percent, periods=growth.hours)},
    )
    return Section(
        name="Cache",
        graphs=[
            Graph(title="Hit rate, %", shows=[_metric(node, "CacheHitRate") for node in cache.node_ids]),
            Graph(title="Memory", shows=[memory]),
            Graph(title="Evictions", shows=[evictions]),
            Graph(title="CPU", shows=[busy]),
        ],
    )


def _maximum(cache: Cache, name: str, label: str, *, statistic: str = "Average") -> cloudwatch.MathExpression:
    # Any node may be the primary after a failover. MAX of a single series would be a single number, hence the 0.
    nodes = {
        f"node{number}": _metric(node, name, statistic=statistic, period=_HOUR)
        for number, node in enumerate(cache.node_ids)
    }
    return expression(f"MAX([{', '.join((*nodes, '0 * node0'))}])", label, nodes, period=_HOUR)


def _metric(node: str, name: str, *, statistic: str = "Average", period: Duration = MINUTE) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace="AWS/ElastiCache",
        metric_name=name,
        dimensions_map={"CacheClusterId": node},
        statistic=statistic,
        period=period,
    )
