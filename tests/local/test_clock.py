"""Clock of the embedded cloud: what follows its factor, which factors there are, and that it is kept."""

import json
import time
from typing import Any
from urllib.error import HTTPError

import pytest

from local.body.deployed import Deployed
from local.body.metric_values import SETTLING_SECONDS, MetricValues
from local.cloud import EmbeddedCloud
from local.emulator.clock import FACTORS
from local.errors import EmbeddedCloudError
from tests.local.killed import kill


@pytest.mark.parametrize("factor", [0, -1, 7, 8, 13, 60, 1.5, 2.0, "2", True, None])
def test_other_factors_are_refused(cloud: EmbeddedCloud, factor: Any) -> None:
    with pytest.raises(EmbeddedCloudError, match=r"clock: given .*; allowed are 1, 2, 3, 4, 5, 6, 10, 12\."):
        cloud.clock = factor
    if factor is not None:  # which asks for the one that is set
        with pytest.raises(HTTPError):
            cloud.control("clock", factor)
    assert cloud.clock == 1


def test_it_is_kept_over_a_restart_and_a_kill(own_cloud: EmbeddedCloud) -> None:
    for factor in (12, 2):
        own_cloud.clock = factor
        kill(own_cloud)
        own_cloud.start()
        assert own_cloud.clock == factor
    (own_cloud.directory / "clock.json").write_text("{")
    own_cloud.stop()
    own_cloud.start()
    assert own_cloud.clock == 1


def test_schedules_and_state_machines_follow_it(own_cloud: EmbeddedCloud) -> None:
    own_cloud.clock = 12
    sqs, events, scheduler = (own_cloud.client(name) for name in ("sqs", "events", "scheduler"))
    url = sqs.create_queue(QueueName="each-minute")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="each-minute", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="each-minute", Targets=[{"Id": "1", "Arn": arn, "Input": '"rule"'}])
    scheduler.create_schedule(
        Name="each-minute",
        ScheduleExpression="rate(1 minute)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::111122223333:role/any", "Input": '"schedule"'},
    )
    began = time.monotonic()
    assert _waited(own_cloud, 36) < 36
    times: dict[str, list[float]] = {"rule": [], "schedule": []}
    while min(map(len, times.values())) < 2:
        for message in sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1).get("Messages", ()):
            times[json.loads(message["Body"])].append(time.monotonic())
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    for found in times.values():
        assert found[1] - began < 60, "two in less than one minute of AWS"


def test_a_schedule_begins_with_a_minute(own_cloud: EmbeddedCloud) -> None:
    own_cloud.clock = 12
    sqs, events = own_cloud.client("sqs"), own_cloud.client("events")
    url = sqs.create_queue(QueueName="begins")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="begins", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="begins", Targets=[{"Id": "1", "Arn": arn}])
    minutes: list[float] = []
    while len(minutes) < 4:
        request = {"AttributeNames": ["SentTimestamp"], "WaitTimeSeconds": 1, "MaxNumberOfMessages": 10}
        for message in sqs.receive_message(QueueUrl=url, **request).get("Messages", ()):
            minutes.append(int(message["Attributes"]["SentTimestamp"]) / 1000 // 5)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    first, *_ = sorted(minutes)
    assert sorted(minutes) == [first + number for number in range(4)]


def _waited(cloud: EmbeddedCloud, seconds: int) -> float:
    """Run a state machine that waits, and return for how long it did."""
    states = cloud.client("stepfunctions")
    definition = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": seconds, "End": True}}}
    state_machine = states.create_state_machine(
        name="waiting", definition=json.dumps(definition), roleArn="arn:aws:iam::111122223333:role/any"
    )["stateMachineArn"]
    began = time.monotonic()
    execution = states.start_execution(stateMachineArn=state_machine)["executionArn"]
    while states.describe_execution(executionArn=execution)["status"] == "RUNNING":
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.mark.parametrize("factor", FACTORS)
def test_each_minute_that_is_over_is_measured_once(factor: int, monkeypatch: pytest.MonkeyPatch) -> None:
    begin, minute = 1_800_000_000.0, 60 / factor
    monkeypatch.setattr(time, "time", lambda: begin)
    values = MetricValues()
    values.clock = factor
    assert values.due(begin) == []
    assert values.due(begin + 60 + SETTLING_SECONDS) == [begin + number * minute for number in range(factor)]
    # Before a suspension ended, nothing was measured.
    assert values.due(begin + 3600 + SETTLING_SECONDS) == [begin + 3540 + number * minute for number in range(factor)]


def test_a_pass_judges_the_minutes_that_it_publishes(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed = Deployed(cloud)
    monkeypatch.setattr(time, "time", lambda: 100.0)
    deployed.begin_pass()
    monkeypatch.setattr(time, "time", lambda: 200.0)
    assert deployed.now == 100
    deployed.begin_pass()
    assert deployed.now == 200
