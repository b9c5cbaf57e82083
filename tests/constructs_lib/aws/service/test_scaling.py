"""Autoscaling: instances follow the load, within bounds."""

import pytest

from assembly.values import Json
from tests.aws.resources import Environment
from tests.plan_numbers import (
    CPU_PERCENT,
    MAX_INSTANCES,
    MEMORY_PERCENT,
    MIN_INSTANCES,
    REQUESTS_IN_FLIGHT,
    RESPONSE_TIME_MS,
)

TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


def policy(environment: Environment, name: str) -> Json:
    (found,) = [item for item in environment.resources(POLICY) if name in item["PolicyName"]]
    return found["TargetTrackingScalingPolicyConfiguration"]


@pytest.mark.plan("SCL-1")
def test_cpu_is_held_at_seventy_percent(environment: Environment) -> None:
    cpu = policy(environment, "Cpu")
    assert cpu["PredefinedMetricSpecification"]["PredefinedMetricType"] == "ECSServiceAverageCPUUtilization"
    assert cpu["TargetValue"] == CPU_PERCENT


@pytest.mark.plan("SCL-2")
def test_memory_is_held_at_eighty_percent(environment: Environment) -> None:
    memory = policy(environment, "Memory")
    assert memory["PredefinedMetricSpecification"]["PredefinedMetricType"] == "ECSServiceAverageMemoryUtilization"
    assert memory["TargetValue"] == MEMORY_PERCENT


@pytest.mark.plan("SCL-3")
def test_a_hundred_requests_may_be_in_flight(environment: Environment) -> None:
    waiting = policy(environment, "InFlight")
    expression, *metrics = waiting["CustomizedMetricSpecification"]["Metrics"]
    assert expression["Expression"] == "FILL(requests, 0) / 60 * FILL(seconds, 0)"
    assert {
        (query["Id"], query["MetricStat"]["Metric"]["MetricName"], query["MetricStat"]["Stat"]) for query in metrics
    } == {
        ("requests", "RequestCount", "Sum"),
        ("seconds", "TargetResponseTime", "Average"),
    }
    assert waiting["TargetValue"] == REQUESTS_IN_FLIGHT


@pytest.mark.plan("SCL-4")
def test_an_answer_may_take_half_a_second(environment: Environment) -> None:
    response = policy(environment, "ResponseTime")
    expression, _ = response["CustomizedMetricSpecification"]["Metrics"]
    assert expression["Expression"] == "FILL(seconds, 0) * 1000"
    assert response["TargetValue"] == RESPONSE_TIME_MS


@pytest.mark.plan("SCL-3", "SCL-4")
@pytest.mark.parametrize("name", ["InFlight", "ResponseTime"])
def test_both_colors_count(environment: Environment, name: str) -> None:
    _, *metrics = policy(environment, name)["CustomizedMetricSpecification"]["Metrics"]
    dimensions = [query["MetricStat"]["Metric"]["Dimensions"] for query in metrics]
    assert {item["Name"] for items in dimensions for item in items} == {"LoadBalancer"}


@pytest.mark.plan("SCL-5", "CST-1")
def test_every_policy_also_removes_instances(environment: Environment) -> None:
    policies = [item["TargetTrackingScalingPolicyConfiguration"] for item in environment.resources(POLICY)]
    assert len(policies) == 4
    assert not [item for item in policies if item.get("DisableScaleIn")]
    assert all(item["ScaleInCooldown"] >= item["ScaleOutCooldown"] for item in policies)


@pytest.mark.plan("SCL-6", "SCL-7")
def test_there_are_two_to_twenty_instances(environment: Environment) -> None:
    target = environment.one(TARGET)
    # Without a release there is nothing to start.
    assert target["MinCapacity"]["Fn::If"][1:] == [MIN_INSTANCES, 0]
    assert target["MaxCapacity"] == MAX_INSTANCES
