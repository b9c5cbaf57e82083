"""Metrics of the cache, as ElastiCache reports them for each node (MON-6, SCL-8)."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import MINUTE, Metric, expression
from constructs_lib.aws.data.cache import Cache
from constructs_lib.signals.cache import CacheMetrics

_HOUR = Duration.hours(1)


def cache_metrics(cache: Cache) -> CacheMetrics[Metric]:
    """Return the metrics of all nodes."""
    return CacheMetrics(
        hit_rates=[_metric(node, "CacheHitRate") for node in cache.node_ids],
        hourly_memory=_maximum(cache, "DatabaseMemoryUsagePercentage", "Memory, %"),
        hourly_evictions=_maximum(cache, "Evictions", "Evictions an hour", statistic="Sum"),
        hourly_cpu=_maximum(cache, "EngineCPUUtilization", "CPU, %"),
    )


def _maximum(cache: Cache, name: str, label: str, *, statistic: str = "Average") -> cloudwatch.MathExpression:
    # MAX of a single series would be a single number, hence the 0.
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
