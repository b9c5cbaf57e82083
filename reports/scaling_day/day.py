"""Simulated day of traffic: a quiet night, a morning ramp, a tenfold spike, a slow database."""

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
# A new task is pulled, started, and found healthy twice in a row.
_START_MINUTES = 2
# CloudFront gives up on a request then, and the request is gone.
_ORIGIN_TIMEOUT_SECONDS = 30
_FULL = 0.99


@dataclass(frozen=True)
class Minute:
    """One minute of the day.

    Attributes:
        requests: that arrived, per second.
        instances: that served.
        response_ms: average time to an answer.
    """

    requests: float
    instances: int
    response_ms: float


def arrivals() -> Sequence[float]:
    """Return the requests per second of each minute; the same at every call."""
    noise = random.Random(4)  # noqa: S311
    return [
        _usual(minute) * (_TENFOLD if minute in SPIKE else 1) * noise.uniform(0.93, 1.07) for minute in range(MINUTES)
    ]


def simulate(scaling: Scaling) -> Sequence[Minute]:
    """Return the day, minute by minute."""
    return list(_minutes(scaling))


def _minutes(scaling: Scaling) -> Iterator[Minute]:
    past: list[Metrics] = []
    starts = [-_START_MINUTES] * scaling.min_capacity
    queued = 0.0
    added = removed = -MINUTES
    for minute, rate in enumerate(arrivals()):
        ready = sum(start + _START_MINUTES <= minute for start in starts)
        metrics, queued = _serve(rate, queued, ready, slow=minute in SLOW_DATABASE)
        past.append(metrics)
        yield Minute(rate, ready, metrics["TargetResponseTime Average"] * 1000)
        starting = starts.count(added) if minute - added < scaling.out_cooldown else 0
        desired = scaling.desired_count(len(starts), past, starting=starting)
        if desired > len(starts):
            starts += [minute] * (desired - len(starts))
            added = minute
        elif desired < len(starts) and minute - max(added, removed) >= scaling.in_cooldown:
            # The longest-running ones stay.
            starts = starts[:desired]
            removed = minute


def _serve(rate: float, queued: float, instances: int, *, slow: bool) -> tuple[Metrics, float]:
    capacity = instances * _SERVED_PER_SECOND
    use = min((rate * 60 + queued) / (capacity * 60), 1)
    left = min(max(queued + (rate - capacity) * 60, 0), capacity * _ORIGIN_TIMEOUT_SECONDS)
    busy = min(use, _FULL)
    queueing = busy / (1 - busy) / capacity + (queued + left) / 2 / capacity
    seconds = (_SLOW if slow else _FAST) + 1 / _SERVED_PER_SECOND + queueing
    metrics = {
        "cpu": use * 100,
        "memory": 30 + 10 * use,
        "RequestCount Sum": min(rate, capacity) * 60,
        "TargetResponseTime Average": seconds,
    }
    return metrics, left


def _usual(minute: int) -> float:
    risen = (minute - _MORNING.start) / len(_MORNING)
    fallen = (minute - _EVENING.start) / len(_EVENING)
    share = min(max(risen, 0), 1) - min(max(fallen, 0), 1)
    return _NIGHT + (_NOON - _NIGHT) * (1 - math.cos(math.pi * share)) / 2
