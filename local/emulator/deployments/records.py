"""Records of service deployments and service revisions: what the API answers, and what MiniStack saves.

Members whose names begin with an underscore are the controller's. Times are seconds since 1970.
"""

import copy
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from local.emulator.ministack_internals import LOADED_MODULES, STATE_MODULES, STATE_TO_SAVE, TASK_DEFINITIONS

Record: TypeAlias = dict[str, Any]

PENDING = "PENDING"
IN_PROGRESS = "IN_PROGRESS"
SUCCESSFUL = "SUCCESSFUL"
STOPPED = "STOPPED"
STOP_REQUESTED = "STOP_REQUESTED"
ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
ROLLBACK_FAILED = "ROLLBACK_FAILED"
# "View service history using Amazon ECS service deployments": the states of a deployment that has ended.
ENDED = frozenset({SUCCESSFUL, STOPPED, ROLLBACK_SUCCESSFUL, ROLLBACK_FAILED})

_NAME = "ecs_deployments"
_OF_A_REVISION = (
    "serviceArn",
    "clusterArn",
    "taskDefinition",
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
)
LOCK = threading.RLock()
"""Held by whoever changes records or services, and while the state is saved."""
_deployments: Any = AccountRegionScopedDict()
_revisions: Any = AccountRegionScopedDict()


def install() -> None:
    """Save the records with the state. Called once, before the state is loaded."""
    STATE_MODULES.value[_NAME] = _NAME
    LOADED_MODULES.value[_NAME] = sys.modules[__name__]
    STATE_TO_SAVE.wrap(_undisturbed)


def get_state() -> Record:
    """Return the state that MiniStack saves; a name of MiniStack's contract for services."""
    return copy.deepcopy({"deployments": _deployments, "revisions": _revisions})


def load_persisted_state(state: Record) -> None:
    """Restore what was saved; a name of MiniStack's contract for services."""
    _deployments.update(state["deployments"])
    _revisions.update(state["revisions"])


def _undisturbed(original: Callable[[], Any]) -> Callable[[], Any]:
    def state() -> Any:
        with LOCK:
            return original()

    return state


def number(entry: Mapping[str, Any]) -> str:
    """Return the number that a member of ``deployments`` of DescribeServices shares with its service revision."""
    return str(entry["id"]).rpartition("/")[2]


def revision_arn(service: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    """Return the ARN of the service revision of a member of a service's ``deployments``."""
    return f"{_arn('service-revision', service)}/{number(entry)}"


def revision(arn: str) -> Record | None:
    """Return a service revision by its ARN."""
    found: Record | None = _revisions.get(arn)
    return found


def deployment(arn: str) -> Record | None:
    """Return a service deployment by its ARN."""
    found: Record | None = _deployments.get(arn)
    return found


def deployments_of(service_arn: str) -> list[Record]:
    """Return the deployments of a service, the newest first."""
    found = [each for each in _deployments.values() if each["serviceArn"] == service_arn]
    return sorted(found, key=lambda each: float(each["createdAt"]), reverse=True)


def under_way(service_arn: str) -> Record | None:
    """Return the deployment of a service that has not ended."""
    return next((each for each in deployments_of(service_arn) if each["status"] not in ENDED), None)


def of_entry(service: Mapping[str, Any], entry: Mapping[str, Any]) -> Record | None:
    """Return the deployment that a member of a service's ``deployments`` was made for."""
    wanted = revision_arn(service, entry)
    return next((each for each in deployments_of(service["serviceArn"]) if each["_target"] == wanted), None)


def add_revision(service: Mapping[str, Any], entry: Mapping[str, Any], target_groups: Mapping[str, str]) -> Record:
    """Keep what a service is deployed with.

    Args:
        service: as MiniStack keeps it.
        entry: the member of its ``deployments``.
        target_groups: which gets the tasks, by the target group that the service names.
    """
    made = {name: service[name] for name in _OF_A_REVISION if service.get(name)}
    arn = revision_arn(service, entry)
    definition = TASK_DEFINITIONS.value.get(str(service["taskDefinition"]).rpartition("/")[2], {})
    made |= {
        "serviceRevisionArn": arn,
        "taskDefinition": entry["taskDefinition"],
        "createdAt": time.time(),
        "containerImages": [
            {"containerName": each["name"], "image": each["image"]}
            for each in definition.get("containerDefinitions", [])
        ],
        "resolvedConfiguration": {
            "loadBalancers": [
                {
                    "targetGroupArn": target_groups[each["targetGroupArn"]],
                    **_production_rule(each),
                }
                for each in service["loadBalancers"]
            ]
        },
    }
    _revisions[arn] = made
    return made


def _production_rule(load_balancer: Mapping[str, Any]) -> Record:
    rule = load_balancer.get("advancedConfiguration", {}).get("productionListenerRule")
    return {"productionListenerRule": rule} if rule else {}


def add_deployment(service: Mapping[str, Any], target: str, sources: list[str], monitors: Record) -> Record:
    """Keep a deployment that begins.

    Args:
        service: as MiniStack keeps it.
        target: ARN of the service revision that is deployed.
        sources: ARNs of those that run.
        monitors: ``deploymentCircuitBreaker`` and ``alarms``.
    """
    now = time.time()
    arn = f"{_arn('service-deployment', service)}/{secrets.token_urlsafe(16)[:21]}"
    made: Record = {
        "serviceDeploymentArn": arn,
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "createdAt": now,
        "startedAt": now,
        "updatedAt": now,
        "status": IN_PROGRESS,
        "deploymentConfiguration": service["deploymentConfiguration"],
        **monitors,
        "_target": target,
        "_sources": sources,
        "_hooks": {},
        "_shifted": [],
    }
    _deployments[arn] = made
    return made


def forget(service_arn: str) -> None:
    """Forget the deployments of a service that was deleted, as ECS does."""
    for each in deployments_of(service_arn):
        del _deployments[each["serviceDeploymentArn"]]


def public(record: Mapping[str, Any]) -> Record:
    """Return what the API says of a record."""
    return {name: value for name, value in record.items() if not name.startswith("_")}


def _arn(kind: str, service: Mapping[str, Any]) -> str:
    path = str(service["serviceArn"]).partition(":service/")[2]
    return f"arn:aws:ecs:{get_region()}:{get_account_id()}:{kind}/{path}"
