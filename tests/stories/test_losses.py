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
    with production.under_load(story) as load:
        production.lose(load, TASK)
    running = [row for row in production.served.processes(TASK) if row.state == "runs"]
    assert len(running) == production.settings.policy.scaling.min_instances
    assert set(load.stored) - stored(production) == set()


@pytest.mark.plan("AWS-4/multi-az")
def test_the_primary_database_is_killed(production: Released, story: Story) -> None:
    with production.under_load(story) as load:
        production.lose(load, DATABASE)
    assert set(load.stored) - stored(production) == set()


def test_a_zone_is_lost_with_a_task_and_the_primary_database_and_cache(production: Released, story: Story) -> None:
    with production.under_load(story) as load:
        production.lose(load, TASK, DATABASE, CACHE)
    assert set(load.stored) - stored(production) == set()
