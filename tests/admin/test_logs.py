"""Log of the service: each line once, in order of arrival, and none that steers the terminal."""

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from admin import logs as command
from admin.errors import ServiceError
from admin.logs import follow, require_kept, seconds_of
from tests.admin.clients import account, actions, service_stack

MINUTE = 60_000
START = 1_764_000_000_000


def event(name: str, at: int, message: str = "GET /health 200") -> Any:
    return {"eventId": name, "timestamp": START + at, "message": f"{message}\n", "logStreamName": "api/c/0123456789"}


def test_each_line_is_shown_once_and_late_ones_too() -> None:
    polls = [
        {"events": [event("a", 0)], "nextToken": "more"},
        {"events": [event("b", 2 * MINUTE)]},
        {"events": [event("late", MINUTE + 30_000), event("b", 2 * MINUTE), event("c", 3 * MINUTE)]},
    ]
    aws, answers = account({"logs:FilterLogEvents": polls})
    lines = list(follow(aws.client("logs"), "log", START, "ERROR", polls=iter(range(2)), sleep=lambda _: None))
    assert [line.split()[1] for line in lines] == ["16:00:00", "16:02:00", "16:01:30", "16:03:00"]
    assert lines[0] == "2025-11-24 16:00:00 01234567 GET /health 200"
    queries = [given for _, _, given in answers.calls]
    assert {given["filterPattern"] for given in queries} == {"ERROR"}
    assert [given["startTime"] - START for given in queries] == [0, 0, MINUTE]


def test_a_line_does_not_steer_the_terminal() -> None:
    aws, _ = account({"logs:FilterLogEvents": {"events": [event("a", 0, "x\x1b[2J\ty")]}})
    (line,) = follow(aws.client("logs"), "log", START, polls=iter(range(1)), sleep=lambda _: None)
    assert line.endswith("x\\x1b[2J\ty")


@pytest.mark.parametrize(("text", "seconds"), [("15m", 900), ("2h", 7200), ("1d", 86400)])
def test_durations(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "0m", "15", "1w", "-1h", "99999m"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ServiceError, match="allowed is a number of minutes, hours or days"):
        seconds_of(text)


def kept(**group: Any) -> Any:
    other = {"logGroupName": "service-log-of-another", "retentionInDays": 1}
    aws, _ = account({"logs:DescribeLogGroups": {"logGroups": [other, {"logGroupName": "service-log", **group}]}})
    return aws.client("logs")


@pytest.mark.parametrize("since", ["9999d", "91d", "9999h"])
def test_what_the_log_no_longer_keeps_is_refused(since: str) -> None:
    with pytest.raises(ServiceError, match=rf"^SINCE={since}: service-log keeps 90 days; allowed is 90d, or less$"):
        require_kept(kept(retentionInDays=90), "service-log", since)


@pytest.mark.parametrize(("group", "since"), [({"retentionInDays": 90}, "90d"), ({}, "9999d")])
def test_what_the_log_keeps_is_allowed(group: dict[str, int], since: str) -> None:
    require_kept(kept(**group), "service-log", since)


def test_the_command_asks_what_is_kept_before_it_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [{"logGroupName": "service-log", "retentionInDays": 90}]
    aws, answers = account(service_stack() | {"logs:DescribeLogGroups": {"logGroups": groups}})
    monkeypatch.setattr(command, "connect", lambda *_: aws)
    app = typer.Typer()
    app.command()(command.main)
    ended = CliRunner().invoke(app, ["--env", "prod", "--since", "9999d"])
    assert (ended.exit_code, "SINCE=9999d: service-log keeps 90 days" in ended.stderr) == (1, True)
    assert actions(answers)[-1] == "logs:DescribeLogGroups"


def test_the_command_refuses_a_duration_before_it_asks_aws() -> None:
    app = typer.Typer()
    app.command()(command.main)
    ended = CliRunner().invoke(app, ["--env", "prod", "--since", "soon", "--account", "111122223333"])
    assert (ended.exit_code, "SINCE=soon: allowed is" in ended.stderr) == (1, True)
