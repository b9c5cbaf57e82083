"""Stories of production whose good releases meet an operator: a deploy, and rollbacks by hand."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError

from admin import aws, rollback
from local.reference_service.behaviour import Behaviour
from tests.stories.released import FIRST, SECOND, Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-running-production")


def test_an_infrastructure_deploy_in_the_bake_of_a_good_release(running_production: Released, story: Story) -> None:
    with running_production.under_load(story) as load, running_production.releasing(SECOND) as ending:
        running_production.until(lambda: running_production.bakes() or ending.done())
        with pytest.raises(ClientError, match=r"UPDATE_IN_PROGRESS state and can not be updated"):
            running_production.update_stack()
        ended = ending.result()
    assert ended.exit_code == 0, ended.output
    assert running_production.running() == running_production.build(SECOND)
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


@pytest.mark.plan("RBK-2/version", "RBK-2/caches", "RBK-3/rollback", "RBK-3/version", "RBK-3/health")
def test_a_good_release_is_rolled_back_by_hand_in_its_bake(
    running_production: Released, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "EmbeddedCloud", lambda: running_production.cloud)
    before, since = running_production.running(), datetime.now(UTC)
    with running_production.under_load(story) as load, running_production.releasing(Behaviour(name="third")) as ending:
        running_production.until(lambda: running_production.bakes() or ending.done())
        # Beside the release, whose output a runner of commands already takes.
        rollback.main(running_production.settings.name)
        ended = ending.result()
    assert ended.exit_code == 1, ended.output
    assert running_production.running() == before
    stopped, *_ = running_production.deployments(since)
    assert stopped["status"] == "ROLLBACK_SUCCESSFUL", stopped
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()


@pytest.mark.plan("RBK-2/version", "RBK-2/caches", "RBK-3/rollback", "RBK-3/version", "RBK-3/health")
def test_a_good_release_is_rolled_back_by_hand_after_its_bake(running_production: Released, story: Story) -> None:
    leaves, returns, since = running_production.build(SECOND), running_production.build(FIRST), datetime.now(UTC)
    with running_production.under_load(story) as load:
        ended = running_production.served.administer(rollback.main)
    assert ended.exit_code == 0, ended.output
    assert f"prod runs {leaves}. {returns} is deployed again" in ended.stderr
    assert "The CDN fetches its cached files anew: invalidation I" in ended.stdout
    assert running_production.running() == returns
    (deployed,) = running_production.deployments(since)
    assert deployed["status"] == "SUCCESSFUL", deployed
    assert not load.failed, load.summary()
    assert not load.wrong, load.summary()
