"""ECS tasks that run outside of the emulator: who runs them reports their states, and services are scheduled by these.

MiniStack knows two ways to run a task: as containers of a Docker daemon, or not at all, where each is RUNNING at once.
While a runner is attached, a task waits in PROVISIONING as with Docker, and its states are those that the runner
reports. Deployments, their failures and replacements follow from them (``deployments``).
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import request_scope
from typing_extensions import override

from local.emulator.api_calls import call
from local.emulator.deployments import operations, records
from local.emulator.deployments.controller import CONTROLLER
from local.emulator.handlers.api_backed import ApiBacked
from local.emulator.handlers.base import Resource
from local.emulator.ministack_internals import (
    CONTAINER_ENGINE,
    RECORD_TASK_FAILURE,
    RESOLVES_IMAGE_FIRST,
    RESTORE_ECS,
    RUN_TASK_WORKER,
    SERVICES,
    TASK_ACTIVATING,
    TASK_PENDING,
    TASK_RUNNING,
    TASK_STOPPED,
    TASKS,
)
from local.emulator.runner import RUNNER
from local.emulator.schemas import Properties

# Codes with which MiniStack counts a failure of the deployment itself.
_COUNTED = ("EssentialContainerExited", "TaskFailedToStart")
_POLL_SECONDS = 0.5
# Public threads: aws/containers-roadmap#1205, aws/copilot-cli#5586.
_BREAKER = "Error occurred during operation 'ECS Deployment Circuit Breaker was triggered'."


def install() -> None:
    """Patch the scheduler. Called once, before the state is loaded."""
    # MiniStack asks the engine for nothing but whether there is one, as long as no task has containers of it.
    CONTAINER_ENGINE.wrap(lambda original: lambda: RUNNER if RUNNER.attached else original())
    RUN_TASK_WORKER.wrap(lambda original: lambda *given: None if RUNNER.attached else original(*given))
    RESOLVES_IMAGE_FIRST.wrap(lambda original: lambda *given: not RUNNER.attached and original(*given))
    RESTORE_ECS.wrap(_keeping_states)
    records.install()
    operations.install()
    CONTROLLER.install()


def report(state: Mapping[str, Any]) -> bool:
    """Take a task's state. Returns whether the task goes on: false where it was stopped, or there is none.

    Args:
        state: ``account``, ``region`` and ``task``, its ARN; ``containers``, members of each by its name; ``status``
            RUNNING or STOPPED, or none while it starts; ``address`` and port on which it serves; ``steady`` once a
            deployment may count it as healthy; of a stopped one ``reason`` and ``code``, a ``stopCode``.
    """
    arn, status = state["task"], state.get("status")
    with request_scope(state["account"], state["region"]):
        task = TASKS.value.get(arn)
        if task is None or task["lastStatus"] == "STOPPED":
            return False
        for container in task["containers"]:
            container.update(state["containers"].get(container["name"], {}))
        task["healthStatus"] = _health(task)
        if task["lastStatus"] == "PROVISIONING":
            TASK_PENDING.value(arn, task)
            TASK_ACTIVATING.value(arn, task)
        if status == "RUNNING" and task["lastStatus"] != "RUNNING":
            TASK_RUNNING.value(arn, task)
        task["_address"] = state.get("address", "")
        if state.get("steady") and not task.get("_startup_stable"):
            CONTROLLER.healthy(task)
        if status == "STOPPED":
            TASK_STOPPED.value(arn, task, state["reason"], state["code"])
            if state["code"] not in _COUNTED:
                RECORD_TASK_FAILURE.value(task)
        return status != "STOPPED"


def _health(task: Mapping[str, Any]) -> str:
    """Return the health of a task: UNHEALTHY where one container is, HEALTHY where all that are checked are."""
    found = {container.get("healthStatus", "UNKNOWN") for container in task["containers"]} - {"UNKNOWN"}
    return "UNHEALTHY" if "UNHEALTHY" in found else "HEALTHY" if found else "UNKNOWN"


def _keeping_states(restore: Callable[[Any], None]) -> Callable[[Any], None]:
    """Keep the states of tasks over a restart of the emulator, which their processes outlive.

    MiniStack takes each for stopped, because its containers end with it. Whoever runs them reports those that did.
    """

    def restore_and_keep(data: Any) -> None:
        tasks = getattr((data or {}).get("tasks"), "_data", {})
        before = {key: task["lastStatus"] for key, task in tasks.items()}
        restore(data)
        for key, status in before.items():
            TASKS.value._data[key]["lastStatus"] = status
        for _, service in SERVICES.value.all_items():
            service["_restored"] = True

    return restore_and_keep


@dataclass(frozen=True, kw_only=True)
class SteadyService(ApiBacked):
    """A service that CloudFormation waits for, as long as somebody runs its tasks ("AWS::ECS::Service", user guide)."""

    @override
    def create(self, logical_id: str, properties: Properties, stack: str) -> Resource:
        made = super().create(logical_id, properties, stack)
        _wait_until_steady(made[0], properties)
        return made

    @override
    def update(self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str) -> Resource:
        updated = super().update(physical_id, old, new, stack, logical_id)
        try:
            _wait_until_steady(physical_id, new)
        except ValueError:
            # A rollback takes back what succeeded; of what fails the handler does it.
            super().update(physical_id, new, old, stack, logical_id)
            with suppress(ValueError):
                _wait_until_steady(physical_id, old)
            raise
        _forget_failures(physical_id)
        return updated


def _forget_failures(arn: str) -> None:
    """Forget the deployments that failed before this one: ECS lists those that have tasks."""
    service = SERVICES.value[arn.partition(":service/")[2]]
    kept = [each for each in service["deployments"] if each["status"] == "PRIMARY" or each["rolloutState"] != "FAILED"]
    service["deployments"] = kept


def _wait_until_steady(arn: str, properties: Properties) -> None:
    """Wait until the deployment of a service has ended.

    Raises:
        ValueError: it has failed, or was rolled back.
    """
    begun = ""
    while RUNNER.attached:
        request = {"Cluster": properties.get("Cluster", "default"), "Services": [arn]}
        (service,) = call("ecs", "DescribeServices", request)["services"]
        begun = begun or service["currentServiceDeployment"]
        (deployment,) = call("ecs", "DescribeServiceDeployments", {"ServiceDeploymentArns": [begun]})[
            "serviceDeployments"
        ]
        if deployment["status"] == records.SUCCESSFUL:
            if service["runningCount"] == service["desiredCount"]:
                return
        elif deployment["status"] in records.ENDED:
            raise ValueError(_failure(deployment))
        time.sleep(_POLL_SECONDS)


def _failure(deployment: Mapping[str, Any]) -> str:
    """Return what CloudFormation says of a failed deployment: documents name the circuit breaker's words alone."""
    if deployment["deploymentCircuitBreaker"]["status"] == "TRIGGERED":
        return _BREAKER
    return f"Error occurred during operation '{deployment.get('statusReason', deployment['status'])}'."
