"""Service of an environment as commands find it: outputs of its stack, and one-off tasks beside it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from admin.aws import Client
from admin.errors import ServiceError
from operations.release import names, stacks
from operations.release.errors import RolloutError

POLL_SECONDS = 5
# Of a definition that is to be registered again; the rest of AWS's answer it does not take.
_KEPT = ("taskRoleArn", "executionRoleArn", "networkMode", "volumes", "cpu", "memory", "runtimePlatform")


def outputs(environment: str, client: Client, *required: str) -> Mapping[str, str]:
    """Return the outputs of an environment's Service stack.

    Raises:
        ServiceError: the deployed stack lacks one of the names.
    """
    try:
        return stacks.outputs(client, names.stack(environment), *required)
    except RolloutError as error:
        raise ServiceError(str(error)) from error


def definition(environment: str, client: Client) -> Mapping[str, Any]:
    """Return the task definition of an environment's Service stack, as ECS describes it."""
    name = outputs(environment, client, "TaskDefinition")["TaskDefinition"]
    return dict(client("ecs").describe_task_definition(taskDefinition=name)["taskDefinition"])


def container_of(task_definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return the container of the service, without what only a service and its other containers need."""
    (found,) = (each for each in task_definition["containerDefinitions"] if each["name"] == names.CONTAINER)
    return {key: value for key, value in found.items() if key not in {"healthCheck", "portMappings", "dependsOn"}}


@contextmanager
def registered(
    ecs: Any, family: str, like: Mapping[str, Any], container: Mapping[str, Any], **changes: Any
) -> Iterator[str]:
    """Register a task definition for one task, and remove it when the block ends.

    Args:
        ecs: client of ECS.
        family: name of the definition.
        like: the definition whose roles, network, volumes and size it takes.
        container: its only container.
        changes: what it has instead of that of ``like``.
    """
    kept = {key: like[key] for key in _KEPT if key in like} | changes
    made = ecs.register_task_definition(
        family=family, requiresCompatibilities=["FARGATE"], **kept, containerDefinitions=[container]
    )
    arn = made["taskDefinition"]["taskDefinitionArn"]
    try:
        yield arn
    finally:
        ecs.deregister_task_definition(taskDefinition=arn)


def run_task(environment: str, client: Client, task_definition: str, *, started_by: str, **options: Any) -> str:
    """Start a task on Fargate, never on spot capacity, where the service's tasks are; return its ARN.

    Raises:
        ServiceError: ECS does not start it, or the deployed stack does not say where.
    """
    where = outputs(environment, client, "TaskSubnets", "TaskSecurityGroup")
    network = {
        "subnets": where["TaskSubnets"].split(","),
        "securityGroups": [where["TaskSecurityGroup"]],
        "assignPublicIp": "DISABLED",
    }
    run = client("ecs").run_task(
        cluster=names.cluster(environment),
        taskDefinition=task_definition,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        startedBy=started_by,
        **options,
    )
    if run["failures"]:
        raise ServiceError(f"the task of {started_by} did not start: {run['failures'][0].get('reason')}")
    return str(run["tasks"][0]["taskArn"])


def wait_for_task(
    environment: str,
    client: Client,
    task: str,
    done: Callable[[Mapping[str, Any]], bool],
    *,
    seconds: int,
    sleep: Callable[[float], None] = time.sleep,
) -> Mapping[str, Any] | None:
    """Return ECS's description of a task once it is ``done``; None where that takes longer than so many seconds."""
    ecs = client("ecs")
    for _ in range(seconds // POLL_SECONDS):
        found = ecs.describe_tasks(cluster=names.cluster(environment), tasks=[task])["tasks"][0]
        if done(found):
            return dict(found)
        sleep(POLL_SECONDS)
    return None
