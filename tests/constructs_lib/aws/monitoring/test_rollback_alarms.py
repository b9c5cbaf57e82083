"""Rollback alarms on the series of the cases of docs/decisions/030-judgement.md, judged as CloudWatch judges them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from local.body.alarms import Alarm
from tests.aws.alarms import alarms
from tests.aws.resources import Environment, Resource

# CloudWatch looks at more periods than it evaluates, for data that comes late ("Configuring how CloudWatch alarms treat
# missing data").
_MORE_PERIODS = 2


@dataclass(frozen=True)
class Tasks:
    """A minute of the tasks of a target group: requests of users, those that failed, seconds that each took."""

    requests: int = 0
    failed: int = 0
    seconds: float = 0.05
    unhealthy: int = 0


@dataclass(frozen=True)
class Minute:
    """A minute of an environment. What has no value is missing in CloudWatch."""

    blue: Tasks = Tasks()
    green: Tasks = Tasks()
    unanswered: int = 0
    probe_failed: float | None = 0.0
    probe_milliseconds: float | None = 40.0
    cpu: float = 20.0
    memory: float = 40.0

    def value(self, alarm: str, metric: str) -> float | None:
        """Return the value of an alarm's metric; the load balancer publishes no count of 0."""
        kind, _, number = metric.partition("_")
        tasks = (self.blue, self.green)[int(number or 0)]
        match alarm, kind:
            case "Probe", _:
                return self.probe_failed
            case "ProbeResponseTime", _:
                return self.probe_milliseconds
            case "Cpu", _:
                return self.cpu
            case "Memory", _:
                return self.memory
            case "Unhealthy", "hosts":
                return tasks.unhealthy
            case _, "requests":
                return tasks.requests or None
            case _, "failed":
                return tasks.failed or None
            case _, "unanswered":
                return self.unanswered or None
            case _, "p95" | "p50":
                return tasks.seconds if tasks.requests else None
        raise AssertionError(f"{alarm} reads {metric}, which has no series here")


NIGHT = Minute()
NO_RELEASE = Minute(probe_milliseconds=None)
FEW = Minute(blue=Tasks(5))
MANY = Minute(blue=Tasks(600))
SHIFTED = Minute(green=Tasks(600))
PROBE_DEAD = Minute(probe_failed=None, probe_milliseconds=None)


def judged(alarm: Resource, name: str, minutes: Sequence[Minute]) -> list[bool]:
    """Return whether an alarm is on after each minute; what came before the first is missing."""
    deployed = Alarm({**alarm.properties, "StateValue": "OK"})
    states = []
    for newest in range(len(minutes)):
        times = list(range(newest - deployed.periods - _MORE_PERIODS + 1, newest + 1))
        values = {
            metric: {
                time: float(value)
                for time in times
                if time >= 0 and (value := minutes[time].value(name, metric)) is not None
            }
            for metric in deployed.number.queries
        }
        states.append(deployed.judge(values, times)[0] == "ALARM")
    return states


def rolled_back(environment: Environment, minutes: Sequence[Minute], *, before: Minute) -> dict[str, int]:
    """Return the alarms that go off in a deployment, and the minute; none is on when it begins."""
    found = {}
    for key, alarm in alarms(environment, "-Rollback").items():
        name = key.split("-")[1]
        assert not judged(alarm, name, [before] * 5)[-1], f"{key} is on before the deployment: ECS would read none"
        states = judged(alarm, name, [*[before] * 5, *minutes])[5:]
        if True in states:
            found[name] = states.index(True) + 1
    return found


GOOD = [
    pytest.param(NIGHT, [NIGHT] * 15, id="no users at night"),
    pytest.param(FEW, [FEW] * 15, id="five requests a minute"),
    pytest.param(FEW, [Minute(green=Tasks(5, failed=2))] * 15, id="two of five fail, as at night"),
    pytest.param(MANY, [MANY, Minute(blue=Tasks(300), green=Tasks(300)), *[SHIFTED] * 13], id="ten requests a second"),
    pytest.param(MANY, [replace(SHIFTED, green=Tasks(600, failed=25))] * 15, id="four percent fail"),
    pytest.param(MANY, [replace(SHIFTED, probe_failed=5.0)] * 15, id="one call of the probe fails each minute"),
    pytest.param(MANY, [PROBE_DEAD, SHIFTED] * 7, id="the probe misses every second minute"),
    pytest.param(MANY, [replace(MANY, green=Tasks(unhealthy=1))] * 4 + [SHIFTED] * 11, id="one slow start"),
    pytest.param(MANY, [replace(MANY, green=Tasks(unhealthy=3)), *[SHIFTED] * 14], id="slow starts of a minute"),
    pytest.param(NO_RELEASE, [NO_RELEASE] * 4 + [NIGHT] * 11, id="first release"),
    pytest.param(NO_RELEASE, [NO_RELEASE] * 60, id="no release at all"),
]


@pytest.mark.plan("RBK-1/health", "RBK-1/errors", "RBK-1/response-time")
@pytest.mark.parametrize(("before", "minutes"), GOOD)
def test_a_good_release_stays(environment: Environment, before: Minute, minutes: list[Minute]) -> None:
    assert rolled_back(environment, _here(environment, minutes), before=before) == {}


