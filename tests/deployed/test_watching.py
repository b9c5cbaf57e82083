"""An alarm that goes off arrives: through its topic into a queue that stands for a mailbox."""

import json
import time
from collections.abc import Callable, Iterator

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY

PATIENCE_SECONDS = 20


class Mailbox:
    """A queue that is subscribed to a topic."""

    def __init__(self, cloud: EmbeddedCloud, topic: str) -> None:
        self._sqs = cloud.client("sqs", PRIMARY)
        self._url = self._sqs.create_queue(QueueName=topic.rpartition(":")[2][-80:])["QueueUrl"]
        attributes = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"]
        cloud.client("sns", PRIMARY).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=attributes["QueueArn"])

    def subjects(self, *, wait: bool) -> list[str]:
        """Return the names of the alarms that were told since the last look."""
        found: list[str] = []
        until = time.monotonic() + (PATIENCE_SECONDS if wait else 1)
        while not found and time.monotonic() < until:
            answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
            for message in answer.get("Messages", []):
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(json.loads(message["Body"])["Message"])["AlarmName"])
        return found


@pytest.fixture(scope="module")
def mailboxes(deployed: EmbeddedCloud, resource: Callable[..., str]) -> dict[str, Mailbox]:
    kind = "AWS::SNS::Topic"
    return {
        name: Mailbox(deployed, resource("GoodiesProd-Foundation", kind, f"Notifications{name}"))
        for name in ("OnCall", "Team")
    }


@pytest.fixture
def ring(deployed: EmbeddedCloud) -> Iterator[Callable[[str], None]]:
    """Set an alarm off; it is quiet again after the test."""
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    rung: list[str] = []

    def set_off(name: str) -> None:
        rung.append(name)
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")

    yield set_off
    for name in rung:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")


@pytest.mark.plan("MON-8")
def test_a_warning_reaches_the_team_and_nobody_else(ring: Callable[[str], None], mailboxes: dict[str, Mailbox]) -> None:
    ring("GoodiesProd-Users-ErrorRate-Warning")
    assert mailboxes["Team"].subjects(wait=True) == ["GoodiesProd-Users-ErrorRate-Warning"]
    assert mailboxes["OnCall"].subjects(wait=False) == []


@pytest.mark.plan("MON-8")
def test_a_measured_value_sets_an_alarm_off(deployed: EmbeddedCloud, mailboxes: dict[str, Mailbox]) -> None:
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["GoodiesProd-Notifications-OnCallUnreachable-Warning"])[
        "MetricAlarms"
    ]
    data = {"MetricName": alarm["MetricName"], "Dimensions": alarm["Dimensions"], "Value": 1}
    cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[data])
    assert mailboxes["Team"].subjects(wait=True) == [alarm["AlarmName"]]


@pytest.mark.plan("SCL-1", "SCL-2", "SCL-3", "SCL-4", "SCL-6", "SCL-7")
def test_scaling_is_recorded(resource: Callable[..., str]) -> None:
    for policy in (
        "ServiceTaskCountTargetCpu",
        "ServiceTaskCountTargetMemory",
        "ScalingInFlight",
        "ScalingResponseTime",
    ):
        assert resource("GoodiesProd-Service", "AWS::ApplicationAutoScaling::ScalingPolicy", policy)


@pytest.mark.plan("RBK-1")
def test_the_service_knows_its_rollback_alarms(deployed: EmbeddedCloud) -> None:
    alarms = deployed.client("cloudwatch", PRIMARY).describe_alarms(AlarmNamePrefix="GoodiesProd-Deployment-")
    assert len(alarms["MetricAlarms"]) == 5


@pytest.mark.plan("MON-7")
def test_an_outage_wakes_who_is_on_call(
    deployed: EmbeddedCloud, ring: Callable[[str], None], mailboxes: dict[str, Mailbox]
) -> None:
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    ring("GoodiesProd-Users-ErrorRate-Critical")
    ring("GoodiesProd-Users-ResponseTime-Critical")
    names = ["GoodiesProd-Users-Page"]
    (page,) = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert page["StateValue"] == "ALARM"
    # Two alarms, one page. The embedded cloud may tell of the other tests' alarms, too: it takes a metric for the same
    # whatever its dimensions.
    assert [name for name in mailboxes["OnCall"].subjects(wait=True) if "-Users-" in name] == names
