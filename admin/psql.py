"""Session of an operator in an environment's database: a one-off task, which ends by itself.

    python -m admin.psql --env prod --account 111122223333

The task has the image and the connection of the service, a role of its own that may do nothing but hold the session,
and waits. ECS Exec opens ``operations/sql.py`` in it. CloudTrail records who began it (ExecuteCommand), the log group
of the cluster what was typed and answered.
"""

import json
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

import typer

from admin import service
from admin.aws import Aws, aws_errors, connect
from admin.confirmation import confirm
from admin.errors import ServiceError
from admin.options import AccountOption, YesOption
from assembly.revisions import CHECKOUT
from errors import exit_on_error
from operations.release import names

_PROGRAM = CHECKOUT / "operations" / "sql.py"
_PLUGIN = "session-manager-plugin"
_STARTED_BY = "session"
_START_SECONDS = 300
_MINUTES = 30
# Written by the agent of ECS Exec ("Monitor Amazon ECS containers with ECS Exec", Amazon ECS developer guide).
_AGENT_FOLDERS = {"exec-state": "/var/lib/amazon/ssm", "exec-logs": "/var/log/amazon/ssm"}

Run = Callable[[Sequence[str]], int]


def session(
    environment: str,
    aws: Aws,
    *,
    write: bool,
    minutes: int,
    run: Run,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Open a prompt in a task of its own, and stop the task when the prompt ends.

    Args:
        environment: as in ``environments/``.
        aws: the environment's account.
        write: whether statements may change data.
        minutes: after which the task ends, and the session with it.
        run: runs a command in this terminal, and returns its exit code.
        sleep: waits for so many seconds.

    Raises:
        ServiceError: the environment has no service or no release, or the session does not begin.
    """
    client, ecs = aws.client, aws.client("ecs")
    role = service.outputs(environment, client, "SessionRole")["SessionRole"]
    given = service.definition(environment, client)
    container = service.container_of(given)
    if container["image"].endswith(f":{names.NO_RELEASE}"):
        raise ServiceError(f"{environment} has no release, whose image the session needs: deploy one first")
    changed = container | _waiting(container, minutes)
    volumes = [*({"name": name} for name in _missing(container)), *given.get("volumes", [])]
    family = f"{names.cluster(environment)}-session"
    with service.registered(ecs, family, given, changed, taskRoleArn=role, volumes=volumes) as definition:
        task = service.run_task(environment, client, definition, started_by=_STARTED_BY, enableExecuteCommand=True)
        try:
            _wait(environment, aws, task, sleep)
            return run(_command(environment, aws, task, write=write))
        finally:
            ecs.stop_task(cluster=names.cluster(environment), task=task, reason="The session has ended")


def _missing(container: Mapping[str, Any]) -> Sequence[str]:
    mounted = {each["containerPath"] for each in container.get("mountPoints", [])}
    return [name for name, path in _AGENT_FOLDERS.items() if path not in mounted]


def _waiting(container: Mapping[str, Any], minutes: int) -> dict[str, Any]:
    """Return what makes the service's container wait for a session, with the prompt's program in its folder."""
    program = _PROGRAM.read_text(encoding="utf-8")
    wait = f"import pathlib, time; pathlib.Path('/tmp/sql.py').write_text({program!r}); time.sleep({minutes * 60})"
    mounts = [
        {"sourceVolume": name, "containerPath": _AGENT_FOLDERS[name], "readOnly": False} for name in _missing(container)
    ]
    return {
        "command": ["python", "-c", wait],
        "mountPoints": [*container.get("mountPoints", []), *mounts],
        # Ends what the session leaves behind ("Using ECS Exec", Amazon ECS developer guide).
        "linuxParameters": {**container.get("linuxParameters", {}), "initProcessEnabled": True},
    }


def _wait(environment: str, aws: Aws, task: str, sleep: Callable[[float], None]) -> None:
    def ready(found: Mapping[str, Any]) -> bool:
        if found["lastStatus"] == "STOPPED":
            raise ServiceError(f"the session's task ended: {found.get('stoppedReason', 'it gave no reason')}")
        agents = [agent for each in found["containers"] for agent in each.get("managedAgents", [])]
        return any(agent["name"] == "ExecuteCommandAgent" and agent["lastStatus"] == "RUNNING" for agent in agents)

    if service.wait_for_task(environment, aws.client, task, ready, seconds=_START_SECONDS, sleep=sleep) is None:
        raise ServiceError(f"the session did not begin within {_START_SECONDS // 60} minutes, and was stopped")


def _command(environment: str, aws: Aws, task: str, *, write: bool) -> list[str]:
    """Return the call of AWS's plugin for the terminal, as the AWS CLI makes it (aws-cli, ecs/executecommand.py)."""
    ecs = aws.client("ecs")
    cluster = names.cluster(environment)
    opened = ecs.execute_command(
        cluster=cluster,
        task=task,
        container=names.CONTAINER,
        interactive=True,
        command=f"python /tmp/sql.py{' --write' if write else ''}",
    )
    (found,) = ecs.describe_tasks(cluster=cluster, tasks=[task])["tasks"]
    (runtime,) = (each["runtimeId"] for each in found["containers"] if each["name"] == names.CONTAINER)
    target = {"Target": f"ecs:{cluster}_{task.rpartition('/')[2]}_{runtime}"}
    return [
        _PLUGIN,
        json.dumps(opened["session"]),
        aws.region,
        "StartSession",
        "",
        json.dumps(target),
        ecs.meta.endpoint_url,
    ]


def in_terminal(command: Sequence[str]) -> int:
    """Run a command to which the terminal's Ctrl-C belongs, and return its exit code."""
    # A handler of ours, because a child would inherit that the signal is ignored.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with subprocess.Popen(command) as process:  # noqa: S603 - an argument list of our own
            return process.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def main(
    env: Annotated[str, typer.Option(help="The environment whose database is asked.")],
    account: AccountOption = None,
    minutes: Annotated[int, typer.Option(min=1, max=120, help="After so many minutes it ends.")] = _MINUTES,
    *,
    write: Annotated[bool, typer.Option("--write", help="Allow statements that change data.")] = False,
    yes: YesOption = False,
) -> None:
    """Open an audited SQL prompt in the database of an environment, read-only unless --write is typed."""
    with exit_on_error():
        aws = connect(env, account)
        if aws.embedded:
            raise ServiceError(
                "The embedded cloud runs no container and no database, so there is nothing to ask. In an account:"
                f" make psql ENV={env} ACCOUNT=<12 digits>"
            )
        if shutil.which(_PLUGIN) is None:
            raise ServiceError(
                f"{_PLUGIN} is needed in the PATH: install it (Install the Session Manager plugin, AWS Systems Manager"
                " user guide). Nothing was changed."
            )
        how = "with statements that change data" if write else "read-only"
        confirm(aws.place, f"Open a session in the database of {env}, {how}, for {minutes} minutes", yes=yes)
        with aws_errors():
            code = session(env, aws, write=write, minutes=minutes, run=in_terminal)
    raise typer.Exit(code)


if __name__ == "__main__":
    typer.run(main)
