"""Scheduler of a service's tasks: how many of a service revision run, which start and which stop."""

from collections.abc import Mapping
from typing import Any

from local.emulator.deployments.records import Record
from local.emulator.ministack_internals import (
    CLUSTER_OF_TASK,
    REFRESH_SERVICE,
    RUN_TASK,
    SERVICES,
    STOP_TASK,
    TASKS,
)

# MiniStack's states of a task that is to run.
_ALIVE = ("PROVISIONING", "PENDING", "ACTIVATING", "RUNNING")


def service_of(task: Mapping[str, Any]) -> Record | None:
    """Return the service that a task is of."""
    kind, _, name = str(task.get("group", "")).partition(":")
    cluster = CLUSTER_OF_TASK.value(task.get("clusterArn", ""))
    found: Record | None = SERVICES.value.get(f"{cluster}/{name}") if kind == "service" else None
    return found


def primary(service: Mapping[str, Any]) -> Record | None:
    """Return the member of a service's ``deployments`` that is the service's newest."""
    return next((each for each in service["deployments"] if each["status"] == "PRIMARY"), None)


def entry(service: Mapping[str, Any], number: str) -> Record | None:
    """Return the member of a service's ``deployments`` with a number."""
    return next((each for each in service["deployments"] if str(each["id"]).endswith(f"/{number}")), None)


def tasks(service: Mapping[str, Any], entry: Mapping[str, Any] | None = None) -> list[Record]:
    """Return the tasks of a service that are to run, the oldest first; those of one deployment where it is given."""
    group = f"service:{service['serviceName']}"
    found = [
        each
        for each in TASKS.value.values()
        if each.get("group") == group
        and each.get("clusterArn") == service["clusterArn"]
        and each["lastStatus"] in _ALIVE
        and (entry is None or each.get("_deployment_id") == entry["id"])
    ]
    return sorted(found, key=lambda each: str(each["createdAt"]))


def steady(task: Mapping[str, Any]) -> bool:
    """True where a task runs and its health checks say so, the load balancer's too."""
    return task["lastStatus"] == "RUNNING" and bool(task.get("_startup_stable"))


def scale(service: Record, entry: Record, count: int, reason: str, *, at_most: int | None = None) -> bool:
    """Bring the tasks of a deployment to a number; the newest stop first.

    Args:
        service: of the tasks.
        entry: the member of its ``deployments``.
        count: how many are to run.
        reason: why tasks stop.
        at_most: how many may start now.

    Returns:
        Whether so many run, and all are steady.
    """
    entry["desiredCount"] = count
    running = tasks(service, entry)
    missing = count - len(running)
    if at_most is not None:
        missing = min(missing, at_most)
    if missing > 0:
        _start(service, entry, missing)
    for task in running[count:]:
        stop(service, task, reason)
    return len(running) == count and all(map(steady, running))


def stop(service: Mapping[str, Any], task: Mapping[str, Any], reason: str) -> None:
    """Stop a task."""
    STOP_TASK.value({"cluster": service["clusterArn"], "task": task["taskArn"], "reason": reason})


def refresh(service: Mapping[str, Any]) -> None:
    """Count the tasks of a service anew."""
    cluster = CLUSTER_OF_TASK.value(service["clusterArn"]) or str(service["clusterArn"]).rpartition("/")[2]
    REFRESH_SERVICE.value(cluster, f"service:{service['serviceName']}")


def _start(service: Mapping[str, Any], entry: Mapping[str, Any], count: int) -> None:
    request = {
        "cluster": service["clusterArn"],
        "taskDefinition": entry["taskDefinition"],
        "count": count,
        "group": f"service:{service['serviceName']}",
        # "If a task is started by a service, this is the deployment ID of the service" (Task, Amazon ECS API).
        "startedBy": entry["id"],
        "networkConfiguration": service.get("networkConfiguration", {}),
        "platformVersion": service.get("platformVersion", ""),
        "enableExecuteCommand": service.get("enableExecuteCommand", False),
        "_deploymentId": entry["id"],
    }
    selected = {name: service.get(name) for name in ("launchType", "capacityProviderStrategy")}
    RUN_TASK.value(request | {name: value for name, value in selected.items() if value})
