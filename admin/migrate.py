"""Migration of an environment's schema by a release that does not run yet: a one-off task on ECS (ARC-2).

    python -m admin.migrate --env prod --release 0.3.0-2a1ec34 --account 111122223333

A task takes its image from its definition and from nowhere else (ContainerOverride, Amazon ECS API reference), and the
service's definition names the release that runs. So this registers a definition with the other image, runs it on
Fargate, never on spot capacity, in the service's network, and removes it again.
"""

import time
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from admin import service
from admin.aws import Client, aws_errors, connect
from admin.confirmation import confirm
from admin.errors import MigrationError, rollout_errors
from admin.options import AccountOption, YesOption
from errors import exit_on_error
from operations.release import names
from operations.release.images import Release

_COMMAND = "migrate"
# The migration itself gives up after a minute without a database, and after half a minute behind another migration.
_TIMEOUT_SECONDS = 900


def migrate(environment: str, release: str, client: Client, sleep: Callable[[float], None] = time.sleep) -> str:
    """Run a release's migration, and return what it said last.

    Args:
        environment: as in ``environments/``.
        release: tag of the image.
        client: makes a client of AWS by the name of a service.
        sleep: waits for so many seconds.

    Raises:
        ServiceError: the environment has no service, or the task does not start.
        MigrationError: the migration failed, or did not end.
    """
    ecs = client("ecs")
    given = service.definition(environment, client)
    container = service.container_of(given)
    container |= {"image": f"{container['image'].rpartition(':')[0]}:{release}", "command": [_COMMAND]}
    with service.registered(ecs, f"{names.cluster(environment)}-migration", given, container) as definition:
        started = service.run_task(environment, client, definition, started_by=_COMMAND)
        task = service.wait_for_task(
            environment,
            client,
            started,
            lambda found: found["lastStatus"] == "STOPPED",
            seconds=_TIMEOUT_SECONDS,
            sleep=sleep,
        )
        if task is None:
            ecs.stop_task(cluster=names.cluster(environment), task=started, reason="The migration took too long")
            raise MigrationError(f"the migration did not end within {_TIMEOUT_SECONDS // 60} minutes, and was stopped")
    words = _last_words(client("logs"), container, task["taskArn"])
    codes = [found.get("exitCode") for found in task["containers"] if found["name"] == names.CONTAINER]
    if codes != [0]:
        reason = words or task.get("stoppedReason", "it gave no reason")
        raise MigrationError(f"{release} did not migrate {environment}, which runs as before: {reason}")
    return words


def _last_words(logs: Any, container: Mapping[str, Any], task: str) -> str:
    options = container["logConfiguration"]["options"]
    stream = f"{options['awslogs-stream-prefix']}/{names.CONTAINER}/{task.rpartition('/')[2]}"
    try:
        found = logs.get_log_events(logGroupName=options["awslogs-group"], logStreamName=stream, limit=1)["events"]
    except logs.exceptions.ResourceNotFoundException:
        return ""
    return str(found[-1]["message"]).strip() if found else ""


def main(
    env: Annotated[str, typer.Option(help="The environment whose schema is migrated.")],
    release: Annotated[str, typer.Option(help="Tag of the image, <version>-<commit>, that has the migration.")],
    account: AccountOption = None,
    yes: YesOption = False,
) -> None:
    """Run the migration of a release, before its first task starts. It adds tables, and refuses everything else."""
    with exit_on_error():
        with rollout_errors():
            Release.read(release)
        aws = connect(env, account)
        if not aws.embedded:
            confirm(aws.place, f"Migrate the schema of {env} to {release}", yes=yes)
        with aws_errors():
            typer.echo(migrate(env, release, aws.client))


if __name__ == "__main__":
    typer.run(main)
