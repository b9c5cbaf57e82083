"""Stories of production, whose releases get requests at once and keep the tasks of before until the bake is over."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from admin import aws, rollback
from local.reference_service.behaviour import Behaviour
from tests.stories.load import Load
from tests.stories.released import CLOCK, DAY, FIRST, SECOND, Released
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


def test_an_infrastructure_deploy_in_the_bake_of_a_good_release(production: Released, story: Story) -> None:
    with production.under_load(story) as load, production.releasing(SECOND) as ending:
        production.until(lambda: production.bakes() or ending.done())
        with pytest.raises(ClientError, match=r"UPDATE_IN_PROGRESS state and can not be updated"):
            production.update_stack()
        ended = ending.result()
    assert ended.exit_code == 0, ended.output
    assert production.running() == production.build(SECOND)
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


@pytest.mark.plan("RBK-2/version", "RBK-2/caches", "RBK-3/rollback", "RBK-3/version", "RBK-3/health")
def test_a_good_release_is_rolled_back_by_hand_in_its_bake(
    production: Released, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "EmbeddedCloud", lambda: production.cloud)
    before, since = production.running(), datetime.now(UTC)
    with production.under_load(story) as load, production.releasing(Behaviour(name="third")) as ending:
        production.until(lambda: production.bakes() or ending.done())
        # Beside the release, whose output a runner of commands already takes.
        rollback.main(production.settings.name)
        ended = ending.result()
    assert ended.exit_code == 1, ended.output
    assert production.running() == before
    stopped, *_ = production.deployments(since)
    assert stopped["status"] == "ROLLBACK_SUCCESSFUL", stopped
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


@pytest.mark.plan("RBK-2/version", "RBK-2/caches", "RBK-3/rollback", "RBK-3/version", "RBK-3/health")
def test_a_good_release_is_rolled_back_by_hand_after_its_bake(production: Released, story: Story) -> None:
    leaves, returns, since = production.build(SECOND), production.build(FIRST), datetime.now(UTC)
    with production.under_load(story) as load:
        ended = production.served.administer(rollback.main)
    assert ended.exit_code == 0, ended.output
    assert f"prod runs {leaves}. {returns} is deployed again" in ended.stderr
    assert "The CDN fetches its cached files anew: invalidation I" in ended.stdout
    assert production.running() == returns
    (deployed,) = production.deployments(since)
    assert deployed["status"] == "SUCCESSFUL", deployed
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


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
