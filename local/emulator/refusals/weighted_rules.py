"""All target groups and weights of a listener's or rule's forward action, which MiniStack reduces to the first one.

CloudFormation sends every action of a rule that it updates: the weights that ECS moved in a blue/green deployment go
back to the template's (aws/aws-cdk#36649).
"""

from collections.abc import Callable
from html import escape
from typing import Any

from typing_extensions import override

from local.emulator.ministack_internals import ACTION_XML, PARSE_ACTIONS, TEMPLATE_ACTIONS
from local.emulator.refusals.rule import Refusal
from local.emulator.schemas import Properties

_Actions = list[dict[str, Any]]


class WeightedRules(Refusal):
    """Rule: an update of a rule sets all its weights again."""

    text = "An update of a listener rule sets the weights of all its target groups again, whoever moved them."
    source = "ModifyRule, Elastic Load Balancing API reference; aws/aws-cdk#36649"

    @override
    def install(self) -> None:
        TEMPLATE_ACTIONS.wrap(_of_template)
        PARSE_ACTIONS.wrap(_of_request)
        ACTION_XML.wrap(_answered)


def _of_template(original: Callable[..., _Actions]) -> Callable[..., _Actions]:
    def actions(properties: Properties, balancer: str | None, prop: str = "DefaultActions") -> _Actions:
        made = original(properties, balancer, prop)
        given = [action for action in properties.get(prop) or [] if isinstance(action, dict)]
        for action, wanted in zip(made, given, strict=True):
            groups = (wanted.get("ForwardConfig") or {}).get("TargetGroups", [])
            _keep(action, [(group["TargetGroupArn"], group.get("Weight", 1)) for group in groups])
        return made

    return actions


def _of_request(original: Callable[..., _Actions]) -> Callable[..., _Actions]:
    def actions(parameters: dict[str, Any], prefix: str = "DefaultActions") -> _Actions:
        made = original(parameters, prefix)
        for number, action in enumerate(made, start=1):
            _keep(action, list(_groups(parameters, f"{prefix}.member.{number}.ForwardConfig.TargetGroups.member")))
        return made

    return actions


def _groups(parameters: dict[str, Any], prefix: str) -> list[tuple[str, int]]:
    def value(name: str, default: str = "") -> str:
        found = parameters.get(name, default)
        return str(found[0] if isinstance(found, list) else found)

    groups: list[tuple[str, int]] = []
    while arn := value(f"{prefix}.{len(groups) + 1}.TargetGroupArn"):
        groups.append((arn, int(value(f"{prefix}.{len(groups) + 1}.Weight", "1"))))
    return groups


def _keep(action: dict[str, Any], groups: list[tuple[str, Any]]) -> None:
    """Add the groups to an action; the first one serves requests in MiniStack, unless it has no weight."""
    if not groups:
        return
    weights = {arn: int(weight) for arn, weight in groups}
    action["ForwardConfig"] = {
        "TargetGroups": [{"TargetGroupArn": arn, "Weight": weight} for arn, weight in weights.items()]
    }
    action["TargetGroupArn"] = max(weights, key=lambda arn: weights[arn])


def _answered(original: Callable[[dict[str, Any]], str]) -> Callable[[dict[str, Any]], str]:
    def xml(action: dict[str, Any]) -> str:
        groups = action.get("ForwardConfig", {}).get("TargetGroups", [])
        if not groups:
            return original(action)
        # The group of its own is answered where there is only one (Action, Elastic Load Balancing API reference).
        alone = action if len(groups) == 1 else {key: value for key, value in action.items() if key != "TargetGroupArn"}
        members = "".join(
            f"<member><TargetGroupArn>{escape(group['TargetGroupArn'])}</TargetGroupArn>"
            f"<Weight>{group['Weight']}</Weight></member>"
            for group in groups
        )
        forward = f"<ForwardConfig><TargetGroups>{members}</TargetGroups></ForwardConfig>"
        body, _, end = original(alone).rpartition("</member>")
        return f"{body}{forward}</member>{end}"

    return xml
