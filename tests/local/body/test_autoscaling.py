"""Autoscaling: the deployed policies set the desired count of a service, by metrics that are published."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local.body.alarms import Alarms
from local.body.autoscaling import Autoscaling
from local.body.deployed import Deployed, Place
from local.cloud import EmbeddedCloud
from tests.local.body.waiting import wait_for
from tests.local.stacks import Stack, create

CLOCK = 60  # a minute is a second
PLACE = Place("111122223333", "us-east-1")
CLUSTER, SERVICE = "scaled", "app"
RESOURCE = f"service/{CLUSTER}/{SERVICE}"
NUMBER = {"Namespace": "Autoscaling", "MetricName": "waiting"}
TARGET = {
    "ResourceId": RESOURCE,
    "ScalableDimension": "ecs:service:DesiredCount",
    "ServiceNamespace": "ecs",
    "MinCapacity": 2,
    "MaxCapacity": 6,
}
TRACKING = {
    "PolicyName": "Waiting",
    "PolicyType": "TargetTrackingScaling",
    "ScalingTargetId": {"Ref": "Target"},
    "TargetTrackingScalingPolicyConfiguration": {
        "TargetValue": 600,
        "ScaleOutCooldown": 60,
        "ScaleInCooldown": 60,
        "CustomizedMetricSpecification": {
            "Metrics": [
                {"Id": "each", "Expression": "FILL(waiting, 0) * 1"},
                {"Id": "waiting", "MetricStat": {"Metric": NUMBER, "Stat": "Sum"}, "ReturnData": False},
            ]
        },
    },
}
STEPS = {
    "PolicyName": "Slow",
    "PolicyType": "StepScaling",
    "ScalingTargetId": {"Ref": "Target"},
    "StepScalingPolicyConfiguration": {
        "AdjustmentType": "PercentChangeInCapacity",
        "MinAdjustmentMagnitude": 1,
        "Cooldown": 3600,
        "StepAdjustments": [{"MetricIntervalLowerBound": 0, "ScalingAdjustment": 25}],
    },
}
ALARM = {
    "AlarmName": "Slow",
    "AlarmActions": [{"Ref": "Steps"}],
    "Namespace": "Autoscaling",
    "MetricName": "seconds",
    "Statistic": "Average",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}


class Scaled:
    """A service that is scaled; its tasks run as soon as they are wanted."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self._cloud = cloud
        self._stacks: list[Stack] = []
        self.ecs = cloud.client("ecs")
        self.cloudwatch = cloud.client("cloudwatch")
        self.activities = cloud.client("application-autoscaling")
        self.deployed = Deployed(cloud, [PLACE])
        self.deployed.clock = CLOCK
        self._alarms, self._autoscaling = Alarms(), Autoscaling()
        self.ecs.create_cluster(clusterName=CLUSTER)
        containers = [{"name": "it", "image": "it", "essential": True}]
        self.ecs.register_task_definition(family="it", containerDefinitions=containers)
        self.ecs.create_service(cluster=CLUSTER, serviceName=SERVICE, taskDefinition="it", desiredCount=2)

    @property
    def desired(self) -> int:
        (service,) = self.ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"]
        return int(service["desiredCount"])

    def deploy(self, resources: dict[str, Any]) -> None:
        """Make a stack of resources."""
        self._stacks.append(create(self._cloud, resources))

    def remove(self) -> None:
        """Remove all that was made."""
        for stack in self._stacks:
            stack.delete()
        self._cloud.control("run-tasks", False)
        self._cloud.control("rest-alarms", 0)
        self.ecs.delete_service(cluster=CLUSTER, service=SERVICE, force=True)
        self.ecs.delete_cluster(cluster=CLUSTER)

    def until(self, condition: Callable[[], Any], **values: float) -> None:
        """Go on and publish values until a condition holds."""

        def step() -> Any:
            data = [{"MetricName": name, "Value": value, "Timestamp": time.time()} for name, value in values.items()]
            if data:
                self.cloudwatch.put_metric_data(Namespace="Autoscaling", MetricData=data)
            self._alarms.reconcile(self.deployed)
            self._autoscaling.reconcile(self.deployed)
            return condition()

        wait_for(step)

    def listed(self) -> list[dict[str, Any]]:
        request = {"ServiceNamespace": "ecs", "ResourceId": RESOURCE}
        return list(self.activities.describe_scaling_activities(**request)["ScalingActivities"])


@pytest.fixture
def scaled(cloud: EmbeddedCloud) -> Iterator[Scaled]:
    made = Scaled(cloud)
    yield made
    made.remove()


def test_target_tracking_adds_and_removes(scaled: Scaled) -> None:
    scaled.deploy(
        {
            "Target": ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET),
            "Waiting": ("AWS::ApplicationAutoScaling::ScalingPolicy", TRACKING),
        },
    )
    # At most 400 are published in a second, and a minute at this rate has 60 times as many.
    scaled.until(lambda: scaled.desired == 6, waiting=20)
    assert {each["StatusCode"] for each in scaled.listed()} <= {"InProgress", "Successful", "Overridden"}
    scaled.until(lambda: scaled.desired == 2)
    (last, *_) = scaled.listed()
    assert last["Description"] == "Setting desired count to 2."
    assert last["Cause"] == "Waiting is at most 0, below its target 600"
    scaled.until(lambda: {each["StatusCode"] for each in scaled.listed()} <= {"Successful", "Overridden"})


def test_nothing_is_removed_in_a_deployment(scaled: Scaled, cloud: EmbeddedCloud) -> None:
    scaled.deploy(
        {
            "Target": ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET),
            "Waiting": ("AWS::ApplicationAutoScaling::ScalingPolicy", TRACKING),
        },
    )
    cloud.control("run-tasks", True)
    scaled.ecs.update_service(cluster=CLUSTER, service=SERVICE, desiredCount=4, forceNewDeployment=True)
    longer = time.monotonic() + 20
    scaled.until(lambda: time.monotonic() > longer, waiting=0)
    assert scaled.desired == 4
    for task in scaled.ecs.list_tasks(cluster=CLUSTER)["taskArns"]:
        state = {"account": PLACE.account, "region": PLACE.region, "task": task, "containers": {}}
        cloud.control("task", {**state, "status": "RUNNING", "steady": True})
    scaled.until(lambda: scaled.desired == 2, waiting=0)


def test_steps_add_while_an_alarm_is_on_and_once_in_a_cool_down(scaled: Scaled) -> None:
    scaled.deploy(
        {
            "Target": ("AWS::ApplicationAutoScaling::ScalableTarget", TARGET),
            "Steps": ("AWS::ApplicationAutoScaling::ScalingPolicy", STEPS),
            "Alarm": ("AWS::CloudWatch::Alarm", ALARM),
        },
    )
    scaled.until(lambda: scaled.desired == 3, seconds=2)
    enough = time.monotonic() + 4
    scaled.until(lambda: time.monotonic() > enough, seconds=2)
    assert scaled.desired == 3
    assert scaled.listed()[0]["Cause"] == "Slow: the alarm Slow is on"
