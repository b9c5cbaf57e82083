"""Scaling policies of Application Auto Scaling, and the capacity that all of a target together ask for.

Sources: "How target tracking scaling works" and "How step scaling works", Application Auto Scaling user guide; "Service
auto scaling" and "Target tracking scaling policies", Amazon ECS developer guide. The numbers of data points are those
of the alarms that target tracking makes (aws/containers-roadmap#1208).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from local.body.metric_math import Series
from local.body.metric_queries import Number

OUT_PERIODS = 3
IN_PERIODS = 15
_IN_SHARE = 0.9
# TargetTrackingScalingPolicyConfiguration and StepScalingPolicyConfiguration, API reference, of ECS services.
_DEFAULT_COOLDOWN = 300
_PREDEFINED = {
    "ECSServiceAverageCPUUtilization": "CPUUtilization",
    "ECSServiceAverageMemoryUtilization": "MemoryUtilization",
}


class UnknownPolicyError(Exception):
    """A policy that is not acted on here, and why."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """Capacity that a policy asks for.

    Attributes:
        capacity: number of tasks.
        cooldown: seconds that begin when it is reached.
        cause: why, as the scaling activity says it.
    """

    capacity: int
    cooldown: float
    cause: str


class TargetTracking:
    """A target tracking policy: it holds a number at its target.

    It asks for more after three data points in a row above the target, in proportion, and for less after fifteen below
    nine tenths of it: then for as much as the largest of these needs. Fewer data points say nothing.

    Attributes:
        name: of the policy.
        number: that is held.
        scales_in: whether it ever asks for less.

    Args:
        described: the policy, as the API has it.

    Raises:
        UnknownPolicyError: it is no target tracking policy, or its metric is none that is measured here.
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        configuration = described.get("TargetTrackingScalingPolicyConfiguration")
        if configuration is None:
            raise UnknownPolicyError(f"{described['PolicyType']} is not known here")
        self.name = described["PolicyName"]
        self.number = Number(_metrics(configuration, described["ResourceId"]))
        self.scales_in = not configuration.get("DisableScaleIn", False)
        self._target = float(configuration["TargetValue"])
        self._out_cooldown = float(configuration.get("ScaleOutCooldown", _DEFAULT_COOLDOWN))
        self._in_cooldown = float(configuration.get("ScaleInCooldown", _DEFAULT_COOLDOWN))

    def more(self, capacity: int, series: Series, times: Sequence[int]) -> Wish | None:
        """Return the larger capacity that it asks for; None where the number is not above its target.

        Args:
            capacity: that the number was measured with.
            series: the number.
            times: begins of the periods that are looked at for :data:`OUT_PERIODS`, the oldest first.
        """
        found = _latest(series, times, OUT_PERIODS)
        if len(found) < OUT_PERIODS or min(found) <= self._target:
            return None
        cause = f"{self.name} is {found[0]:g}, above its target {self._target:g}"
        return Wish(capacity=self._needed(capacity, found[0]), cooldown=self._out_cooldown, cause=cause)

    def less(self, capacity: int, series: Series, times: Sequence[int]) -> Wish | None:
        """Return the capacity that is enough; None while the number is near its target, above it, or not known.

        Args:
            capacity: that the number was measured with.
            series: the number.
            times: begins of the periods that are looked at for :data:`IN_PERIODS`, the oldest first.
        """
        found = _latest(series, times, IN_PERIODS)
        if not self.scales_in or len(found) < IN_PERIODS or max(found) >= self._target * _IN_SHARE:
            return None
        cause = f"{self.name} is at most {max(found):g}, below its target {self._target:g}"
        return Wish(capacity=self._needed(capacity, max(found)), cooldown=self._in_cooldown, cause=cause)

    def _needed(self, capacity: int, value: float) -> int:
        # Rounded up, so that it never adds too little and never removes too much.
        return math.ceil(round(capacity * value / self._target, 6))


