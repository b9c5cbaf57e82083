"""Fake Application Auto Scaling: describes the targets and policies of the stacks, and the activities of the body.

Targets are those of stacks, and only their bounds can be registered anew.

It scales nothing itself: the body does, and reports what it has done. A restart forgets the activities.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import botocore.session
from ministack.core.responses import AccountRegionScopedDict, request_scope

from local.emulator.fake_services.json_service import FakeService, Operation, ServiceError
from local.emulator.ministack_internals import STACKS, resources_of
from local.emulator.request_shapes import to_request
from local.emulator.schemas import Properties

_SERVICE = "application-autoscaling"
_TYPES = "AWS::ApplicationAutoScaling::"
_ADDRESS = ("ServiceNamespace", "ResourceId", "ScalableDimension")
_BOUNDS = ("MinCapacity", "MaxCapacity")
_activities: Any = AccountRegionScopedDict()
TYPES = frozenset(f"{_TYPES}{name}" for name in ("ScalableTarget", "ScalingPolicy"))


def _describe(type_name: str, operation: str, member: str, filters: Mapping[str, str]) -> Operation:
    """Make the operation that describes the resources of a type, by their properties or the filters on these."""

    def describe(request: Properties) -> Properties:
        wanted = {name: value if isinstance(value, list) else [value] for name, value in request.items()}
        shape = _model().operation_model(operation).output_shape.members[member].member
        return {
            member: [
                to_request(properties, shape)
                for properties in map(_described, _resources_of(f"{_TYPES}{type_name}"))
                if all(properties.get(filters.get(name, name)) in values for name, values in wanted.items())
            ]
        }

    return describe


def _resources_of(type_name: str) -> Iterator[Mapping[str, Any]]:
    for stack in STACKS.value.values():
        for resource in resources_of(stack).values():
            if resource["ResourceType"] == type_name:
                yield resource


def _described(resource: Mapping[str, Any]) -> Properties:
    """A policy has an ARN, and may name its target by the id of it, ``resource|dimension|service``."""
    properties: Properties = {**resource["Properties"], "PolicyARN": resource["PhysicalResourceId"]}
    if "ScalingTargetId" not in properties:
        return properties
    resource_id, dimension, service = properties["ScalingTargetId"].split("|")
    return {"ResourceId": resource_id, "ScalableDimension": dimension, "ServiceNamespace": service, **properties}


def report(activity: Mapping[str, Any]) -> None:
    """Take a scaling activity, or a new state of one.

    Args:
        activity: ``Account``, ``Region`` and ``Activity``, as ``DescribeScalingActivities`` answers it.
    """
    with request_scope(activity["Account"], activity["Region"]):
        described = activity["Activity"]
        _activities[described["ActivityId"]] = {**_activities.get(described["ActivityId"], {}), **described}


def _describe_activities(request: Properties) -> Properties:
    wanted = {name: request[name] for name in _ADDRESS if name in request}
    found = [each for each in _activities.values() if wanted.items() <= each.items()]
    return {"ScalingActivities": sorted(found, key=lambda each: each["StartTime"], reverse=True)}


def _register(request: Properties) -> Properties:
    """Change the bounds of a target; what is left out stays (RegisterScalableTarget, API reference)."""
    address = {name: request[name] for name in _ADDRESS}
    for resource in _resources_of(f"{_TYPES}ScalableTarget"):
        if address.items() <= resource["Properties"].items():
            resource["Properties"].update({name: request[name] for name in _BOUNDS if name in request})
            return {"ScalableTargetARN": resource["PhysicalResourceId"]}
    raise ServiceError("ValidationException", f"No stack has a scalable target {request['ResourceId']}.")


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
        "DescribeScalingActivities": _describe_activities,
        "RegisterScalableTarget": _register,
    },
)
