"""Story of development whose load becomes more work: each policy adds tasks, to the maximum, and all remove them."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from tests.stories.load import Load
from tests.stories.released import PER_SECOND, SECOND, Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-development")

# Of so many a second there are enough for the response time to count, and of PER_SECOND too few.
ENOUGH = 8.0
# Shares of what the tasks reserve; they use some besides.
BUSY, LOADED, FULL = 0.75, 0.45, 0.65
SLOW_SECONDS = 0.8
HELD_SECONDS = 6.0
# Less than the CDN waits.
WAITING_SECONDS = 16.0
MINUTES = 3


def work_for(development: Released, policy: str) -> tuple[float, Mapping[str, float]]:
    """Return the load on which one policy alone asks for more tasks: its rate, and how much work each request is."""
    tasks, (percent, mib) = development.service()["desiredCount"], development.reserved()
    if policy == "Cpu":
        return PER_SECOND, {"processor_percent": percent * BUSY}
    if policy == "Memory":
        return PER_SECOND, {"memory_mib": tasks * mib * FULL // (PER_SECOND * HELD_SECONDS), "seconds": HELD_SECONDS}
    return ENOUGH, {"processor_percent": percent * LOADED, "seconds": SLOW_SECONDS}


@pytest.mark.plan("SCL-1", "SCL-2", "SCL-3", "SCL-4", "SCL-5", "SCL-6", "SCL-7")
def test_more_work_than_tasks(development: Released, story: Story) -> None:
    ended = development.release(SECOND)
    assert ended.exit_code == 0, ended.output
    scaling = development.settings.policy.scaling
    least = scaling.min_instances
    counts = [least]

    def count() -> int:
        counts.append(development.service()["desiredCount"])
        return counts[-1]

    with development.under_load(story) as load:
        for policy in ("Cpu", "ResponseTime", "Memory"):
            load.per_second, load.asks = work_for(development, policy)
            grown(development, policy, count)
        assert max(counts) < scaling.max_instances
        # This machine runs no 20 tasks: the maximum is registered anew, as one more than there are.
        with development.bounded(most := count() + 1):
            overload(development, load, most)
            grown(development, "InFlight", count)
            until = datetime.now(UTC)
            development.until(lambda: count() and development.minutes(until, datetime.now(UTC)) > MINUTES)
            assert max(counts) == counts[-1] == most
            load.per_second, load.asks = PER_SECOND, {}
            development.until(lambda: count() < most)
            assert max(counts) == most
    assert min(counts) == least
    assert not load.failed, load.summary()


def grown(development: Released, policy: str, count: Callable[[], int]) -> None:
    """Wait until a policy has added tasks, which run, and no other has."""
    before, since = count(), datetime.now(UTC)
    development.until(lambda: count() > before)
    causes = [each["Cause"] for each in development.scalings(since)]
    assert causes
    assert all(policy in each for each in causes), causes
    development.settle()


def overload(development: Released, load: Load, most: int) -> None:
    """Send what needs more tasks than the maximum, by requests that wait and do nothing else."""
    scaling = development.settings.policy.scaling
    waiting = (most + 1) * scaling.requests_in_flight_each
    load.per_second, load.asks = math.ceil(waiting / WAITING_SECONDS), {"seconds": WAITING_SECONDS}
