"""Alarms of the deployed production: each notifies, through its topic, a queue that stands for a mailbox."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY
from tests.deployed.mailbox import Mailbox
from tests.deployed.service import service

pytestmark = pytest.mark.xdist_group("deployed")

ADDRESS = {"ServiceNamespace": "ecs", "ResourceId": "service/goodies-prod/funkygibbon"}


@pytest.fixture(scope="module")
def mailboxes(deployed: EmbeddedCloud, resource: Callable[..., str]) -> dict[str, Mailbox]:
    kind = "AWS::SNS::Topic"
    return {
        name: Mailbox(deployed, resource("GoodiesProd-Foundation", kind, f"Notifications{name}"))
        for name in ("OnCall", "Team")
    }


@pytest.fixture
def set_off(deployed: EmbeddedCloud) -> Iterator[Callable[[str], None]]:
    """Set an alarm off; it is quiet again after the test."""
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    in_alarm: list[str] = []

    def alarm(name: str) -> None:
        in_alarm.append(name)
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")

    yield alarm
    for name in in_alarm:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")


@pytest.mark.plan("MON-8/errors")
def test_a_warning_notifies_the_team_only(set_off: Callable[[str], None], mailboxes: dict[str, Mailbox]) -> None:
    set_off("GoodiesProd-Users-ErrorRate-Warning")
    assert mailboxes["Team"].subjects(wait=True) == ["GoodiesProd-Users-ErrorRate-Warning"]
    assert mailboxes["OnCall"].subjects(wait=False) == []


@pytest.mark.plan("AWS-11")
def test_a_measured_value_sets_an_alarm_off(deployed: EmbeddedCloud, mailboxes: dict[str, Mailbox]) -> None:
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["GoodiesProd-Backups-UploadsNotReplicated-Warning"])[
        "MetricAlarms"
    ]
    data = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": 1}
    cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[data])
    assert mailboxes["Team"].subjects(wait=True) == [alarm["AlarmName"]]


@pytest.mark.plan("SCL-1", "SCL-2", "SCL-3", "SCL-4", "SCL-5")
def test_the_service_scales_on_four_numbers(deployed: EmbeddedCloud) -> None:
    scaling = deployed.client("application-autoscaling", PRIMARY)
    found = scaling.describe_scaling_policies(**ADDRESS)["ScalingPolicies"]
    tracking = [
        policy["TargetTrackingScalingPolicyConfiguration"]
        for policy in found
        if policy["PolicyType"] == "TargetTrackingScaling"
    ]
    assert {_metric(number): number["TargetValue"] for number in tracking} == {
        "ECSServiceAverageCPUUtilization": 70,
        "ECSServiceAverageMemoryUtilization": 80,
        "CPUUtilization DesiredTaskCount HTTPCode_ELB_5XX_Count RequestCount TargetResponseTime": 50,
    }
    assert not [number for number in tracking if number.get("DisableScaleIn")]
    (step,) = [policy for policy in found if policy["PolicyType"] == "StepScaling"]
    (alarm,) = deployed.client("cloudwatch", PRIMARY).describe_alarms(AlarmNames=["GoodiesProd-Scaling-ResponseTime"])[
        "MetricAlarms"
    ]
    assert (alarm["Threshold"], len(alarm["AlarmActions"])) == (500, 1)
    assert step["StepScalingPolicyConfiguration"]["StepAdjustments"][0]["ScalingAdjustment"] == 25


def _metric(number: dict[str, Any]) -> str:
    if "PredefinedMetricSpecification" in number:
        return str(number["PredefinedMetricSpecification"]["PredefinedMetricType"])
    queries = number["CustomizedMetricSpecification"]["Metrics"]
    return " ".join(sorted(query["MetricStat"]["Metric"]["MetricName"] for query in queries if "MetricStat" in query))


@pytest.mark.plan("RBK-1/health")
def test_a_deployment_is_rolled_back_by_alarms_that_exist(deployed: EmbeddedCloud) -> None:
    configuration: Any = service(deployed)["deploymentConfiguration"]
    alarms = deployed.client("cloudwatch", PRIMARY).describe_alarms(AlarmNamePrefix="GoodiesProd-Deployment-")
    found = {alarm["AlarmName"] for alarm in alarms["MetricAlarms"] if alarm["AlarmName"].endswith("-Rollback")}
    assert found == set(configuration["alarms"]["alarmNames"])
    assert len(found) == 7
    assert (configuration["alarms"]["enable"], configuration["alarms"]["rollback"]) == (True, True)
    assert configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


@pytest.mark.plan("MON-7/errors", "MON-7/response-time")
def test_an_outage_pages_on_call(
    deployed: EmbeddedCloud, set_off: Callable[[str], None], mailboxes: dict[str, Mailbox]
) -> None:
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    set_off("GoodiesProd-Users-ErrorRate-Critical")
    set_off("GoodiesProd-Users-ResponseTime-Critical")
    names = ["GoodiesProd-Users-Page"]
    (page,) = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert page["StateValue"] == "ALARM"
    # Two alarms, one page. The embedded cloud may tell of the other tests' alarms, too: it takes a metric for the same
    # whatever its dimensions.
    assert [name for name in mailboxes["OnCall"].subjects(wait=True) if "-Users-" in name] == names
