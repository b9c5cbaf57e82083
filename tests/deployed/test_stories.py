"""Two stories of tests/stories that every run has: a good release and a bad one, under the load of a client."""

from collections.abc import Iterator

import pytest

from local.reference_service.behaviour import Behaviour
from tests.deployed.served import CLOCK, Served
from tests.stories.released import Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("deployed")


@pytest.fixture
def released(served: Served) -> Iterator[Released]:
    """Production whose alarms and bake pass faster meanwhile."""
    before = served.cloud.clock
    served.cloud.clock = CLOCK
    served.wait_for_probes()
    yield Released(served, CLOCK)
    served.cloud.clock = before


def test_a_good_release_loses_no_request(released: Released) -> None:
    good = Behaviour(name="second")
    with released.under_load(Story(name="a good release")) as load:
        ended = released.release(good)
    assert ended.exit_code == 0, ended.output
    assert released.running() == released.build(good)
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


def test_a_release_that_forgets_what_is_written_reaches_nobody(released: Released) -> None:
    before, story = released.running(), Story(name="a bad release")
    with released.under_load(story) as load:
        ended = released.release(Behaviour(forgets=True))
    assert ended.exit_code == 1, ended.output
    assert released.running() == before
    assert "read back" in story.by
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()
