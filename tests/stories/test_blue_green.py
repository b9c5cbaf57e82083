"""Stories of production, whose releases get requests at once and keep the tasks of before until the bake is over."""

import pytest

from local.reference_service.behaviour import Behaviour
from tests.stories.load import Load
from tests.stories.released import CLOCK, DAY, FIRST, Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-production")

# Below this rate a minute has too few requests of users to be judged by.
NIGHT = 5 * CLOCK / 60


def test_the_first_release_on_an_empty_database(production: Released, story: Story) -> None:
    with production.under_load(story, per_second=0):
        ended = production.release(FIRST)
    assert ended.exit_code == 0, ended.output
    assert production.running() == production.build(FIRST)


def test_a_release_that_forgets_what_is_written(production: Released, story: Story) -> None:
    with production.under_load(story) as load:
        refused(production, Behaviour(forgets=True))
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


@pytest.mark.plan("RBK-1/errors")
@pytest.mark.parametrize("per_second", [DAY, NIGHT], ids=["by day", "at night"])
def test_a_release_whose_errors_begin_with_its_users(production: Released, story: Story, per_second: float) -> None:
    with production.under_load(story, per_second=per_second) as load:
        refused(production, Behaviour(name=story.name, errors_percent=100, from_first_user=True))
    in_time(production, story, load)


@pytest.mark.plan("RBK-1/response-time")
def test_a_release_that_becomes_slow_with_its_users(production: Released, story: Story) -> None:
    with production.under_load(story, per_second=DAY) as load:
        refused(production, Behaviour(slow_seconds=1.5, from_first_user=True))
    in_time(production, story, load)


def refused(production: Released, bad: Behaviour) -> None:
    """Release what is bad; the release before goes on."""
    before = production.running()
    ended = production.release(bad)
    assert ended.exit_code == 1, ended.output
    assert production.running() == before


def in_time(production: Released, story: Story, load: Load) -> None:
    """Hold the rollback against the bake, for which the tasks of before stay."""
    assert story.noticed is not None, load.summary()
    assert story.rolled_back is not None, load.summary()
    assert story.rolled_back - story.noticed < production.settings.service.bake_minutes
