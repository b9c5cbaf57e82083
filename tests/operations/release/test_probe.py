"""Probe of the tasks, against small services: what counts as failed, which set is published, how long a run takes."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import pytest

from operations.release import probe
from operations.release.direct_calls import HEALTH, READ, Answer, Target, token
from tests.operations.release.server import Request, Service, serving

SECRET = "signs-tokens"
BLUE, GREEN = (
    f"arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/{name}/1" for name in ("blue", "green")
)
REQUESTS = 20
GONE = Target("127.0.0.1", 9)


def answering(request: Request) -> tuple[int, object]:
    """Answer as a service that works."""
    if request.path == HEALTH:
        return 200, {"status": "healthy"}
    signed, _, _ = request.bearer.rpartition(".")
    own = token(SECRET, now=NOW, subject=probe.SENDER)
    return (200, {"entities": []}) if request.bearer == own and signed else (401, {})


NOW = 1_800_000_000


@dataclass
class Cloud:
    """AWS's interfaces that the probe calls: targets by group and state, weights of the rules, what was published."""

    targets: Mapping[str, Sequence[tuple[Target, str]]]
    rules: Mapping[str, Mapping[str, int]]
    published: list[dict[str, Any]] = field(default_factory=list)

    def client(self, _: str) -> "Cloud":
        return self

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803
        assert SecretId == "arn:jwt"
        return {"SecretString": SECRET}

    def describe_target_health(self, TargetGroupArn: str) -> dict[str, Any]:  # noqa: N803
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": target.host, "Port": target.port}, "TargetHealth": {"State": state}}
                for target, state in self.targets.get(TargetGroupArn, ())
            ]
        }

    def describe_rules(self, RuleArns: list[str]) -> dict[str, Any]:  # noqa: N803
        forwards = [
            {"TargetGroups": [{"TargetGroupArn": group, "Weight": weight} for group, weight in self.rules[arn].items()]}
            for arn in RuleArns
        ]
        return {"Rules": [{"Actions": [{"Type": "forward", "ForwardConfig": each}]} for each in forwards]}

    def put_metric_data(self, **request: Any) -> None:
        self.published.append(request)

    @property
    def values(self) -> dict[str, float]:
        (request,) = self.published
        assert request["Namespace"] == "goodies/probe"
        assert all(each["Dimensions"] == [{"Name": "Environment", "Value": "prod"}] for each in request["MetricData"])
        return {each["MetricName"]: each["Value"] for each in request["MetricData"]}


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Cloud]:
    """Return a run of the probe with targets of each group; users are sent to blue or green, tests where users are."""

    def ran(
        *,
        users: str = BLUE,
        tests: str = "",
        event: Mapping[str, Any] = MappingProxyType({}),
        **targets: Sequence[tuple[Target, str]],
    ) -> Cloud:
        given = {arn: targets[name] for name, arn in (("blue", BLUE), ("green", GREEN)) if name in targets}
        sent = {"arn:production": users, "arn:test": tests or users}
        rules = {arn: {group: 100 * (group == to) for group in (BLUE, GREEN)} for arn, to in sent.items()}
        cloud = Cloud(given, rules)
        monkeypatch.setattr(probe, "boto3", cloud)
        monkeypatch.setattr("operations.release.probe.time.time", lambda: NOW)
        for name, value in {
            "TARGET_GROUP_ARNS": f"{BLUE},{GREEN}",
            "RULE_ARNS": "arn:production,arn:test",
            "JWT_SECRET_ARN": "arn:jwt",
            "NAMESPACE": "goodies/probe",
            "ENVIRONMENT": "prod",
            "REQUESTS": str(REQUESTS),
            "SECONDS": "2",
        }.items():
            monkeypatch.setenv(name, value)
        probe.handle(event, None)
        return cloud

    return ran


def healthy(*services: Service) -> list[tuple[Target, str]]:
    return [(service.target, "healthy") for service in services]


def test_a_service_that_works_fails_nothing(run: Callable[..., Cloud]) -> None:
    with serving(answering) as one, serving(answering) as other:
        found = run(blue=healthy(one, other)).values
    assert found["Failed"] == 0
    assert 0 < found["ResponseTime"] < 1000
    requests = [*one.requests, *other.requests]
    assert len(requests) == REQUESTS
    # Every task gets every request, and each request says whose it is.
    assert {each.path for each in one.requests} == {each.path for each in other.requests} == {HEALTH, READ}
    assert {each.sender for each in requests} == {probe.SENDER}
    assert len({each.bearer for each in one.requests}) == 3


@pytest.mark.plan("RBK-1/errors")
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda _: (500, {}), "read: 500"),
        (lambda request: (200, {"status": "ill"}) if request.path == HEALTH else answering(request), "health: 200"),
        (
            lambda request: (200, b"<html>") if request.path == READ and request.bearer else answering(request),
            "read: 200",
        ),
        # It lets everybody in.
        (lambda request: (200, {"entities": []}) if request.path == READ else answering(request), "foreign token: 200"),
        # It lets nobody in: it has another secret.
        (lambda request: (401, {}) if request.path == READ else answering(request), "read: 401"),
    ],
)
def test_what_is_wrong_counts_as_failed(
    run: Callable[..., Cloud],
    capsys: pytest.CaptureFixture[str],
    answer: Callable[[Request], tuple[int, object]],
    reason: str,
) -> None:
    with serving(answer) as bad:
        assert run(blue=healthy(bad)).values["Failed"] > 5
    assert reason in capsys.readouterr().out


