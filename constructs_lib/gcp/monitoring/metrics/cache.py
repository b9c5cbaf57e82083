"""Metrics of the cache, as Memorystore for Redis or for Valkey reports them (MON-6, SCL-8)."""

from cdktf_cdktf_provider_google.memorystore_instance import MemorystoreInstance
from cdktf_cdktf_provider_google.redis_instance import RedisInstance

from constructs_lib.gcp.base.metrics import HOUR, Query, increase, series
from constructs_lib.signals.cache import CacheMetrics


def cache_metrics(instance: RedisInstance | MemorystoreInstance) -> CacheMetrics[Query]:
    """Return the metrics of either product."""
    return _of_redis(instance) if isinstance(instance, RedisInstance) else _of_valkey(instance)


def _of_redis(instance: RedisInstance) -> CacheMetrics[Query]:
    def stats(path: str, **labels: str) -> str:
        metric = f"redis.googleapis.com/stats/{path}"
        return series(metric, resource="redis_instance", instance_id=instance.id, **labels)

    # Redis serves on one core, whose seconds are counted; what saves snapshots is a child of it.
    spent = stats("cpu_utilization", relationship="parent")
    return _metrics(
        hit_rate=f"100 * avg({stats('cache_hit_ratio')})",
        memory=f"100 * max(avg_over_time({stats('memory/usage_ratio')}[{HOUR}m]))",
        evictions=f"max(increase({stats('evicted_keys')}[{HOUR}m]))",
        cpu=f"100 * max(sum by (node_id) (rate({spent}[{HOUR}m])))",
    )


def _of_valkey(instance: MemorystoreInstance) -> CacheMetrics[Query]:
    """Return the metrics of Valkey ("Supported monitoring metrics", Memorystore for Valkey documentation)."""

    def whole(path: str) -> str:
        metric = f"memorystore.googleapis.com/instance/{path}"
        return series(metric, resource="memorystore.googleapis.com/Instance", instance_id=instance.instance_id)

    hits, misses = (f"sum(rate({whole(f'stats/total_keyspace_{what}_count')}[5m]))" for what in ("hits", "misses"))
    return _metrics(
        hit_rate=f"100 * {hits} / ({hits} + {misses})",
        memory=f"100 * max(avg_over_time({whole('memory/maximum_utilization')}[{HOUR}m]))",
        evictions=increase(whole("stats/total_evicted_keys_count"), minutes=HOUR),
        cpu=f"100 * max(avg_over_time({whole('cpu/maximum_utilization')}[{HOUR}m]))",
    )


def _metrics(*, hit_rate: str, memory: str, evictions: str, cpu: str) -> CacheMetrics[Query]:
    return CacheMetrics(
        hit_rates=[Query(promql=hit_rate, label="Hit rate, %")],
        hourly_memory=Query(promql=memory, label="Memory, %", minutes=HOUR),
        hourly_evictions=Query(promql=evictions, label="Evictions an hour", minutes=HOUR),
        hourly_cpu=Query(promql=cpu, label="CPU, %", minutes=HOUR),
    )
