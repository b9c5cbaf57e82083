"""The scaling policies as they stand in a template, and what they do."""

import ast
import json
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

# What is measured in a minute, by name: ``cpu``, ``memory``, ``RequestCount Sum``, ``TargetResponseTime Average``.
Measured = Mapping[str, float]


@dataclass(frozen=True)
class Policy:
    """One target tracking policy.

    Attributes:
        target: where it holds its number.
        out_cooldown: minutes between two additions.
        in_cooldown: minutes between two removals.
        number: computes its number from what is measured.
    """

    target: float
    out_cooldown: float
    in_cooldown: float
    number: Callable[[Measured], float]

    def wanted(self, instances: int, past: Sequence[Measured]) -> int | None:
        """Return how many instances it asks for, or nothing when it is content."""
        numbers = [self.number(measured) for measured in past[-_IN_MINUTES:]]
        if len(numbers) >= _OUT_MINUTES and min(numbers[-_OUT_MINUTES:]) > self.target:
            return self._needed(instances, numbers[-1])
        if len(numbers) == _IN_MINUTES and max(numbers) < self.target * _IN_SHARE:
            # Nothing is removed that the busiest of these minutes would have needed.
            return self._needed(instances, max(numbers))
        return None

    def _needed(self, instances: int, number: float) -> int:
        return math.ceil(round(instances * number / self.target, 6))


@dataclass(frozen=True)
class Scaling:
    """The policies of a service, and its bounds."""

    least: int
    most: int
    policies: Sequence[Policy]

    def wanted(self, instances: int, past: Sequence[Measured], *, starting: int = 0) -> int:
        """Return the largest count that any policy asks for; fewer than there are only if all ask for fewer.

        Instances that were added within the cooldown count as what is being added, not as what was too little.
        """
        wishes = [policy.wanted(instances - starting, past) for policy in self.policies]
        larger = [wish for wish in wishes if wish is not None and wish > instances]
        if larger:
            return min(max(larger), self.most)
        if all(wish is not None and wish < instances for wish in wishes):
            return max(*(wish for wish in wishes if wish is not None), self.least)
        return instances

    @property
    def out_cooldown(self) -> float:
        """Minutes between two additions."""
        return max(policy.out_cooldown for policy in self.policies)

    @property
    def in_cooldown(self) -> float:
        """Minutes between two removals."""
        return max(policy.in_cooldown for policy in self.policies)


def read(template: Path) -> Scaling:
    """Return the scaling of the one service in a template that was synthesized."""
    return parse(json.loads(template.read_text(encoding="utf-8")))


def parse(template: Mapping[str, Any]) -> Scaling:
    """Return the scaling of the one service in a template."""
    resources = template["Resources"].values()
    (target,) = (item for item in resources if item["Type"] == "AWS::ApplicationAutoScaling::ScalableTarget")
    least = target["Properties"]["MinCapacity"]
    policies = [
        _policy(item["Properties"]["TargetTrackingScalingPolicyConfiguration"])
        for item in resources
        if item["Type"] == "AWS::ApplicationAutoScaling::ScalingPolicy"
    ]
    # Without a release there is no instance; the simulated service has one.
    return Scaling(
        least=least["Fn::If"][1] if isinstance(least, dict) else least,
        most=target["Properties"]["MaxCapacity"],
        policies=policies,
    )


def _policy(configuration: Mapping[str, Any]) -> Policy:
    return Policy(
        target=configuration["TargetValue"],
        out_cooldown=configuration["ScaleOutCooldown"] / 60,
        in_cooldown=configuration["ScaleInCooldown"] / 60,
        number=_number(configuration),
    )


def _number(configuration: Mapping[str, Any]) -> Callable[[Measured], float]:
    if "PredefinedMetricSpecification" in configuration:
        name = _PREDEFINED[configuration["PredefinedMetricSpecification"]["PredefinedMetricType"]]
        return lambda measured: measured[name]
    queries = configuration["CustomizedMetricSpecification"]["Metrics"]
    (expression,) = (query["Expression"] for query in queries if query["ReturnData"])
    names = {
        query["Id"]: f"{query['MetricStat']['Metric']['MetricName']} {query['MetricStat']['Stat']}"
        for query in queries
        if not query["ReturnData"]
    }
    # The simulated day has no minute without a value.
    tree = ast.parse(re.sub(r"FILL\((\w+), 0\)", r"\1", expression), mode="eval").body
    return lambda measured: _value(tree, {key: measured[name] for key, name in names.items()})


def _value(tree: ast.expr, values: Mapping[str, float]) -> float:
    match tree:
        case ast.BinOp(left=left, op=sign, right=right):
            return _OPERATORS[type(sign)](_value(left, values), _value(right, values))
        case ast.Name(id=name):
            return values[name]
        case ast.Constant(value=int() | float() as number):
            return number
    raise ValueError(f"not simulated: {ast.unparse(tree)}")
