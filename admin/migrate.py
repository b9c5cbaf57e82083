"""Migration of an environment's schema by a release that does not run yet: a one-off task on ECS (ARC-2).

    python -m admin.migrate --env prod --release 0.3.0-2a1ec34 --account 111122223333

A task takes its image from its definition and from nowhere else (ContainerOverride, Amazon ECS API reference), and the
service's definition names the release that runs. So this registers a definition with the other image, runs it on
Fargate, never on spot capacity, in the service's network, and removes it again.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from admin.aws import Client, aws_errors, connect
from admin.confirmation import confirm
from admin.errors import MigrationError
from admin.patch_release.images import Release
from errors import exit_on_error

_CONTAINER = "funkygibbon"
_COMMAND = "migrate"
_POLL_SECONDS = 5
# The migration itself gives up after a minute without a database, and after two minutes behind another migration.
_TIMEOUT_SECONDS = 900
_KEPT = ("taskRoleArn", "executionRoleArn", "networkMode", "volumes", "cpu", "memory", "runtimePlatform")


def migrate(environment: str, release: str, client: Client, sleep: Callable[[float], None] = time.sleep) -> str:
    """Run a release's migration, and return what it said last.

    Args:
        environment: as in ``environments/``.
        release: tag of the image.
        client: makes a client of AWS by the name of a service.
        sleep: waits for so many seconds.

    Raises:
        MigrationError: the environment has no service, or the migration failed.
    """
    outputs = _outputs(environment, client)
    ecs = client("ecs")
    given = ecs.describe_task_definition(taskDefinition=outputs["TaskDefinition"])["taskDefinition"]
    container = _container(given["containerDefinitions"], release)
    definition = {key: given[key] for key in _KEPT if key in given} | {"containerDefinitions": [container]}
    with _registered(ecs, f"{_cluster(environment)}-migration", definition) as arn:
        task = _ended(ecs, _started(ecs, environment, outputs, arn), _cluster(environment), sleep)
    words = _last_words(client("logs"), container, task["taskArn"])
    codes = [found.get("exitCode") for found in task["containers"] if found["name"] == _CONTAINER]
    if codes != [0]:
        reason = words or task.get("stoppedReason", "it gave no reason")
        raise MigrationError(f"{release} did not migrate {environment}, which runs as before: {reason}")
    return words


def _cluster(environment: str) -> str:
    return f"goodies-{environment}"


def _outputs(environment: str, client: Client) -> Mapping[str, str]:
    stack = f"Goodies{environment.title()}-Service"
    (found,) = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: str(output["OutputValue"]) for output in found.get("Outputs", [])}
    missing = {"TaskDefinition", "TaskSubnets", "TaskSecurityGroup"} - outputs.keys()
    if missing:
        raise MigrationError(f"{stack} has no output {', '.join(sorted(missing))}: deploy it first")
    return outputs


def _container(containers: list[dict[str, Any]], release: str) -> dict[str, Any]:
    (service,) = (container for container in containers if container["name"] == _CONTAINER)
    kept = {key: value for key, value in service.items() if key not in {"healthCheck", "portMappings"}}
    return kept | {"image": f"{service['image'].rpartition(':')[0]}:{release}", "command": [_COMMAND]}


@contextmanager
def _registered(ecs: Any, family: str, definition: Mapping[str, Any]) -> Iterator[str]:
    made = ecs.register_task_definition(family=family, requiresCompatibilities=["FARGATE"], **definition)
    arn = made["taskDefinition"]["taskDefinitionArn"]
    try:
        yield arn
    finally:
        ecs.deregister_task_definition(taskDefinition=arn)


def _started(ecs: Any, environment: str, outputs: Mapping[str, str], definition: str) -> str:
    network = {
        "subnets": outputs["TaskSubnets"].split(","),
        "securityGroups": [outputs["TaskSecurityGroup"]],
        "assignPublicIp": "DISABLED",
    }
    run = ecs.run_task(
        cluster=_cluster(environment),
        taskDefinition=definition,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": network},
        startedBy=_COMMAND,
    )
    if run["failures"]:
        raise MigrationError(f"the migration did not start: {run['failures'][0].get('reason')}")
    return str(run["tasks"][0]["taskArn"])


def _ended(ecs: Any, task: str, cluster: str, sleep: Callable[[float], None]) -> dict[str, Any]:
    for _ in range(_TIMEOUT_SECONDS // _POLL_SECONDS):
        found: dict[str, Any] = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"][0]
        if found["lastStatus"] == "STOPPED":
            return found
        sleep(_POLL_SECONDS)
    ecs.stop_task(cluster=cluster, task=task, reason="The migration took too long")
    raise MigrationError(f"the migration did not end within {_TIMEOUT_SECONDS // 60} minutes, and was stopped")


def _last_words(logs: Any, container: Mapping[str, Any], task: str) -> str:
    options = container["logConfiguration"]["options"]
    stream = f"{options['awslogs-stream-prefix']}/{_CONTAINER}/{task.rpartition('/')[2]}"
    try:
        found = logs.get_log_events(logGroupName=options["awslogs-group"], logStreamName=stream, limit=1)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return ""
    return str(found[-1]["message"]).strip() if found else ""


def main(
    env: Annotated[str, typer.Option(help="The environment whose schema is migrated.")],
    release: Annotated[str, typer.Option(help="Tag of the image, <version>-<commit>, that has the migration.")],
    account: Annotated[
        str | None, typer.Option(help="The environment's AWS account; the embedded cloud where it is left out.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before AWS is changed.")] = False,
) -> None:
    """Run the migration of a release, before its first task starts. It adds tables, and refuses everything else."""
    with exit_on_error():
        with aws_errors():
            Release.read(release)
        aws = connect(env, account)
        if not aws.embedded:
            confirm(aws.place, f"Migrate the schema of {env} to {release}", yes=yes)
        with aws_errors():
            typer.echo(migrate(env, release, aws.client))


if __name__ == "__main__":
    typer.run(main)
