"""Autoscaling: instances follow the load, within bounds."""

import pytest

from assembly.values import Json
from tests.aws.alarms import alarms, metric_value, value
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


def tracked(environment: Environment) -> list[Json]:
    found = environment.resources(POLICY, PolicyType="TargetTrackingScaling")
    return [item["TargetTrackingScalingPolicyConfiguration"] for item in found]


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
def test_two_instances_may_have_a_hundred_requests_in_flight(environment: Environment) -> None:
    waiting = policy(environment, "InFlight")
    expression, *metrics = waiting["CustomizedMetricSpecification"]["Metrics"]
    in_flight = {"requests": 6000.0, "seconds": 0.4, "tasks": 4.0}
    assert metric_value(expression["Expression"], in_flight) == 10, "40 in all"
    assert {
        (query["Id"], query["MetricStat"]["Metric"]["MetricName"], query["MetricStat"]["Stat"]) for query in metrics
    } == {
        ("cpu", "CPUUtilization", "Average"),
        ("unanswered", "HTTPCode_ELB_5XX_Count", "Sum"),
        ("requests", "RequestCount", "Sum"),
        ("seconds", "TargetResponseTime", "Average"),
        ("tasks", "DesiredTaskCount", "Average"),
    }
    assert waiting["TargetValue"] * MIN_INSTANCES == REQUESTS_IN_FLIGHT


@pytest.mark.plan("SCL-1", "SCL-2", "SCL-3")
def test_what_is_tracked_falls_as_instances_are_added(environment: Environment) -> None:
    for item in tracked(environment):
        if "CustomizedMetricSpecification" in item:
            (expression,) = [
                query["Expression"] for query in item["CustomizedMetricSpecification"]["Metrics"] if query["ReturnData"]
            ]
            load = {"requests": 6000.0, "seconds": 0.4, "cpu": 10.0}
            few, many = (metric_value(expression, load | {"tasks": tasks}) for tasks in (4.0, 8.0))
            assert few == 2 * many > 0, item
        else:
            kind = item["PredefinedMetricSpecification"]["PredefinedMetricType"]
            assert kind.startswith("ECSServiceAverage"), item


@pytest.mark.plan("SCL-4")
def test_slow_answers_of_loaded_tasks_add_a_share_of_them(environment: Environment) -> None:
    alarm = alarms(environment)["Scaling-ResponseTime"]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (RESPONSE_TIME_MS, 3)
    assert alarm["TreatMissingData"] == "notBreaching"
    (action,) = alarm["AlarmActions"]
    step = action["StepScalingPolicyConfiguration"]
    assert (step["AdjustmentType"], step["MinAdjustmentMagnitude"]) == ("PercentChangeInCapacity", 1)
    assert step["StepAdjustments"] == [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 25}]


@pytest.mark.plan("SCL-4")
@pytest.mark.parametrize(
    ("metrics", "adds"),
    [
        ({"cpu": 70.0}, True),
        ({"cpu": 35.0}, True),
        # The tasks are idle: the database is slow.
        ({"cpu": 34.0}, False),
        ({"cpu": 20.0, "requests": 9000.0}, False),
        # Three slow requests at night.
        ({"cpu": 70.0, "requests": 3.0, "seconds": 5.0}, False),
        ({"cpu": 70.0, "seconds": 0.4}, False),
    ],
)
def test_slow_answers_add_only_where_adding_helps(
    environment: Environment, metrics: dict[str, float], adds: bool
) -> None:
    found = {"requests": 600.0, "seconds": 0.8, "unanswered": 0.0, **metrics}
    assert (value(alarms(environment)["Scaling-ResponseTime"], found) > RESPONSE_TIME_MS) == adds


@pytest.mark.plan("SCL-4", "SCL-5")
@pytest.mark.parametrize(
    ("metrics", "each"),
    [
        # What slow answers have added stays, although CPU and requests in flight would let it go.
        ({"cpu": 18.0}, 47.5),
        ({"cpu": 30.0}, 47.5),
        ({"cpu": 30.0, "tasks": 1.5}, 53.3),
        ({"cpu": 17.0}, 40.0),
        ({"cpu": 30.0, "seconds": 0.4}, 20.0),
    ],
)
def test_nothing_is_removed_while_answers_are_slow_and_tasks_busy(
    environment: Environment, metrics: dict[str, float], each: float
) -> None:
    found = {"requests": 6000.0, "seconds": 0.8, "tasks": 2.0, **metrics}
    expression, *_ = policy(environment, "InFlight")["CustomizedMetricSpecification"]["Metrics"]
    assert metric_value(expression["Expression"], found) == pytest.approx(each, abs=0.1)


@pytest.mark.plan("SCL-3", "SCL-4")
def test_both_colors_count(environment: Environment) -> None:
    _, *metrics = policy(environment, "InFlight")["CustomizedMetricSpecification"]["Metrics"]
    dimensions = [query["MetricStat"]["Metric"]["Dimensions"] for query in metrics]
    assert {item["Name"] for items in dimensions for item in items} == {"LoadBalancer", "ClusterName", "ServiceName"}


@pytest.mark.plan("SCL-5", "CST-1")
def test_every_policy_also_removes_instances(environment: Environment) -> None:
    policies = tracked(environment)
    assert len(policies) == 3
    assert not [item for item in policies if item.get("DisableScaleIn")]
    assert all(item["ScaleInCooldown"] >= item["ScaleOutCooldown"] for item in policies)


@pytest.mark.plan("SCL-6", "SCL-7")
def test_there_are_two_to_twenty_instances(environment: Environment) -> None:
    target = environment.one(TARGET)
    # Without a release there is nothing to start.
    assert target["MinCapacity"]["Fn::If"][1:] == [MIN_INSTANCES, 0]
    assert target["MaxCapacity"] == MAX_INSTANCES
