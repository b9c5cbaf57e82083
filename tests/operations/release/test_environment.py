"""Rollout into an environment: its own clock, other deployments, and what is said of one that failed."""

from datetime import UTC, datetime, timedelta

import pytest

from operations.release.environment import Environment
from operations.release.errors import RolloutError
from tests.operations.release.account import NEW, OLD, RELEASE, Account


def rolled_out(account: Account, up_minutes: float | None = None) -> list[str]:
    said: list[str] = []
    Environment("prod", account.client, 0, up_minutes=up_minutes, say=said.append).roll_out(NEW)
    return said


def starting(minutes: int) -> Account:
    """Return an account whose next deployment waits for its tasks, since so many minutes."""
    return Account([OLD], ends="IN_PROGRESS", starts_since=datetime.now(UTC) - timedelta(minutes=minutes))


@pytest.mark.plan("RBK-1/health")
def test_a_release_that_does_not_come_up_is_rolled_back_in_minutes() -> None:
    account = starting(minutes=11)
    with pytest.raises(RolloutError, match=f"prod runs {OLD} as before, .*its deployment is ROLLBACK_SUCCESSFUL"):
        rolled_out(account, up_minutes=10)
    assert account.parameters[RELEASE] == OLD


def test_a_release_has_its_minutes_to_come_up() -> None:
    account = starting(minutes=9)
    polls = iter(range(5))

    def poll(region: str, given: object) -> object:
        if next(polls, None) is None:
            account.deployment["status"] = "SUCCESSFUL"
        return stacks(region, given)

    stacks = account.answers.given["cloudformation:DescribeStacks"]
    account.answers.given = {**account.answers.given, "cloudformation:DescribeStacks": poll}
    assert rolled_out(account, up_minutes=10) == []
    assert account.past[-1] == NEW


def test_a_release_beside_another_deployment_is_refused() -> None:
    account = Account([OLD])
    account.begin("0.3.5-ddddddd")
    with pytest.raises(RolloutError, match=r"a deployment of 0\.3\.5-ddddddd is under way .*make rollback ENV=prod"):
        rolled_out(account)
    assert account.parameters[RELEASE] == OLD


def test_the_reason_of_ecs_is_said() -> None:
    account = Account([OLD], ends="ROLLBACK_SUCCESSFUL")
    with pytest.raises(RolloutError, match="its deployment is ROLLBACK_SUCCESSFUL: ECS names no reason"):
        rolled_out(account)


def test_the_reason_of_a_check_is_said() -> None:
    account = Account([OLD], ends="ROLLBACK_SUCCESSFUL", refusal=f"{NEW} http://10.0.0.1: login: 500")
    with pytest.raises(RolloutError, match=r"it was refused: http://10\.0\.0\.1: login: 500"):
        rolled_out(account)
