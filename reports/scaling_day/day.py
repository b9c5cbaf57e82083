"""Simulated traffic: of a day with a quiet night, a morning ramp, a tenfold spike and a slow database, or another."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.scaling_day.policies import Metrics, Scaling

MINUTES = 24 * 60
SPIKE = range(14 * 60, 14 * 60 + 20)
SLOW_DATABASE = range(18 * 60, 18 * 60 + 30)

# Requests per second.
_NIGHT, _NOON, _TENFOLD = 20, 300, 10
_MORNING, _EVENING = range(6 * 60, 9 * 60), range(20 * 60, 23 * 60)
# One instance serves a request in five milliseconds of CPU ("a few ms per authenticated read" on a core).
_SERVED_PER_SECOND = 200
# What a request waits for the database, in seconds.
_FAST, _SLOW = 0.03, 0.8
# A new task is pulled, started, and found healthy.
_START_MINUTES = 2
# CloudFront gives up on a request then, and the request is gone.
_ORIGIN_TIMEOUT_SECONDS = 30
_FULL = 0.99


@dataclass(frozen=True)
class Minute:
    """One minute.

    Attributes:
        requests: that arrived, per second.
        instances: that served.
        response_ms: average time to an answer.
        replaced: instances that ECS replaced, because they were too busy to answer their health checks.
    """

    requests: float
    instances: int
    response_ms: float
    replaced: int


@dataclass(frozen=True)
class Load:
    """Load of the service, minute by minute.

    Attributes:
        arrivals: requests per second.
        database_seconds: what a request waits for the database.
    """

    arrivals: Sequence[float]
    database_seconds: Sequence[float]


def usual_day() -> Load:
    """Return the load of a day; the same at every call."""
    noise = random.Random(4)  # noqa: S311
    return Load(
        [
            _usual(minute) * (_TENFOLD if minute in SPIKE else 1) * noise.uniform(0.93, 1.07)
            for minute in range(MINUTES)
        ],
        [_SLOW if minute in SLOW_DATABASE else _FAST for minute in range(MINUTES)],
    )


def simulate(scaling: Scaling, load: Load | None = None) -> Sequence[Minute]:
    """Return what happens, minute by minute, under a load, or on the usual day."""
    return list(_minutes(scaling, load or usual_day()))


def _minutes(scaling: Scaling, load: Load) -> Iterator[Minute]:
    past: list[Metrics] = []
    starts = [-_START_MINUTES] * scaling.min_capacity
    queued = 0.0
    busy_minutes = 0
    added = removed = -MINUTES
    for minute, (rate, database) in enumerate(zip(load.arrivals, load.database_seconds, strict=True)):
        ready = [start for start in starts if start + _START_MINUTES <= minute]
        metrics, queued, waited = _serve(rate, queued, len(ready), database=database)
        past.append(metrics | {"DesiredTaskCount Average": len(starts)})
        # A health check waits in line like a request, but asks the database nothing.
        busy_minutes = busy_minutes + 1 if waited > scaling.health.timeout else 0
        replaced = ready if busy_minutes >= scaling.health.minutes else []
        yield Minute(rate, len(ready), metrics["TargetResponseTime Average"] * 1000, len(replaced))
        if replaced:
            starts = [minute if start in replaced else start for start in starts]
            queued, busy_minutes = 0.0, 0
        starting = starts.count(added) if minute - added < scaling.out_cooldown and not replaced else 0
        desired = scaling.desired_count(len(starts), past, starting=starting)
        if desired > len(starts):
            starts += [minute] * (desired - len(starts))
            added = minute
        elif desired < len(starts) and minute - max(added, removed) >= scaling.in_cooldown:
            # The longest-running ones stay.
            starts = starts[:desired]
            removed = minute


def _serve(rate: float, queued: float, instances: int, *, database: float) -> tuple[dict[str, float], float, float]:
    """Return the metrics of a minute, the requests that are still queued after it, and how long one waited in line."""
    if not instances:
        return (
            {"HTTPCode_ELB_5XX_Count Sum": rate * 60, "TargetResponseTime Average": _ORIGIN_TIMEOUT_SECONDS},
            0.0,
            0.0,
        )
    capacity = instances * _SERVED_PER_SECOND
    use = min((rate * 60 + queued) / (capacity * 60), 1)
    left = min(max(queued + (rate - capacity) * 60, 0), capacity * _ORIGIN_TIMEOUT_SECONDS)
    busy = min(use, _FULL)
    waited = min(busy / (1 - busy) / capacity + (queued + left) / 2 / capacity, _ORIGIN_TIMEOUT_SECONDS)
    metrics = {
        "CPUUtilization Average": use * 100,
        "MemoryUtilization Average": 30 + 10 * use,
        "RequestCount Sum": min(rate, capacity) * 60,
        "TargetResponseTime Average": database + 1 / _SERVED_PER_SECOND + waited,
    }
    return metrics, left, waited


def _usual(minute: int) -> float:
    risen = (minute - _MORNING.start) / len(_MORNING)
    fallen = (minute - _EVENING.start) / len(_EVENING)
    share = min(max(risen, 0), 1) - min(max(fallen, 0), 1)
    return _NIGHT + (_NOON - _NIGHT) * (1 - math.cos(math.pi * share)) / 2
