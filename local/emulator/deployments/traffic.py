"""Traffic of a service: weights of the target groups in its listener rules, which ECS moves in a blue/green deployment.

"Application Load Balancer resources for blue/green deployments", Amazon ECS developer guide.
"""

from collections.abc import Mapping
from typing import Any

from local.emulator.ministack_internals import LISTENER_RULES

# "Troubleshooting Amazon ECS blue/green deployments": how each of these messages begins.
INVALID = "Service deployment rolled back because of invalid networking configuration."
_ALL = 100


class NetworkingError(Exception):
    """Listener rules with which ECS begins no blue/green deployment."""


def groups(load_balancer: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of both target groups of a service's load balancer, or of its only one."""
    alternate = load_balancer.get("advancedConfiguration", {}).get("alternateTargetGroupArn")
    return [load_balancer["targetGroupArn"], *([alternate] if alternate else [])]


def rule(load_balancer: Mapping[str, Any], kind: str) -> str:
    """Return the ARN of the ``production`` or ``test`` listener rule; empty where there is none."""
    return str(load_balancer.get("advancedConfiguration", {}).get(f"{kind}ListenerRule") or "")


def serving(load_balancer: Mapping[str, Any]) -> str:
    """Return the ARN of the target group that gets production traffic.

    Raises:
        NetworkingError: it is not exactly one of the service's two, or the rule does not exist.
    """
    arn, known = rule(load_balancer, "production"), groups(load_balancer)
    if not LISTENER_RULES.value.get(arn):
        raise NetworkingError(f"{INVALID} One or more rules not found")
    found = [group for group, weight in weights(arn).items() if weight]
    if len(found) != 1:
        raise NetworkingError(
            f"{INVALID} productionListenerRule {arn} should have exactly one target group serving traffic but found "
            f"{len(found)} target groups which are serving traffic"
        )
    if found[0] not in known:
        raise NetworkingError(
            f"{INVALID} Production listener rule is forwarding traffic to unexpected target group {found[0]}. Expected "
            f"traffic to be forwarded to either targetGroupArn: {known[0]} or alternateTargetGroupArn: {known[1]}"
        )
    return found[0]


def other(load_balancer: Mapping[str, Any], group: str) -> str:
    """Return the target group of a service's load balancer that is not the given one."""
    return next(each for each in groups(load_balancer) if each != group)


def weights(arn: str) -> dict[str, int]:
    """Return the weights of a listener rule's target groups."""
    actions = (LISTENER_RULES.value.get(arn) or {}).get("Actions", [])
    forward: Mapping[str, Any] = next((each for each in actions if each["Type"] == "forward"), {})
    listed = forward.get("ForwardConfig", {}).get("TargetGroups") or []
    if not listed and forward.get("TargetGroupArn"):
        return {forward["TargetGroupArn"]: 1}
    return {each["TargetGroupArn"]: int(each.get("Weight", 1)) for each in listed}


def shift(load_balancer: Mapping[str, Any], kind: str, group: str) -> bool:
    """Send all traffic of a rule to a target group; return whether anything changed."""
    arn = rule(load_balancer, kind)
    if not arn or arn not in LISTENER_RULES.value:
        return False
    before = weights(arn)
    after = {each: _ALL if each == group else 0 for each in groups(load_balancer)}
    if before == after:
        return False
    actions = LISTENER_RULES.value[arn]["Actions"]
    forward = {
        "Type": "forward",
        "TargetGroupArn": group,
        "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": each, "Weight": after[each]} for each in after]},
    }
    LISTENER_RULES.value[arn]["Actions"] = [
        {**each, **forward} if each["Type"] == "forward" else each for each in actions
    ]
    return True