BAD = [
    pytest.param(NIGHT, replace(NIGHT, probe_failed=100), {"Probe": 2}, id="no users at night"),
    pytest.param(NIGHT, replace(NIGHT, probe_failed=10), {"Probe": 2}, id="no users, some requests would fail"),
    pytest.param(NIGHT, replace(NIGHT, probe_milliseconds=2000), {"ProbeResponseTime": 2}, id="no users, slow"),
    pytest.param(
        FEW,
        Minute(green=Tasks(5, failed=5), probe_failed=100),
        {"Probe": 2, "ErrorRate": 2},
        id="five requests a minute",
    ),
    pytest.param(FEW, Minute(green=Tasks(3, failed=3), probe_failed=100), {"Probe": 2}, id="three requests a minute"),
    pytest.param(
        FEW,
        Minute(green=Tasks(5, seconds=3.0), probe_milliseconds=3000),
        {"ProbeResponseTime": 2, "ResponseTime": 2},
        id="five slow requests a minute",
    ),
    # The probe cannot see what only users ask for.
    pytest.param(MANY, Minute(green=Tasks(600, failed=60)), {"ErrorRate": 2}, id="ten requests a second"),
    pytest.param(MANY, Minute(green=Tasks(600, seconds=1.5)), {"ResponseTime": 2}, id="ten slow requests a second"),
    pytest.param(MANY, Minute(unanswered=600), {"ErrorRate": 2}, id="no task answers"),
    pytest.param(
        MANY, replace(SHIFTED, green=Tasks(600, unhealthy=2)), {"Unhealthy": 2}, id="two tasks fail their check"
    ),
    pytest.param(MANY, replace(SHIFTED, cpu=95), {"Cpu": 2}, id="a busy task"),
    pytest.param(MANY, replace(SHIFTED, memory=95), {"Memory": 2}, id="a task that leaks"),
    pytest.param(NO_RELEASE, replace(NIGHT, probe_failed=100), {"Probe": 2}, id="first release"),
    pytest.param(MANY, replace(SHIFTED, probe_failed=None, probe_milliseconds=None), {"Probe": 4}, id="the probe dies"),
]


@pytest.mark.plan("RBK-1/health", "RBK-1/errors", "RBK-1/response-time", "RBK-1/memory", "RBK-1/cpu")
@pytest.mark.parametrize(("before", "minute", "alarms_on"), BAD)
def test_a_bad_release_is_rolled_back(
    environment: Environment, before: Minute, minute: Minute, alarms_on: dict[str, int]
) -> None:
    assert rolled_back(environment, _here(environment, [minute] * 15), before=before) == alarms_on


@pytest.mark.plan("RBK-1/errors", "RBK-1/response-time")
@pytest.mark.parametrize("bad", ["blue", "green"])
def test_a_good_set_does_not_hide_a_bad_one(prod: Environment, bad: str) -> None:
    def minute(tasks: Tasks) -> Minute:
        good = Tasks(2000)
        return Minute(blue=tasks, green=good) if bad == "blue" else Minute(blue=good, green=tasks)

    failing, slow = minute(Tasks(60, failed=6)), minute(Tasks(60, seconds=3.0))
    assert rolled_back(prod, [failing] * 3, before=MANY) == {"ErrorRate": 2}
    assert rolled_back(prod, [slow] * 3, before=MANY) == {"ResponseTime": 2}


def test_an_alarm_that_is_on_says_so_before_the_deployment(environment: Environment) -> None:
    """ECS then reads none of them: the release is refused before, unless it is the urgent one."""
    alarm = alarms(environment)["Deployment-Probe-Rollback"]
    assert judged(alarm, "Probe", [replace(NIGHT, probe_failed=100)] * 5)[-1]
    assert judged(alarm, "Probe", [PROBE_DEAD] * 5)[-1]


def test_a_new_alarm_is_off_because_the_probe_has_run(environment: Environment) -> None:
    alarm = alarms(environment)["Deployment-Probe-Rollback"]
    assert judged(alarm, "Probe", [NO_RELEASE] * 3) == [False] * 3
    assert judged(alarm, "Probe", [PROBE_DEAD])[0]


@pytest.mark.plan("MON-8/errors")
def test_a_probe_that_goes_on_failing_or_has_died_is_told_to_the_team(environment: Environment) -> None:
    alarm = alarms(environment)["Deployment-Probe-Warning"]
    (action,) = alarm["AlarmActions"]
    assert action == environment.one("AWS::SNS::Topic", "Foundation/Notifications/Team")
    failing, well = replace(NIGHT, probe_failed=100), [NIGHT] * 12
    assert judged(alarm, "Probe", [*well, *[failing] * 10])[-2:] == [False, True]
    assert judged(alarm, "Probe", [*well, *[PROBE_DEAD] * 12])[-1]


def test_an_alarm_stays_below_the_limits_of_metric_math(environment: Environment) -> None:
    for name, alarm in alarms(environment, "-Rollback").items():
        queries = alarm.get("Metrics", [])
        # PutMetricAlarm, Metrics, and MetricDataQuery, Expression (CloudWatch API reference).
        assert len([each for each in queries if "MetricStat" in each]) <= 10, name
        assert all(len(each.get("Expression", "")) <= 2048 for each in queries), name


def _here(environment: Environment, minutes: Sequence[Minute]) -> list[Minute]:
    """The same minutes where both releases stand in one target group."""
    if len(environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup")) > 1:
        return list(minutes)
    return [replace(each, blue=_together(each.blue, each.green), green=Tasks()) for each in minutes]


def _together(one: Tasks, other: Tasks) -> Tasks:
    return Tasks(
        requests=one.requests + other.requests,
        failed=one.failed + other.failed,
        seconds=max(one.seconds, other.seconds),
        unhealthy=one.unhealthy + other.unhealthy,
    )
