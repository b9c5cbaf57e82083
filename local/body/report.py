"""Report on the body: what answers and where, what to try, and its processes in one table."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from botocore.exceptions import ClientError
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from assembly import Stack
from local.body.body import Body, Row, Status
from local.body.children import left_overs
from local.body.password import AdminPassword
from local.body.programs import Application
from local.cloud import EmbeddedCloud

_LOGIN = "/api/v1/auth/admin/login"
_ENTITIES = "/api/v1/graph/entities"
_ROOM = '{"entity_type": "room", "name": "Kitchen", "content": {}, "source_type": "manual", "user_id": "me"}'
_NO_RELEASE = "none"  # as constructs_lib/container.py has it
_DISTRIBUTION = "AWS::CloudFront::Distribution"


def show_service(
    cloud: EmbeddedCloud,
    environment: str,
    stacks: Iterable[Stack],
    *,
    status: Status,
    application: Application,
    password: AdminPassword,
    console: Console,
) -> None:
    """Print what answers, its address, and what to try there; without a release, how one is recorded.

    Args:
        cloud: what was deployed to.
        environment: that was deployed, such as ``prod``.
        stacks: of the deploy.
        status: of the body.
        application: that the next release is built of.
        password: of the environment's administrator.
        console: where to print.
    """
    url = next((status.urls[name] for name in _names(cloud, stacks) if name in status.urls), "")
    command = f"  make release ENV={environment} TAG={application.release}"
    lines = [f"Note: {note}" for note in status.notes]
    if release(cloud, environment) == _NO_RELEASE:
        nothing = f", and {url} answers 503" if url else ""
        lines += [
            f"No release of {environment} is recorded, so no task runs{nothing}.",
            f"This records one, of {application.name}:",
            command,
        ]
    elif url:
        lines += [_sentence(f"{status.program} answers at {url}. Log in, write, read:"), *commands(url, password)]
        if application.name not in status.program:
            lines += [f"The next release is of {application.name}:", command]
    console.print("", *lines, sep="\n", highlight=False, markup=False, soft_wrap=True)


def commands(url: str, password: AdminPassword) -> Iterator[str]:
    """Yield lines to copy into a shell: a log-in, a write and a read."""
    if password.known():
        given = f"$(cat {_relative(password.file)})"
    else:
        yield "  read -rs PASSWORD    # that of `make admin-password`"
        given = "$PASSWORD"
    sent = "-H 'Content-Type: application/json' -d"
    bearer = '-H "Authorization: Bearer $TOKEN"'
    body = f"""'{{"password": "'"{given}"'"}}'"""
    found = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""
    yield f"  TOKEN=$(curl -s {url}{_LOGIN} {sent} {body} | {found})"
    yield f"  curl -s {url}{_ENTITIES} {bearer} {sent} '{_ROOM}'"
    yield f"  curl -s '{url}{_ENTITIES}?entity_type=room' {bearer}"


def release(cloud: EmbeddedCloud, environment: str) -> str:
    """Return the release that is recorded for an environment, or ``none``."""
    try:
        return str(cloud.client("ssm").get_parameter(Name=f"/goodies/{environment}/release")["Parameter"]["Value"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return _NO_RELEASE
        raise


def show_body(body: Body, console: Console) -> None:
    """Print how the body stands, with its processes in one table; nothing where there never was one."""
    if not body.directory.exists():
        return
    status = body.status()
    if status is None:
        console.print(f"{body.name}: {_unanswered(body)}", highlight=False, markup=False, soft_wrap=True)
        return
    lines = [f"Problem: {line}" for line in status.problems]
    lines += [f"Under way: {line}" for line in status.waiting]
    lines += [f"Note: {line}" for line in status.notes]
    answers = [
        _sentence(f"{status.program} answers at {url}") if status.program else f"No task runs, and {url} answers 503"
        for url in status.urls.values()
    ]
    console.print(f"{body.name}: running", *answers, *lines, sep="\n", highlight=False, markup=False, soft_wrap=True)
    if status.processes:
        show_processes(status.processes, console)


def _unanswered(body: Body) -> str:
    """Say why a body tells nothing of itself, and what to do."""
    if body.running():
        return f"runs and does not answer (its log is {body.log}); `make stop` ends it and keeps its data"
    if left := left_overs(body.directory):
        return (
            f"ended, and {len(left)} of its processes go on: {', '.join(left)}; `make deploy` starts it again, "
            "`make stop` ends them"
        )
    return "not running; `make deploy` starts it"


def show_processes(rows: Sequence[Row], console: Console) -> None:
    """Print the processes in a table, and where their logs are."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("Process", overflow="fold")
    table.add_column("State", no_wrap=True)
    for column in ("PID", "MiB", "Ended"):
        table.add_column(column, justify="right", no_wrap=True)
    total = 0
    for row in rows:
        memory = mebibytes(row.pid)
        total += memory
        table.add_row(row.name, row.state, str(row.pid or ""), str(memory or ""), str(row.ends or ""))
    table.add_row("[dim]all[/]", "", "", f"[dim]{total}[/]", "")
    console.print(table)
    for folder in sorted({_relative(Path(row.log).parent) for row in rows}):
        console.print(f"Their logs: {folder}", highlight=False, soft_wrap=True)


def mebibytes(pid: int) -> int:
    """Return the memory of a process and its descendants, in MiB; 0 where it has ended.

    Of pages that processes share each has its part, on Linux; elsewhere shared pages are left out.
    """
    total = 0
    with suppress(psutil.Error):
        process = psutil.Process(pid) if pid else None
        for each in (process, *process.children(recursive=True)) if process else ():
            with suppress(psutil.Error):
                found = each.memory_full_info()
                total += getattr(found, "pss", found.uss)
    return total // 1024**2


def _names(cloud: EmbeddedCloud, stacks: Iterable[Stack]) -> Iterator[str]:
    """Yield the names of stacks' distributions, as the body has them: their aliases, or their domain."""
    for stack in stacks:
        client = cloud.client("cloudformation", stack.region)
        for page in client.get_paginator("list_stack_resources").paginate(StackName=stack.name):
            for resource in page["StackResourceSummaries"]:
                if resource["ResourceType"] == _DISTRIBUTION:
                    answer = cloud.client("cloudfront").get_distribution(Id=resource["PhysicalResourceId"])
                    found = answer["Distribution"]
                    yield from found["DistributionConfig"]["Aliases"].get("Items", ())
                    yield found["DomainName"]


def _sentence(text: str) -> str:
    """A text with a capital letter at its beginning."""
    return text[:1].upper() + text[1:]


def _relative(file: Path) -> Path:
    """The file as a command in the current folder names it."""
    return Path(os.path.relpath(file)) if file.is_relative_to(Path.cwd()) else file
