"""Target tracking policies as a template has them, and the desired counts that they compute."""

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assembly import Stack
from assembly.values import Json

# "How target tracking scaling works", Application Auto Scaling user guide: out after three minutes above the target, in
# after fifteen minutes below nine tenths of it.
_OUT_MINUTES = 3
_IN_MINUTES = 15
_IN_SHARE = 0.9
_PREDEFINED = {"ECSServiceAverageCPUUtilization": "cpu", "ECSServiceAverageMemoryUtilization": "memory"}
_OPERATORS: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

# The metrics of a minute, by name: ``cpu``, ``memory``, ``RequestCount Sum``, ``TargetResponseTime Average``.
Metrics = Mapping[str, float]


@dataclass(frozen=True)
class Policy:
    """One target tracking policy.

    Attributes:
        target: the value that it holds its metric at.
        out_cooldown: minutes between two additions.
        in_cooldown: minutes between two removals.
        metric: computes its metric from those of a minute.
    """

    target: float
    out_cooldown: float
    in_cooldown: float
    metric: Callable[[Metrics], float]

    def desired_count(self, instances: int, past: Sequence[Metrics]) -> int | None:
        """Return the desired number of instances; None while the metric is near its target.

        Args:
            instances: how many there are.
            past: the metrics of the minutes so far, the last one last.
        """
        values = [self.metric(metrics) for metrics in past[-_IN_MINUTES:]]
        if len(values) >= _OUT_MINUTES and min(values[-_OUT_MINUTES:]) > self.target:
            return self._needed(instances, values[-1])
        if len(values) == _IN_MINUTES and max(values) < self.target * _IN_SHARE:
            # Nothing is removed that the busiest of these minutes would have needed.
            return self._needed(instances, max(values))
        return None

    def _needed(self, instances: int, value: float) -> int:
        return math.ceil(round(instances * value / self.target, 6))


@dataclass(frozen=True)
class Scaling:
    """The scaling of a service.

    Attributes:
        min_capacity: instances that it never goes below.
        max_capacity: instances that it never goes above.
        policies: all of them.
    """

    min_capacity: int
    max_capacity: int
    policies: Sequence[Policy]

    def desired_count(self, instances: int, past: Sequence[Metrics], *, starting: int = 0) -> int:
        """Return the largest count that any policy asks for; fewer than there are only if all ask for fewer.

        Args:
            instances: how many there are.
            past: the metrics of the minutes so far, the last one last.
            starting: how many of the instances were added within the cooldown. They count as what is being added, not
                as what was too little.
        """
        counts = [policy.desired_count(instances - starting, past) for policy in self.policies]
        larger = [count for count in counts if count is not None and count > instances]
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
    policies = [
        _policy(policy["TargetTrackingScalingPolicyConfiguration"])
        for policy in stack.of("AWS::ApplicationAutoScaling::ScalingPolicy")
    ]
    # Without a release there is no instance; the simulated service has one.
    return Scaling(
        min_capacity=min_capacity["Fn::If"][1] if isinstance(min_capacity, dict) else min_capacity,
        max_capacity=target["MaxCapacity"],
        policies=policies,
    )


def _policy(configuration: Json) -> Policy:
    return Policy(
        target=configuration["TargetValue"],
        out_cooldown=configuration["ScaleOutCooldown"] / 60,
        in_cooldown=configuration["ScaleInCooldown"] / 60,
        metric=_metric(configuration),
    )


def _metric(configuration: Json) -> Callable[[Metrics], float]:
    if "PredefinedMetricSpecification" in configuration:
        name = _PREDEFINED[configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]]
        return lambda metrics: metrics[name]
    queries = configuration["CustomizedMetricSpecification"]["Metrics"]
    (expression,) = (query["Expression"] for query in queries if query["ReturnData"])
    names = {
        query["Id"]: f"{query['MetricStat']['Metric']['MetricName']} {query['MetricStat']['Stat']}"
        for query in queries
        if not query["ReturnData"]
    }
    # The simulated day has no minute without a value.
    tree = ast.parse(re.sub(r"FILL\((\w+), 0\)", r"\1", expression), mode="eval").body
    return lambda metrics: _value(tree, {key: metrics[name] for key, name in names.items()})


def _value(tree: ast.expr, values: Mapping[str, float]) -> float:
    match tree:
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATORS[type(sign)](_value(left, values), _value(right, values))
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=int() | float() as constant):
            return constant
    raise ValueError(f"not simulated: {ast.unparse(tree)}")