class StepScaling:
    """A step scaling policy: it changes the capacity while an alarm is on, each minute, by how far its number is off.

    Attributes:
        arn: by which an alarm names it as its action.
        name: of the policy.

    Args:
        described: the policy, as the API has it.
    """

    def __init__(self, described: Mapping[str, Any]) -> None:
        configuration = described["StepScalingPolicyConfiguration"]
        self.arn = described["PolicyARN"]
        self.name = described["PolicyName"]
        self._kind = configuration["AdjustmentType"]
        self._steps = configuration["StepAdjustments"]
        self._least = int(configuration.get("MinAdjustmentMagnitude", 0))
        self._cooldown = float(configuration.get("Cooldown", _DEFAULT_COOLDOWN))

    def ask(self, capacity: "Capacity", breach: float, alarm: str, wishes: "Wishes") -> None:
        """Add what it asks for, which is nothing where no step is for the breach.

        Args:
            capacity: of the target.
            breach: how far the alarm's number is above its threshold.
            alarm: its name.
            wishes: of the target's policies.
        """
        adjustment = next((int(each["ScalingAdjustment"]) for each in self._steps if _holds(each, breach)), None)
        if adjustment is None:
            return
        adds = self._changed(capacity.settled, adjustment) > capacity.settled
        changed = self._changed(capacity.settled if adds else capacity.desired, adjustment)
        cause = f"{self.name}: the alarm {alarm} is on"
        (wishes.more if adds else wishes.fewer).append(Wish(capacity=changed, cooldown=self._cooldown, cause=cause))

    def _changed(self, capacity: int, adjustment: int) -> int:
        if self._kind == "ExactCapacity":
            return adjustment
        if self._kind == "ChangeInCapacity":
            return capacity + adjustment
        # "Scaling adjustment types": towards zero, and at least one.
        exact = capacity * abs(adjustment) / 100
        change = max(math.floor(exact), 1 if exact else 0, self._least)
        return capacity + (change if adjustment > 0 else -change)


@dataclass(kw_only=True)
class Capacity:
    """Capacity of a scalable target, and the cool-down of what changed it last.

    Attributes:
        least: that policies go down to.
        most: that they go up to.
        desired: what it is now.
        added: how much of it was added by an activity whose cool-down is not over.
        may_scale_in: False in the cool-down of a scale-in, before an activity has completed, and in a deployment.
    """

    least: int
    most: int
    desired: int
    added: int = 0
    may_scale_in: bool = True

    @property
    def settled(self) -> int:
        """Number before that activity: what is needed is computed of it, so nothing is added twice."""
        return self.desired - self.added

    def decide(self, wishes: "Wishes") -> Wish | None:
        """Return what the capacity becomes and why; None where it stays.

        The largest capacity of any policy is taken, whether it adds or removes. Target tracking removes where all its
        policies that scale in ask for less; a step that removes does not wait for them.
        """
        if wishes.more:
            best = self._largest(wishes.more)
            return best if best.capacity > self.desired else None
        smaller = list(wishes.fewer)
        if wishes.less and None not in wishes.less:
            smaller += [each for each in wishes.less if each]
        if not smaller or not self.may_scale_in:
            return None
        best = self._largest(smaller)
        return best if best.capacity < self.desired else None

    def _largest(self, wishes: Sequence[Wish]) -> Wish:
        """Return the wish for the largest capacity, within the target's bounds."""
        best = max(wishes, key=lambda wish: wish.capacity)
        return replace(best, capacity=min(max(best.capacity, self.least), self.most))


@dataclass
class Wishes:
    """Wishes of the policies of a target.

    Attributes:
        more: that something is added, or stays that was added.
        less: of each target tracking policy that scales in; None of one that does not ask for less now.
        fewer: of steps that remove.
    """

    more: list[Wish] = field(default_factory=list)
    less: list[Wish | None] = field(default_factory=list)
    fewer: list[Wish] = field(default_factory=list)


def _latest(series: Series, times: Sequence[int], count: int) -> Sequence[float]:
    """Return the latest values that are there, the newest first."""
    return [series[each] for each in reversed(times) if each in series][:count]


def _holds(step: Mapping[str, Any], breach: float) -> bool:
    """Return whether a breach is in the interval of a step ("StepAdjustment", API reference).

    Above the threshold the lower bound is in the interval, below it the upper bound.
    """
    lower = float(step.get("MetricIntervalLowerBound", -math.inf))
    upper = float(step.get("MetricIntervalUpperBound", math.inf))
    return lower <= breach < upper if lower >= 0 else lower < breach <= upper


def _metrics(configuration: Mapping[str, Any], resource: str) -> Sequence[Mapping[str, Any]]:
    """Return the metrics of a policy as an alarm on metric math has them."""
    if "PredefinedMetricSpecification" in configuration:
        kind = configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]
        if kind not in _PREDEFINED:
            raise UnknownPolicyError(f"{kind} is not measured")
        _, cluster, service = resource.split("/")
        dimensions = [{"Name": "ClusterName", "Value": cluster}, {"Name": "ServiceName", "Value": service}]
        metric = {"Namespace": "AWS/ECS", "MetricName": _PREDEFINED[kind], "Dimensions": dimensions}
        return [{"Id": "number", "MetricStat": {"Metric": metric, "Stat": "Average"}}]
    given: Mapping[str, Any] = configuration["CustomizedMetricSpecification"]
    if "Metrics" in given:
        return list(given["Metrics"])
    return [{"Id": "number", "MetricStat": {"Metric": given, "Stat": given["Statistic"]}}]
