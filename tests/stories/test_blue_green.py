"""Stories of production, whose releases get requests at once and keep the tasks of before until the bake is over."""

import pytest

from local.reference_service.behaviour import Behaviour
from tests.stories.released import Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-production")

FIRST = Behaviour()
SECOND = Behaviour(name="second")
SEARCH = "/api/v1/graph/search"


def test_the_first_release_on_an_empty_database(production: Released, story: Story) -> None:
    with production.told(story, per_second=0):
        ended = production.release(FIRST)
    assert ended.exit_code == 0, ended.output
    assert production.running() == production.build(FIRST)


@pytest.mark.plan("RBK-1/errors", "RBK-1/response-time")
@pytest.mark.parametrize(
    "bad",
    [Behaviour(paths=SEARCH, errors_percent=100), Behaviour(paths=SEARCH, slow_seconds=1.5)],
    ids=["with errors", "that is slow"],
)
def test_a_release(production: Released, story: Story, bad: Behaviour) -> None:
    before = production.running()
    with production.told(story) as load:
        ended = production.release(bad)
    assert ended.exit_code == 1, ended.output
    assert production.running() == before
    assert story.rolled_back, load.summary()


def test_a_good_release(production: Released, story: Story) -> None:
    with production.told(story) as load:
        ended = production.release(SECOND)
    assert ended.exit_code == 0, ended.output
    assert production.running() == production.build(SECOND)
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()
