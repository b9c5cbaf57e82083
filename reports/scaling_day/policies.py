"""Scaling policies and health checks as a template has them, and the desired counts that they compute."""

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assembly import Stack
from assembly.values import Json
from reports import metric_math

# "How target tracking scaling works", Application Auto Scaling user guide: out after three minutes above the target, in
# after fifteen minutes below nine tenths of it.
_OUT_MINUTES = 3
_IN_MINUTES = 15
_IN_SHARE = 0.9
_PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization Average",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization Average",
}

# The metrics of a minute, by name and statistic: ``RequestCount Sum``, ``TargetResponseTime Average``.
Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Number:
    """Number of a policy or an alarm.

    Attributes:
        tree: metric math.
        names: metrics by their ids in it.
    """

    tree: ast.expr
    names: Mapping[str, str]

    def of(self, metrics: Metrics) -> float:
        """Return its value in a minute; 0 without one, which neither adds nor breaches."""
        found = {key: metrics[name] for key, name in self.names.items() if name in metrics}
        return metric_math.value(self.tree, found) or 0


@dataclass(frozen=True)
class Policy:
    """One target tracking policy.

    Attributes:
        target: the value that it holds its metric at.
        out_cooldown: minutes between two additions.
        in_cooldown: minutes between two removals.
        metric: its metric.
    """

    target: float
    out_cooldown: float
    in_cooldown: float
    metric: Number

    def desired_count(self, instances: int, past: Sequence[Metrics]) -> int | None:
        """Return the desired number of instances; None while the metric is near its target.

        Args:
            instances: how many there are.
            past: the metrics of the minutes so far, the last one last.
        """
        values = [self.metric.of(metrics) for metrics in past[-_IN_MINUTES:]]
        if len(values) >= _OUT_MINUTES and min(values[-_OUT_MINUTES:]) > self.target:
            return self._needed(instances, values[-1])
        if len(values) == _IN_MINUTES and max(values) < self.target * _IN_SHARE:
            # Nothing is removed that the busiest of these minutes would have needed.
            return self._needed(instances, max(values))
        return None

    def _needed(self, instances: int, value: float) -> int:
        return math.ceil(round(instances * value / self.target, 6))


