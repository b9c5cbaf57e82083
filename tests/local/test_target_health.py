"""Health of targets: what DescribeTargetHealth of the embedded cloud answers while somebody runs the tasks."""

from collections.abc import Iterator
from typing import Any

import pytest

from local.cloud import EmbeddedCloud

REGION = "us-east-1"


@pytest.fixture
def group(cloud: EmbeddedCloud) -> Iterator[str]:
    """The ARN of a target group."""
    elb = cloud.client("elbv2", REGION)
    made = elb.create_target_group(Name="health", Protocol="HTTP", Port=8000, VpcId="vpc-1", TargetType="ip")
    (found,) = made["TargetGroups"]
    yield found["TargetGroupArn"]
    elb.delete_target_group(TargetGroupArn=found["TargetGroupArn"])


def described(cloud: EmbeddedCloud, group: str) -> dict[tuple[str, int], str]:
    answer: Any = cloud.client("elbv2", REGION).describe_target_health(TargetGroupArn=group)
    return {
        (each["Target"]["Id"], each["Target"]["Port"]): each["TargetHealth"]["State"]
        for each in answer["TargetHealthDescriptions"]
    }


def test_targets_have_the_states_that_were_reported(cloud: EmbeddedCloud, group: str) -> None:
    states = ["healthy", "initial", "unhealthy", "draining"]
    targets = [{"host": "127.0.0.1", "port": 8001 + n, "state": state} for n, state in enumerate(states)]
    cloud.control("target-health", {group: targets})
    assert described(cloud, group) == {("127.0.0.1", 8001 + n): state for n, state in enumerate(states)}
    cloud.control("target-health", {})
    assert described(cloud, group) == {}


def test_a_target_group_that_does_not_exist_is_refused(cloud: EmbeddedCloud, group: str) -> None:
    cloud.control("target-health", {group: []})
    elb = cloud.client("elbv2", REGION)
    with pytest.raises(elb.exceptions.TargetGroupNotFoundException):
        elb.describe_target_health(TargetGroupArn=f"{group}0")
