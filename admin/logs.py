"""Log of an environment's service: what it wrote, and what it writes from now on.

    python -m admin.logs --env prod --since 1h --filter ERROR --account 111122223333

Without ``--account`` it is the embedded cloud. It only reads.
"""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any

import typer

from admin import service
from admin.aws import aws_errors, connect
from admin.errors import ServiceError
from admin.options import AccountOption
from errors import exit_on_error
from operations.release import names

_POLL_SECONDS = 3
# Events come late, and not in the order of their times: each query begins so much before the last event.
_OVERLAP_MS = 60_000
_UNITS = {"m": 60, "h": 3600, "d": 86400}


def seconds_of(text: str) -> int:
    """Return the seconds of a duration such as ``15m``, ``2h`` or ``1d``.

    Raises:
        ServiceError: it is no duration.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,3}[mhd]", text):
        raise ServiceError(f"SINCE={text}: allowed is a number of minutes, hours or days, such as 15m, 2h or 1d")
    return int(text[:-1]) * _UNITS[text[-1]]


def require_kept(logs: Any, group: str, since: str) -> None:
    """Refuse a beginning before that of what a log group keeps.

    Args:
        logs: client of CloudWatch Logs.
        group: name of the log group.
        since: how long ago it begins, such as ``1d``.

    Raises:
        ServiceError: it is longer ago than the log group's retention.
    """
    pages = logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=group)
    kept = next(
        (each.get("retentionInDays") for page in pages for each in page["logGroups"] if each["logGroupName"] == group),
        None,
    )
    if kept and seconds_of(since) > kept * _UNITS["d"]:
        raise ServiceError(f"SINCE={since}: {group} keeps {kept} days; allowed is {kept}d, or less")


def follow(
    logs: Any,
    group: str,
    since: int,
    pattern: str = "",
    *,
    polls: Iterator[int] | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[str]:
    """Yield the lines of a log group, each with its time and stream, without end.

    Args:
        logs: client of CloudWatch Logs.
        group: name of the log group.
        since: time of the first line, milliseconds since 1970.
        pattern: filter pattern of CloudWatch Logs; empty for every line.
        polls: how often it asks, for a test.
        sleep: waits for so many seconds.
    """
    selected = {"filterPattern": pattern} if pattern else {}
    seen: dict[str, int] = {}
    newest = since
    for _ in polls or count():
        pages = logs.get_paginator("filter_log_events")
        start = max(since, newest - _OVERLAP_MS)
        for page in pages.paginate(logGroupName=group, startTime=start, **selected):
            for event in page["events"]:
                if event["eventId"] not in seen:
                    seen[event["eventId"]] = event["timestamp"]
                    newest = max(newest, event["timestamp"])
                    yield _line(event)
        seen = {name: moment for name, moment in seen.items() if moment >= newest - 2 * _OVERLAP_MS}
        sleep(_POLL_SECONDS)


def _line(event: Any) -> str:
    moment = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
    stream = event["logStreamName"].rpartition("/")[2][:8]
    # A client of the service writes parts of a line: none of them may steer the terminal.
    text = "".join(c if c.isprintable() or c == "\t" else ascii(c)[1:-1] for c in event["message"].rstrip("\n"))
    return f"{moment:%Y-%m-%d %H:%M:%S} {stream} {text}"


def main(
    env: Annotated[str, typer.Option(help="The environment whose service wrote.")],
    since: Annotated[str, typer.Option(help="How long ago it begins: 15m, 2h, 1d.")] = "15m",
    pattern: Annotated[str, typer.Option("--filter", help="A filter pattern of CloudWatch Logs.")] = "",
    account: AccountOption = None,
) -> None:
    """Show what the service of an environment wrote, and go on until Ctrl-C."""
    next_steps = {
        "ResourceNotFoundException": f"{env} has no log: deploy {names.stack(env)} first",
        "InvalidParameterException": f"FILTER={pattern} is no filter pattern (Filter pattern syntax, CloudWatch Logs)",
    }
    with exit_on_error():
        begin = int((time.time() - seconds_of(since)) * 1000)
        with aws_errors(next_steps):
            aws = connect(env, account)
            options = service.container_of(service.definition(env, aws.client))["logConfiguration"]["options"]
            logs, group = aws.client("logs"), options["awslogs-group"]
            require_kept(logs, group, since)
            typer.echo(f"{aws.place}, log group {group}. Ctrl-C ends it.", err=True)
            for line in follow(logs, group, begin, pattern):
                typer.echo(line)


if __name__ == "__main__":
    typer.run(main)