@dataclass(frozen=True)
class Step:
    """One step scaling policy and the alarm that starts it. It only adds.

    Attributes:
        threshold: of the alarm.
        minutes: how many in a row must exceed it.
        percent: share of the instances that it adds.
        least: how many it adds at least.
        metric: number that the alarm watches.
    """

    threshold: float
    minutes: int
    percent: int
    least: int
    metric: Number

    def desired_count(self, instances: int, past: Sequence[Metrics]) -> int | None:
        """Return the desired number of instances; None while the alarm is off."""
        values = [self.metric.of(metrics) for metrics in past[-self.minutes :]]
        if len(values) < self.minutes or min(values) <= self.threshold:
            return None
        return instances + max(self.least, instances * self.percent // 100)


@dataclass(frozen=True)
class Health:
    """Patience of the health checks: ECS replaces a task that fails one of them so many times in a row.

    Attributes:
        timeout: seconds that a task may take to answer.
        minutes: for how long it must fail.
    """

    timeout: float
    minutes: float


@dataclass(frozen=True)
class Scaling:
    """The scaling of a service.

    Attributes:
        min_capacity: instances that it never goes below.
        max_capacity: instances that it never goes above.
        policies: target tracking.
        steps: step scaling.
        health: the most impatient health check.
    """

    min_capacity: int
    max_capacity: int
    policies: Sequence[Policy]
    steps: Sequence[Step]
    health: Health

    def desired_count(self, instances: int, past: Sequence[Metrics], *, starting: int = 0) -> int:
        """Return the largest count that any policy asks for; fewer than there are only if target tracking agrees on it.

        Args:
            instances: how many there are.
            past: the metrics of the minutes so far, the last one last.
            starting: how many of the instances were added within the cooldown. They count as what is being added, not
                as what was too little.
        """
        counts = [policy.desired_count(instances - starting, past) for policy in self.policies]
        steps = [step.desired_count(instances - starting, past) for step in self.steps]
        larger = [count for count in (*counts, *steps) if count is not None and count > instances]
        if larger:
            return min(max(larger), self.max_capacity)
        if all(count is not None and count < instances for count in counts):
            return max(*(count for count in counts if count is not None), self.min_capacity)
        return instances

    @property
    def out_cooldown(self) -> float:
        """Minutes between two additions."""
        return max(policy.out_cooldown for policy in self.policies)

    @property
    def in_cooldown(self) -> float:
        """Minutes between two removals."""
        return max(policy.in_cooldown for policy in self.policies)


def parse(stack: Stack) -> Scaling:
    """Return the scaling of the one service in a stack."""
    (target,) = stack.of("AWS::ApplicationAutoScaling::ScalableTarget")
    min_capacity = target["MinCapacity"]
    policies = list(stack.of("AWS::ApplicationAutoScaling::ScalingPolicy"))
    by_id = {name: resource.properties for name, resource in stack.resources.items()}
    alarms = list(stack.of("AWS::CloudWatch::Alarm"))
    # Without a release there is no instance; the simulated service has one.
    return Scaling(
        min_capacity=min_capacity["Fn::If"][1] if isinstance(min_capacity, dict) else min_capacity,
        max_capacity=target["MaxCapacity"],
        policies=[
            _policy(policy["TargetTrackingScalingPolicyConfiguration"])
            for policy in policies
            if policy["PolicyType"] == "TargetTrackingScaling"
        ],
        steps=[
            _step(alarm, by_id[action["Ref"]]["StepScalingPolicyConfiguration"])
            for alarm in alarms
            for action in alarm.get("AlarmActions", [])
            if "StepScalingPolicyConfiguration" in by_id.get(action.get("Ref", ""), {})
        ],
        health=min(_health(stack), key=lambda health: (health.timeout, health.minutes)),
    )


def _policy(configuration: Json) -> Policy:
    return Policy(
        target=configuration["TargetValue"],
        out_cooldown=configuration["ScaleOutCooldown"] / 60,
        in_cooldown=configuration["ScaleInCooldown"] / 60,
        metric=_metric(configuration),
    )


def _step(alarm: Json, configuration: Json) -> Step:
    (adjustment,) = configuration["StepAdjustments"]
    return Step(
        threshold=alarm["Threshold"],
        minutes=alarm["EvaluationPeriods"],
        percent=adjustment["ScalingAdjustment"],
        least=configuration["MinAdjustmentMagnitude"],
        metric=number(alarm["Metrics"]),
    )


def _health(stack: Stack) -> list[Health]:
    found = [
        Health(
            group["HealthCheckTimeoutSeconds"],
            group["HealthCheckIntervalSeconds"] * group["UnhealthyThresholdCount"] / 60,
        )
        for group in stack.of("AWS::ElasticLoadBalancingV2::TargetGroup")
    ]
    for task in stack.of("AWS::ECS::TaskDefinition"):
        checks = (container["HealthCheck"] for container in task["ContainerDefinitions"] if "HealthCheck" in container)
        found += [Health(check["Timeout"], check["Interval"] * check["Retries"] / 60) for check in checks]
    return found


def _metric(configuration: Json) -> Number:
    if "PredefinedMetricSpecification" in configuration:
        name = _PREDEFINED[configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]]
        return Number(metric_math.parse("number"), {"number": name})
    return number(configuration["CustomizedMetricSpecification"]["Metrics"])


def number(queries: Sequence[Json]) -> Number:
    """Return the number that the queries of an alarm or of a policy compute."""
    (expression,) = (query["Expression"] for query in queries if query.get("ReturnData", True))
    names = {
        query["Id"]: f"{query['MetricStat']['Metric']['MetricName']} {query['MetricStat']['Stat']}"
        for query in queries
        if "MetricStat" in query
    }
    return Number(metric_math.parse(expression), names)
