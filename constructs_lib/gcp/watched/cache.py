"""The cache: how often it helps, and whether it is large enough (MON-6, SCL-8)."""

from cdktf_cdktf_provider_google.redis_instance import RedisInstance

from constructs_lib.alarms import Limit, Severity
from constructs_lib.gcp.alarms import HOUR, Graph, Query, Section, Signal, series
from environments import GrowthPolicy


def cache_nodes(*, instance: RedisInstance, growth: GrowthPolicy, resize: str) -> Section:
    """Return the section of the cache; ``resize`` is the command that prepares a larger size."""
    advice = f"whether it is so every day; then {resize}."
    # Any node may be the primary after a failover.
    memory = Signal(
        name="MemoryForHours",
        metric=_hourly(f"100 * max(avg_over_time({_series(instance, 'memory/usage_ratio')}[{HOUR}m]))", "Memory, %"),
        means="For hours the cache has been nearly full; it will begin to forget what is still asked for.",
        look=advice,
        runbook="too-small",
        limits={Severity.GROWTH: Limit(value=growth.memory_percent, periods=growth.hours)},
    )
    forgotten = Signal(
        name="Evictions",
        metric=_hourly(f"max(increase({_series(instance, 'evicted_keys')}[{HOUR}m]))", "Evictions an hour"),
        means="For hours the cache has dropped what it was asked to keep; requests are slower than they need be.",
        look=advice,
        runbook="too-small",
        limits={Severity.GROWTH: Limit(value=growth.evictions, periods=growth.hours)},
    )
    # Redis serves on one core, whose seconds are counted; what saves snapshots is a child of it.
    spent = _series(instance, "cpu_utilization", relationship="parent")
    busy = Signal(
        name="CpuForHours",
        metric=_hourly(f"100 * max(sum by (node_id) (rate({spent}[{HOUR}m])))", "CPU, %"),
        means="For hours the cache has used more CPU than it should.",
        look=advice,
        runbook="too-small",
        limits={Severity.GROWTH: Limit(value=growth.cpu_percent, periods=growth.hours)},
    )
    return Section(
        name="Cache",
        graphs=[
            Graph(
                title="Hit rate, %",
                shows=[Query(promql=f"100 * avg({_series(instance, 'cache_hit_ratio')})", label="Hit rate, %")],
            ),
            Graph(title="Memory", shows=[memory]),
            Graph(title="Evictions", shows=[forgotten]),
            Graph(title="CPU", shows=[busy]),
        ],
    )


def _hourly(promql: str, label: str) -> Query:
    return Query(promql=promql, label=label, minutes=HOUR)


def _series(instance: RedisInstance, path: str, **labels: str) -> str:
    return series(f"redis.googleapis.com/stats/{path}", resource="redis_instance", instance_id=instance.id, **labels)
