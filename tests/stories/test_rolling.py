"""Stories of development, whose releases replace tasks in place."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.reference_service.behaviour import Behaviour
from tests.stories.released import FIRST, SECOND, Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-development")


@contextmanager
def stops_first(environment: Released) -> Iterator[None]:
    """Let a deployment stop the tasks of before first, and then start the new ones."""
    before = environment.service()["deploymentConfiguration"]
    percents = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    environment.update(deploymentConfiguration={**before, **percents})
    yield
    environment.update(deploymentConfiguration=before)


def test_the_first_release_on_an_empty_database(development: Released, story: Story) -> None:
    with development.under_load(story, per_second=0):
        ended = development.release(FIRST)
    assert ended.exit_code == 0, ended.output
    assert development.running() == development.build(FIRST)


def test_a_good_release(development: Released, story: Story) -> None:
    with development.under_load(story) as load:
        ended = development.release(SECOND)
    assert ended.exit_code == 0, ended.output
    assert development.running() == development.build(SECOND)
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


def test_a_control_that_stops_tasks_before_it_starts_others_loses_requests(development: Released, story: Story) -> None:
    with stops_first(development), development.under_load(story) as load:
        development.update(forceNewDeployment=True)
    assert load.failed, load.summary()


@pytest.mark.plan("RBK-1/cpu", "RBK-1/memory")
@pytest.mark.parametrize(
    "bad", [Behaviour(processor_percent=50), Behaviour(memory_mib=440)], ids=["of the processor", "of memory"]
)
def test_a_release_at_its_limits(development: Released, story: Story, bad: Behaviour) -> None:
    before = development.running()
    with development.under_load(story) as load:
        ended = development.release(bad)
    assert ended.exit_code == 1, ended.output
    assert development.running() == before
    assert not load.failed, load.summary()
    assert story.rolled_back is not None, ended.output


@pytest.mark.plan("RBK-1/health")
@pytest.mark.parametrize(
    "bad", [Behaviour(ends=True), Behaviour(schema_differs=True)], ids=["that crashes", "whose migration fails"]
)
def test_a_release(development: Released, story: Story, bad: Behaviour) -> None:
    before = development.running()
    with development.under_load(story) as load:
        ended = development.release(bad)
    assert ended.exit_code == 1, ended.output
    assert development.running() == before
    assert not load.failed, load.summary()
    # The circuit breaker ends it, and the watchdog at the latest: it looks each minute.
    assert story.rolled_back is not None, ended.output
    assert story.rolled_back < development.settings.policy.releases.up_minutes + 2
