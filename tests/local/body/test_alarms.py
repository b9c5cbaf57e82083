"""Alarms: which state the values of their metrics give them, and that it is set with all that follows from it."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from local.body.alarms import Alarm, Alarms
from local.body.deployed import Deployed, Place
from local.body.metric_values import SETTLING_SECONDS
from local.body.metrics import Metrics
from local.cloud import EmbeddedCloud
from tests.deployed.mailbox import Mailbox
from tests.local.body.deployed_ingress import BALANCER, BLUE, Server, login_limit, web_acl
from tests.local.body.served_ingress import ServedIngress
from tests.local.body.waiting import wait_for

CLOCK = 60  # a minute is a second
PLACE = Place("111122223333", "us-east-1")


def described(**changes: Any) -> dict[str, Any]:
    alarm = {
        "AlarmName": "it",
        "StateValue": "OK",
        "Namespace": "Body",
        "MetricName": "errors",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 5,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
    }
    return alarm | changes


def judged(values: Mapping[int, float], **changes: Any) -> str:
    times = [0, 60, 120, 180, 240]
    state, _ = Alarm(described(**changes)).judge({"value": values}, times)
    return state


@pytest.mark.parametrize(
    ("values", "changes", "state"),
    [
        ({120: 6, 180: 6, 240: 6}, {}, "ALARM"),
        ({120: 6, 180: 5, 240: 6}, {}, "OK"),
        ({120: 6, 180: 5, 240: 6}, {"DatapointsToAlarm": 2}, "ALARM"),
        ({180: 6, 240: 6}, {}, "OK"),
        ({180: 6, 240: 6}, {"TreatMissingData": "breaching"}, "ALARM"),
        # As many as it evaluates are there, although late ones are missing.
        ({0: 6, 60: 6, 180: 6}, {}, "ALARM"),
        ({0: 6, 60: 1, 180: 6}, {"TreatMissingData": "breaching"}, "OK"),
        ({}, {}, "OK"),
        ({}, {"TreatMissingData": "breaching"}, "ALARM"),
        ({}, {"TreatMissingData": "missing"}, "INSUFFICIENT_DATA"),
        ({240: 1}, {"TreatMissingData": "missing"}, "OK"),
        ({}, {"TreatMissingData": "ignore", "StateValue": "ALARM"}, "ALARM"),
        ({240: 5}, {"ComparisonOperator": "GreaterThanOrEqualToThreshold", "EvaluationPeriods": 1}, "ALARM"),
        ({240: 4}, {"ComparisonOperator": "LessThanThreshold", "EvaluationPeriods": 1}, "ALARM"),
        ({240: 5}, {"ComparisonOperator": "LessThanOrEqualToThreshold", "EvaluationPeriods": 1}, "ALARM"),
    ],
)
def test_states(values: Mapping[int, float], changes: Mapping[str, Any], state: str) -> None:
    assert judged(values, **changes) == state


class Running:
    """Metrics and alarms as the body runs them, with a clock that is fast."""

    def __init__(self, served: ServedIngress, deployed: Deployed) -> None:
        self.ingress = served
        self.deployed = deployed
        deployed.clock = CLOCK
        self.cloudwatch = deployed.cloud.client("cloudwatch")
        self._metrics = Metrics(served.ingress)
        self._alarms = Alarms()

    def step(self) -> None:
        self.ingress.reconcile()
        self._metrics.reconcile(self.deployed)
        self._alarms.reconcile(self.deployed)

    def until(self, condition: Callable[[], Any]) -> None:
        def stepped() -> Any:
            self.step()
            return condition()

        wait_for(stepped)

    def publish(self) -> None:
        """Go on until what was asked before is published."""
        enough = time.monotonic() + 2 * SETTLING_SECONDS + 2
        self.until(lambda: time.monotonic() > enough)

    def state(self, name: str) -> str:
        answer = self.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        (alarm,) = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return str(alarm["StateValue"])

    def sums(self, namespace: str, name: str, statistic: str = "Sum", **dimensions: str) -> list[float]:
        """Return the statistic of each hour."""
        return self.statistics(namespace, name, statistic, 3600, dimensions)

    def statistics(
        self, namespace: str, name: str, statistic: str, period: int, dimensions: Mapping[str, str]
    ) -> list[float]:
        """Return the statistic of each period of some seconds, in the last hour."""
        query = {
            "Id": "q",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": name,
                    "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                },
                "Period": period,
                "Stat": statistic,
            },
        }
        answer = self.cloudwatch.get_metric_data(
            MetricDataQueries=[query], StartTime=time.time() - 3600, EndTime=time.time() + 60
        )
        return list(answer["MetricDataResults"][0]["Values"])


@pytest.fixture
def running(served: ServedIngress, cloud: EmbeddedCloud) -> Iterator[Running]:
    yield Running(served, Deployed(cloud, [PLACE]))
    cloud.control("rest-alarms", 0)


def traffic(metric: str, statistic: str = "Sum") -> dict[str, Any]:
    dimensions = [{"Name": "LoadBalancer", "Value": BALANCER}]
    named = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions}
    return {"Metric": named, "Period": 60, "Stat": statistic}


@pytest.mark.plan("MON-8/errors", "AWS-11")
def test_failing_requests_set_an_alarm_on_metric_math_off(
    running: Running, served: ServedIngress, task: Server, cloud: EmbeddedCloud
) -> None:
    topic = cloud.client("sns").create_topic(Name="errors")["TopicArn"]
    mailbox = Mailbox(cloud, topic)
    running.cloudwatch.put_metric_alarm(
        AlarmName="Errors",
        AlarmActions=[topic],
        EvaluationPeriods=2,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
        Metrics=[
            {"Id": "share", "Expression": "IF(FILL(requests, 0) >= 4, 100 * FILL(failed, 0) / requests, 0)"},
            {"Id": "requests", "MetricStat": traffic("RequestCount"), "ReturnData": False},
            {"Id": "failed", "MetricStat": traffic("HTTPCode_Target_5XX_Count"), "ReturnData": False},
        ],
    )
    running.cloudwatch.put_composite_alarm(AlarmName="Page", AlarmRule="ALARM(Errors)")
    unknown = [{"Id": "e", "MetricStat": traffic("Nothing")}]
    running.cloudwatch.put_metric_alarm(
        AlarmName="Unmeasured",
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",
        Metrics=unknown,
    )
    running.until(lambda: served.ask().status == 200 and running.state("Errors") == "OK")
    assert running.state("Page") == "OK"
    task.status = 500

    def alarmed() -> bool:
        for _ in range(5):
            assert served.ask().status == 500
        return running.state("Errors") == "ALARM"

    running.until(alarmed)
    assert mailbox.subjects(wait=True) == ["Errors"]
    assert running.state("Page") == "ALARM"
    task.status = 200
    running.until(lambda: running.state("Errors") == "OK")
    assert running.state("Page") == "OK"
    assert running.state("Unmeasured") == "INSUFFICIENT_DATA"


@pytest.mark.plan("MON-1/p95")
def test_requests_are_counted_as_aws_counts_them(running: Running, served: ServedIngress, task: Server) -> None:
    served.resources.firewall = web_acl(login_limit(2))
    served.until(lambda: served.ask("/api/v1/auth/x", client="127.0.0.9").status == 403)
    running.publish()

    def total(namespace: str, name: str, **dimensions: str) -> float:
        return sum(running.sums(namespace, name, **dimensions))

    elb, group = "AWS/ApplicationELB", BLUE.full_name
    cdn = {"DistributionId": "E1", "Region": "Global"}
    before = {name: total(elb, name, LoadBalancer=BALANCER) for name in ("RequestCount", "HTTPCode_Target_5XX_Count")}
    requests = total("AWS/CloudFront", "Requests", **cdn)
    blocked = total("AWS/WAFV2", "BlockedRequests", Rule="LoginRate", WebACL="Firewall")
    task.pause = 0.3
    # Other tests have sent fast ones: a tenth is enough for the 95th percentile.
    slow = 2 + int(before["RequestCount"]) // 9
    for status in (*[200] * slow, 500):
        task.status = status
        assert served.ask().status == status
    statuses = [served.ask("/api/v1/auth/x").status for _ in range(4)]
    assert statuses == [500, 500, 403, 403]
    served.ask_balancer()
    running.publish()
    assert total("AWS/CloudFront", "Requests", **cdn) == requests + slow + 5
    assert total(elb, "RequestCount", LoadBalancer=BALANCER) == before["RequestCount"] + slow + 3
    assert total(elb, "RequestCount", LoadBalancer=BALANCER, TargetGroup=group) == before["RequestCount"] + slow + 3
    assert total(elb, "HTTPCode_Target_5XX_Count", LoadBalancer=BALANCER) == before["HTTPCode_Target_5XX_Count"] + 3
    # Of the hour, it would be that of the many fast requests of the tests before.
    assert max(running.statistics(elb, "TargetResponseTime", "p95", 60 // CLOCK, {"LoadBalancer": BALANCER})) >= 0.3
    assert running.sums(elb, "HealthyHostCount", "Minimum", LoadBalancer=BALANCER, TargetGroup=group)[-1] == 1
    assert running.sums(elb, "UnHealthyHostCount", "Maximum", LoadBalancer=BALANCER, TargetGroup=group)[-1] == 0
    assert total("AWS/WAFV2", "BlockedRequests", Rule="LoginRate", WebACL="Firewall") == blocked + 2
    origin = {"Region": "us-east-1", "Rule": "Default_Action", "WebACL": "Origin"}
    assert total("AWS/WAFV2", "BlockedRequests", **origin) >= 1
    assert 0 < running.sums("AWS/CloudFront", "5xxErrorRate", "Average", **cdn)[-1] < 100
    # Without a target, the load balancer itself fails.
    served.settle({})
    served.until(lambda: served.ask().status == 503)
    running.publish()
    unanswered = total(elb, "HTTPCode_ELB_5XX_Count", LoadBalancer=BALANCER)
    assert served.ask().status == 503
    running.publish()
    assert total(elb, "HTTPCode_ELB_5XX_Count", LoadBalancer=BALANCER) == unanswered + 1


def test_a_log_that_has_grown_large_is_put_aside(
    running: Running, served: ServedIngress, task: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.body.metrics._LOG_BYTES", 100)
    cdn = {"DistributionId": "E1", "Region": "Global"}

    def total() -> float:
        return sum(running.sums("AWS/CloudFront", "Requests", **cdn))

    before = total()
    for _ in range(3):
        for _ in range(10):
            assert served.ask().status == 200
        running.step()
    running.publish()
    assert total() == before + 30
    assert served.ingress.requests.with_suffix(".old.log").exists()
    assert task.requests == 30
