"""Cloud Monitoring: records of who changed what, and a dashboard without its zeros."""

from collections.abc import Mapping
from typing import Any

from local.gcp.rest.resources import Resource, computes, rewrites


@rewrites("monitoring.dashboards")
def without_zeros(dashboard: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is zero, false or empty, as the API does (terraform-provider-google issue 7242)."""
    return {key: _without_zeros(value) for key, value in dashboard.items()}


def _without_zeros(value: Any) -> Any:
    if isinstance(value, Mapping):
        below = {key: _without_zeros(each) for key, each in value.items()}
        return {key: each for key, each in below.items() if each not in (0, False, "", [])}
    return [_without_zeros(each) for each in value] if isinstance(value, list) else value


@computes("monitoring.alertPolicies")
def policy(resource: Resource) -> Mapping[str, Any]:
    """Conditions have names of their own."""
    return _records(resource) | {
        "conditions": [
            {
                **condition,
                "name": condition.get("name") or f"{resource.place.path}/conditions/{resource.place.digits}{at}",
            }
            for at, condition in enumerate(resource.body.get("conditions", ()))
        ]
    }


@computes("monitoring.notificationChannels")
def channel(resource: Resource) -> Mapping[str, Any]:
    """A channel is verified unless its type asks for it."""
    return {"creationRecord": _record(resource)}


def _records(resource: Resource) -> dict[str, Any]:
    record = _record(resource)
    return {"creationRecord": resource.outputs.get("creationRecord", record), "mutationRecord": record}


def _record(resource: Resource) -> dict[str, Any]:
    return {"mutateTime": resource.place.cloud.now()}
