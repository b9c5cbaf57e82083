"""Hook before users reach the new tasks: a service that works passes, and each step that fails is named."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.release.direct_calls import ENTITIES, HEALTH, LOGIN, Target
from operations.release.green_check import NAME, SUBJECT, CheckFailed, check, handle, wait_for_targets
from tests.operations.release.conftest import SEARCH, AwsAnswers, ServiceTask, StartTask

SECRET = "signs-tokens"
SERVICE = "arn:aws:ecs:us-east-1:111122223333:service/goodies-prod/funkygibbon"
REVISION = "arn:aws:ecs:us-east-1:111122223333:service-revision/goodies-prod/funkygibbon/2"
GROUP = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/green/1"
# "Lambda hooks for Amazon ECS service deployments", Amazon ECS developer guide.
EVENT = {
    "executionId": "3a0345ba-b029-404b-890d-7da2a4b266aa",
    "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
    "resourceArn": "arn:aws:ecs:us-east-1:111122223333:service-deployment/goodies-prod/funkygibbon/EZe5RNVLH6PPz",
    "executionDetails": {
        "serviceArn": SERVICE,
        "targetServiceRevisionArn": REVISION,
        "testTrafficWeights": {},
        "productionTrafficWeights": {},
    },
}


def soon() -> float:
    return time.monotonic() + 30


def left(task: ServiceTask) -> list[Any]:
    """Return the notes that are not marked as deleted."""
    return [each for each in task.database.entities.values() if not each["content"].get("deleted")]


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
def test_tasks_that_work_pass_and_keep_nothing_that_users_see(start_task: StartTask) -> None:
    first, second = start_task(), start_task()
    check([first.target, second.target], SECRET, soon())
    written = list(first.database.entities.values())
    assert [(each["name"], each["user_id"], each["entity_type"]) for each in written] == [(NAME, SUBJECT, "note")] * 2
    assert left(first) == []


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
def test_what_one_task_writes_the_next_gives_back(start_task: StartTask) -> None:
    first, second = start_task(), start_task()
    check([first.target, second.target], SECRET, soon())
    identifiers = {f"{ENTITIES}/{identifier}" for identifier in first.database.entities}
    read = [{path for method, path, _ in task.seen if method == "GET"} & identifiers for task in (first, second)]
    removed = [{path for method, path, _ in task.seen if method == "PUT"} for task in (first, second)]
    assert read == removed[::-1]


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
@pytest.mark.parametrize(
    ("method", "path", "answer", "message"),
    [
        ("GET", HEALTH, (503, {}), "health: 503 instead of healthy"),
        ("GET", HEALTH, (200, {"status": "ill"}), "health: 200 instead of healthy"),
        ("GET", HEALTH, (200, b"<html>"), "health: 200 instead of healthy"),
        ("POST", LOGIN, (200, {}), "login: 200 instead of a refusal of a random password"),
        ("POST", LOGIN, (500, {}), "login: 500 instead of a refusal of a random password"),
        ("GET", f"{ENTITIES}?", (401, {"detail": "Invalid token"}), r"read: 401 \(Invalid token\) instead of entities"),
        ("GET", f"{ENTITIES}?", (200, []), "read: 200 instead of entities"),
        ("POST", ENTITIES, (500, b""), "write: 500 instead of the entity"),
        ("POST", ENTITIES, (200, {"entity": {}}), "write: 200 instead of the entity"),
        (
            "GET",
            f"{ENTITIES}/",
            (404, {"detail": "Entity not found"}),
            r"read back: 404 \(Entity not found\) instead of",
        ),
        (
            "GET",
            f"{ENTITIES}/",
            (200, {"entity": {"id": "1", "name": "Kitchen", "content": {}}}),
            "read back: 200 instead",
        ),
        ("PUT", ENTITIES, (500, {}), "remove: 500 instead of 200"),
        ("POST", SEARCH, (500, {}), "search: 500 instead of results"),
    ],
)
def test_the_task_and_the_step_that_fail_are_named(
    start_task: StartTask, method: str, path: str, answer: tuple[int, object], message: str
) -> None:
    task = start_task()
    task.instead[method, path] = answer
    with pytest.raises(CheckFailed, match=f"{task.address}: {message}") as failure:
        check([task.target], SECRET, soon())
    assert "Kitchen" not in str(failure.value), "an answer may be a user's"


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
def test_one_bad_task_among_good_ones_is_found(start_task: StartTask) -> None:
    tasks = [start_task() for _ in range(3)]
    tasks[2].instead["GET", f"{ENTITIES}?"] = (500, {})
    with pytest.raises(CheckFailed, match=tasks[2].address):
        check([task.target for task in tasks], SECRET, soon())


def test_too_many_attempts_are_an_answer(start_task: StartTask) -> None:
    task = start_task()
    task.instead["POST", LOGIN] = (429, {})
    check([task.target], SECRET, soon())


def test_nobody_there_is_a_failure() -> None:
    with pytest.raises(CheckFailed, match=r"health: no answer: .*refused"):
        check([Target("127.0.0.1", 9)], SECRET, soon())


def test_a_check_that_takes_too_long_fails_and_says_so(start_task: StartTask) -> None:
    with pytest.raises(CheckFailed, match="the check has no time left"):
        check([start_task().target], SECRET, time.monotonic() - 1)


def test_what_is_not_read_back_is_removed_all_the_same(start_task: StartTask) -> None:
    task = start_task()
    task.instead["GET", f"{ENTITIES}/"] = (500, {})
    with pytest.raises(CheckFailed, match="read back"):
        check([task.target], SECRET, soon())
    assert (len(task.database.entities), left(task)) == (1, [])


@pytest.mark.parametrize(("seconds", "kept"), [(1000, 0), (10, 1)])
def test_the_next_check_removes_what_an_interrupted_one_has_left(
    start_task: StartTask, seconds: int, kept: int
) -> None:
    task = start_task()
    mark = f"{int(time.time()) - seconds} 0"
    task.database.entities["left"] = {"id": "left", "name": NAME, "user_id": SUBJECT, "content": {"mark": mark}}
    check([task.target], SECRET, soon())
    assert len(left(task)) == kept, "one that may still run keeps its note"


def test_what_users_have_written_stays(start_task: StartTask) -> None:
    task = start_task()
    task.database.entities["a"] = {"id": "a", "name": NAME, "user_id": "a user", "content": {"mark": "0 0"}}
    task.database.entities["b"] = {"id": "b", "name": f"my {NAME}", "user_id": SUBJECT, "content": {"mark": "0 0"}}
    task.database.entities["c"] = {"id": "c", "name": NAME, "user_id": SUBJECT, "content": {}}
    check([task.target], SECRET, soon())
    assert {each["id"] for each in left(task)} == {"a", "b", "c"}


def test_checks_at_the_same_time_do_not_disturb_each_other(start_task: StartTask) -> None:
    targets = [start_task().target, start_task().target]
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(check, targets, SECRET, soon()) for _ in range(8)]:
            done.result()


FIRST, SECOND, OLD = Target("10.0.0.1", 8000), Target("10.0.0.2", 8000), Target("10.0.0.9", 8000)


def test_targets_that_start_are_waited_for_and_those_that_leave_are_not() -> None:
    answers = [{}, {FIRST: "initial", OLD: "draining"}, {FIRST: "healthy", OLD: "draining"}]
    assert wait_for_targets(lambda: answers.pop(0), soon(), sleep=lambda _: None) == [FIRST]


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ({}, "not healthy in time: there is none"),
        (
            {FIRST: "unhealthy", SECOND: "healthy"},
            "10.0.0.1:8000 is unhealthy, 10.0.0.2:8000 is healthy",
        ),
    ],
)
def test_targets_that_do_not_become_healthy_are_named(states: dict[Target, str], message: str) -> None:
    with pytest.raises(CheckFailed, match=message):
        wait_for_targets(lambda: states, time.monotonic() - 1)


@pytest.fixture
def deployment(aws: AwsAnswers, start_task: StartTask) -> ServiceTask:
    """The only task of a deployment, which the hook finds by the target group of its revision."""
    task = start_task()
    target = {"Target": {"Id": task.target.host, "Port": task.target.port}, "TargetHealth": {"State": "healthy"}}
    resolved = {"loadBalancers": [{"targetGroupArn": GROUP}]}
    aws.answers |= {
        "describe_services": {"services": [{"desiredCount": 1}]},
        "describe_service_revisions": {"serviceRevisions": [{"resolvedConfiguration": resolved}]},
        "describe_target_health": {"TargetHealthDescriptions": [target]},
        "get_secret_value": {"SecretString": SECRET},
    }
    return task


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
def test_the_hook_checks_the_targets_of_the_revision(aws: AwsAnswers, deployment: ServiceTask) -> None:
    assert handle(EVENT, None) == {"hookStatus": "SUCCEEDED"}
    assert aws.calls["describe_services"] == [{"cluster": "goodies-prod", "services": [SERVICE]}]
    assert aws.calls["describe_service_revisions"] == [{"serviceRevisionArns": [REVISION]}]
    assert aws.calls["describe_target_health"] == [{"TargetGroupArn": GROUP}]
    assert deployment.seen
    assert aws.published == []


@pytest.mark.plan("RBK-1/errors", "RBK-1/health")
def test_the_hook_refuses_a_task_that_fails_and_says_why(aws: AwsAnswers, deployment: ServiceTask) -> None:
    deployment.instead["GET", f"{ENTITIES}?"] = (500, {})
    assert handle(EVENT, None) == {"hookStatus": "FAILED"}
    (written,) = aws.calls["put_parameter"]
    assert written["Value"] == f"0.3.0-2a1ec34 {deployment.address}: read: 500 instead of entities"
    assert aws.published == ["team-topic"]


@pytest.mark.usefixtures("deployment")
def test_before_the_first_release_there_is_nothing_to_check(aws: AwsAnswers) -> None:
    aws.answers["describe_services"] = {"services": [{"desiredCount": 0}]}
    assert handle(EVENT, None) == {"hookStatus": "SUCCEEDED"}
    assert aws.calls["describe_target_health"] == []


@pytest.mark.usefixtures("deployment")
def test_a_revision_without_a_target_group_is_refused(aws: AwsAnswers) -> None:
    aws.answers["describe_service_revisions"] = {"serviceRevisions": []}
    assert handle(EVENT, None) == {"hookStatus": "FAILED"}
    assert f"ECS names no target group of {REVISION}" in aws.calls["put_parameter"][0]["Value"]


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize("operation", ["describe_services", "describe_target_health", "get_secret_value"])
def test_a_check_that_aws_denies_is_a_refusal(aws: AwsAnswers, operation: str) -> None:
    aws.answers[operation] = ClientError({"Error": {"Code": "AccessDenied", "Message": "denied"}}, operation)
    assert handle(EVENT, None) == {"hookStatus": "FAILED"}
    assert "The new tasks cannot be checked" in aws.calls["put_parameter"][0]["Value"]
