"""Stories of production that loses what it runs on: a task, its database, a zone."""

import pytest

from tests.stories.released import Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-production")

TASK = "task-"
DATABASE = "database-us-east-1-"
CACHE = "cache-us-east-1-"


def stored(production: Released) -> set[str]:
    """Return the ids of all that clients of these stories have written, once the service answers."""
    return {each["id"] for each in production.entities("lamp")}


@pytest.mark.plan("SCL-6")
def test_a_task_is_killed(production: Released, story: Story) -> None:
    with production.told(story) as load:
        production.kill(TASK)
        production.recover(load)
    assert len(production.served.processes(TASK)) == production.settings.policy.scaling.min_instances
    assert set(load.stored) - stored(production) == set()


@pytest.mark.plan("AWS-4/multi-az")
def test_the_primary_database_is_killed(production: Released, story: Story) -> None:
    with production.told(story) as load:
        production.kill(DATABASE)
        production.recover(load)
    assert set(load.stored) - stored(production) == set()


def test_a_zone_is_lost_with_a_task_and_the_primary_database_and_cache(production: Released, story: Story) -> None:
    with production.told(story) as load:
        for each in (TASK, DATABASE, CACHE):
            production.kill(each)
        production.recover(load)
    assert set(load.stored) - stored(production) == set()
