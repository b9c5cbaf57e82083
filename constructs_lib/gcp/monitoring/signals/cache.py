"""Signals of the cache: hit rate and size (MON-6, SCL-8)."""

from dataclasses import dataclass

from cdktf_cdktf_provider_google.memorystore_instance import MemorystoreInstance
from cdktf_cdktf_provider_google.redis_instance import RedisInstance

from constructs_lib.gcp.base.metrics import HOUR, Graph, Query, Section, Signal, series
from constructs_lib.signals.signal import Severity, Threshold
from environments import GrowthPolicy


@dataclass(frozen=True)
class _Queries:
    """The same four numbers of either product, as PromQL. Any node may be the primary after a failover.

    Attributes:
        hit_rate: in per cent.
        memory: of the fullest node in the last hour, in per cent.
        evictions: in the last hour.
        cpu: of the busiest node in the last hour, in per cent.
    """

    hit_rate: str
    memory: str
    evictions: str
    cpu: str


def cache(*, instance: RedisInstance | MemorystoreInstance, growth: GrowthPolicy, resize: str) -> Section:
    """Return the section of the cache; ``resize`` is the command that prepares a larger size."""
    advice = f"whether it is so every day; then {resize}."
    queries = _of_redis(instance) if isinstance(instance, RedisInstance) else _of_valkey(instance)
    memory = Signal(
        name="MemoryForHours",
        metric=_hourly(queries.memory, "Memory, %"),
        summary="For hours the cache has been nearly full; it will begin to forget what is still asked for.",
        first_check=advice,
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.memory_percent, periods=growth.hours)},
    )
    forgotten = Signal(
        name="Evictions",
        metric=_hourly(queries.evictions, "Evictions an hour"),
        summary="For hours the cache has dropped what it was asked to keep; requests are slower than they need be.",
        first_check=advice,
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.evictions, periods=growth.hours)},
    )
    busy = Signal(
        name="CpuForHours",
        metric=_hourly(queries.cpu, "CPU, %"),
        summary="For hours the cache has used more CPU than it should.",
        first_check=advice,
        runbook="too-small",
        thresholds={Severity.GROWTH: Threshold(value=growth.cpu_percent, periods=growth.hours)},
    )
    return Section(
        name="Cache",
        graphs=[
            Graph(
                title="Hit rate, %",
                shows=[Query(promql=queries.hit_rate, label="Hit rate, %")],
            ),
            Graph(title="Memory", shows=[memory]),
            Graph(title="Evictions", shows=[forgotten]),
            Graph(title="CPU", shows=[busy]),
        ],
    )


def _hourly(promql: str, label: str) -> Query:
    return Query(promql=promql, label=label, minutes=HOUR)


def _of_redis(instance: RedisInstance) -> _Queries:
    def stats(path: str, **labels: str) -> str:
        metric = f"redis.googleapis.com/stats/{path}"
        return series(metric, resource="redis_instance", instance_id=instance.id, **labels)

    # Redis serves on one core, whose seconds are counted; what saves snapshots is a child of it.
    spent = stats("cpu_utilization", relationship="parent")
    return _Queries(
        hit_rate=f"100 * avg({stats('cache_hit_ratio')})",
        memory=f"100 * max(avg_over_time({stats('memory/usage_ratio')}[{HOUR}m]))",
        evictions=f"max(increase({stats('evicted_keys')}[{HOUR}m]))",
        cpu=f"100 * max(sum by (node_id) (rate({spent}[{HOUR}m])))",
    )


def _of_valkey(instance: MemorystoreInstance) -> _Queries:
    """Return the numbers of Valkey ("Supported monitoring metrics", Memorystore for Valkey documentation)."""

    def whole(path: str) -> str:
        metric = f"memorystore.googleapis.com/instance/{path}"
        return series(metric, resource="memorystore.googleapis.com/Instance", instance_id=instance.instance_id)

    hits, misses = (f"sum(rate({whole(f'stats/total_keyspace_{what}_count')}[5m]))" for what in ("hits", "misses"))
    return _Queries(
        hit_rate=f"100 * {hits} / ({hits} + {misses})",
        memory=f"100 * max(avg_over_time({whole('memory/maximum_utilization')}[{HOUR}m]))",
        evictions=f"sum(increase({whole('stats/total_evicted_keys_count')}[{HOUR}m]))",
        cpu=f"100 * max(avg_over_time({whole('cpu/maximum_utilization')}[{HOUR}m]))",
    )
