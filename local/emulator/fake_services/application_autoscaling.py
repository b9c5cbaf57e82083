"""Fake Application Auto Scaling: describes the targets and policies of the stacks, and scales nothing."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session

from local.emulator.fake_services.json_service import FakeService, Operation
from local.emulator.ministack_internals import STACKS, resources_of
from local.emulator.request_shapes import to_request
from local.emulator.schemas import Properties

_SERVICE = "application-autoscaling"
_TYPES = "AWS::ApplicationAutoScaling::"
TYPES = frozenset(f"{_TYPES}{name}" for name in ("ScalableTarget", "ScalingPolicy"))


def _describe(type_name: str, operation: str, member: str, filters: Mapping[str, str]) -> Operation:
    """Make the operation that describes the resources of a type, by their properties or the filters on these."""

    def describe(request: Properties) -> Properties:
        wanted = {name: value if isinstance(value, list) else [value] for name, value in request.items()}
        shape = _model().operation_model(operation).output_shape.members[member].member
        return {
            member: [
                to_request(properties, shape)
                for properties in map(_addressed, _properties_of(f"{_TYPES}{type_name}"))
                if all(properties.get(filters.get(name, name)) in values for name, values in wanted.items())
            ]
        }

    return describe


def _properties_of(type_name: str) -> Iterator[Properties]:
    for stack in STACKS.value.values():
        for resource in resources_of(stack).values():
            if resource["ResourceType"] == type_name:
                yield resource["Properties"]


def _addressed(properties: Properties) -> Properties:
    """A policy may name its target by the id of it, ``resource|dimension|service``, which is what the API answers."""
    if "ScalingTargetId" not in properties:
        return properties
    resource, dimension, service = properties["ScalingTargetId"].split("|")
    return {"ResourceId": resource, "ScalableDimension": dimension, "ServiceNamespace": service, **properties}


@cache
def _model() -> Any:
    return botocore.session.get_session().get_service_model(_SERVICE)


APPLICATION_AUTOSCALING = FakeService(
    service=_SERVICE,
    target="AnyScaleFrontendService",
    operations={
        "DescribeScalableTargets": _describe(
            "ScalableTarget", "DescribeScalableTargets", "ScalableTargets", {"ResourceIds": "ResourceId"}
        ),
        "DescribeScalingPolicies": _describe(
            "ScalingPolicy", "DescribeScalingPolicies", "ScalingPolicies", {"PolicyNames": "PolicyName"}
        ),
    },
)