@pytest.mark.plan("RBK-1/errors", "RBK-1/response-time")
@pytest.mark.parametrize("bad", ["blue", "green"])
def test_the_worse_set_is_published(run: Callable[..., Cloud], bad: str) -> None:
    good = {"blue": "green", "green": "blue"}[bad]
    with serving(answering) as working, serving(lambda _: (500, {})) as failing:
        assert run(**{bad: healthy(failing), good: healthy(working)}).values["Failed"] == 100
    with serving(answering) as working, serving(answering, seconds=0.3) as slow:
        found = run(**{bad: healthy(slow), good: healthy(working)}).values
    assert found["Failed"] == 0
    assert found["ResponseTime"] > 300


def test_the_first_run_is_told_to_cloudformation(run: Callable[..., Cloud], monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"StackId": "stack", "RequestId": "request", "LogicalResourceId": "FirstRun"}
    with serving(lambda _: (200, b"")) as cloudformation:
        url = f"http://127.0.0.1:{cloudformation.target.port}/answer"
        created = run(event={**given, "RequestType": "Create", "ResponseURL": url})
        assert created.values == {"Failed": 0}
        # An alarm reads minutes that are over.
        assert [each["Timestamp"] for each in created.published[0]["MetricData"]] == [NOW, NOW - 60]
        assert run(event={**given, "RequestType": "Delete", "ResponseURL": url}).published == []
        monkeypatch.delenv("TARGET_GROUP_ARNS")
        with pytest.raises(KeyError):
            probe.handle({**given, "RequestType": "Create", "ResponseURL": url}, None)
    answers = [(each.method, each.path, json.loads(each.body)) for each in cloudformation.requests]
    assert answers == [("PUT", "/answer", {**given, "Status": "SUCCESS", "PhysicalResourceId": "first-run"})] * 3


def test_one_slow_answer_is_not_the_95th_percentile() -> None:
    answers = [("", Answer(200, b"", 0.01))] * 19 + [("", Answer(200, b"", 4.0))]
    assert probe._figures(answers).milliseconds == 10
    assert probe._figures([*answers[1:], answers[-1]]).milliseconds == 4000


@pytest.mark.plan("RBK-1/health")
def test_tasks_that_start_fail_or_end_are_not_asked(run: Callable[..., Cloud]) -> None:
    states = ["initial", "unhealthy", "draining", "unused", "unavailable"]
    with serving(answering) as working:
        found = run(blue=[*healthy(working), *((GONE, state) for state in states)]).values
    assert found["Failed"] == 0


def test_without_a_release_nothing_has_failed(run: Callable[..., Cloud]) -> None:
    assert run().values == {"Failed": 0}
    # The first release starts.
    assert run(blue=[(GONE, "initial")]).values == {"Failed": 0}


@pytest.mark.plan("RBK-1/health")
def test_users_who_are_sent_to_no_healthy_task_are_a_failure(run: Callable[..., Cloud]) -> None:
    with serving(answering) as working:
        assert run(users=GREEN, blue=healthy(working), green=[(GONE, "unhealthy")]).values["Failed"] == 100
        assert run(users=GREEN, blue=healthy(working)).values["Failed"] == 100
        # Before the shift green starts, and after it blue ends: users are elsewhere.
        assert run(users=BLUE, blue=healthy(working), green=[(GONE, "initial")]).values["Failed"] == 0
        assert run(users=GREEN, green=healthy(working), blue=[(GONE, "draining")]).values["Failed"] == 0
        # The first release is tested: users are still sent where no task ever was.
        assert run(users=BLUE, tests=GREEN, green=healthy(working)).values["Failed"] == 0


def test_a_task_that_has_gone_or_hangs_counts_as_failed(run: Callable[..., Cloud]) -> None:
    assert run(blue=[(GONE, "healthy")]).values["Failed"] == 100
    begin = time.monotonic()
    with serving(answering, seconds=3) as hanging:
        found = run(blue=healthy(hanging)).values
    assert found["Failed"] == 100
    assert found["ResponseTime"] >= 2000
    assert time.monotonic() - begin < probe._RUN_SECONDS


def test_a_run_ends_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_RUN_SECONDS", 1)
    with serving(answering, seconds=5) as hanging:
        begin = time.monotonic()
        found = probe.ask({BLUE: [hanging.target]}, probe.checks(SECRET, now=NOW), requests=60, seconds=5)
        assert time.monotonic() - begin < 3
    # What was sent has failed; what was not sent says nothing.
    assert found[BLUE].failed_percent == 100
    assert sum(found[BLUE].reasons.values()) == probe._AT_A_TIME


def test_many_tasks_are_asked_by_turns() -> None:
    with ExitStack() as stack:
        services = [stack.enter_context(serving(answering)) for _ in range(30)]
        for _ in range(12):
            probe.ask(
                {GREEN: [service.target for service in services]},
                probe.checks(SECRET, now=NOW),
                requests=REQUESTS,
                seconds=5,
            )
        assert sum(len(service.requests) for service in services) == 12 * REQUESTS
        assert all(service.requests for service in services)
