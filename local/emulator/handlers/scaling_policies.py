"""Scaling policies of Application Auto Scaling, which alarms name by their ARN."""

from typing import Any

from ministack.core.responses import get_account_id, get_region
from typing_extensions import override

from local.emulator.handlers.base import Resource
from local.emulator.handlers.stubs import Stub
from local.emulator.schemas import Properties

TYPE = "AWS::ApplicationAutoScaling::ScalingPolicy"


class ScalingPolicy(Stub):
    """A policy whose ``Ref`` is its ARN ("AWS::ApplicationAutoScaling::ScalingPolicy", CloudFormation user guide)."""

    def __init__(self) -> None:
        super().__init__(TYPE)

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        _, made = super().create(logical_id, properties, stack)
        return made["Arn"], made

    @override
    def _make(self, attribute: str, name: str) -> Any:
        return f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{name}"
