"""Story of development under ten times its load: tasks are added while it lasts, and removed afterwards."""

import pytest

from local.reference_service.behaviour import Behaviour
from tests.stories.released import Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-development")

# Each request is worked on for so long, and a task works on so many at the same time, whatever this machine can do. Ten
# times the load has 120 requests in flight: more than two tasks shall have, and three may have.
NARROW = Behaviour(capacity=70, work_seconds=8, from_first_user=True)
PER_SECOND = 1.5


@pytest.mark.plan("SCL-3", "SCL-5", "SCL-6", "SCL-7")
def test_ten_times_the_load(development: Released, story: Story) -> None:
    ended = development.release(NARROW)
    assert ended.exit_code == 0, ended.output
    scaling = development.settings.policy.scaling
    counts = [scaling.min_instances]

    def more() -> bool:
        counts.append(development.service()["desiredCount"])
        return counts[-1] > scaling.min_instances

    def fewer() -> bool:
        counts.append(development.service()["desiredCount"])
        return counts[-1] < max(counts)

    with development.under_load(story, per_second=PER_SECOND) as load:
        load.per_second = 10 * PER_SECOND
        development.until(more)
        load.per_second = PER_SECOND
        development.until(fewer)
    assert min(counts) == scaling.min_instances
    assert scaling.min_instances < max(counts) <= scaling.max_instances
    assert not load.failed, load.summary()
