"""Rollback: in the bake and after it, what is said before, what follows, and what is refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import boto3
import pytest

from operations.release import rollback
from operations.release.environment import Environment
from operations.release.errors import RolloutError
from tests.admin.preflight.aws.answers import DENIED
from tests.operations.release.account import NEW, OLD, OLDEST, RELEASE, URGENT, Account


def environment(account: Account) -> Environment:
    return Environment("prod", account.client, 0, urgent="rollback", say=lambda _: None)


def rolled_back(account: Account, to: str = "", url: str = "") -> list[str]:
    """Roll back as a command does; return what is said before."""
    where = environment(account)
    found = rollback.find(where, to)
    said = list(rollback.describe(where, found))
    rollback.roll_back(where, found, lambda _: None)
    rollback.finish(where, found, url, lambda _: None)
    return said


@pytest.mark.plan("RBK-2/version", "RBK-3/rollback")
def test_in_the_bake_ecs_gives_all_requests_back() -> None:
    account = Account([OLDEST, OLD])
    account.begin(NEW)
    account.parameters[RELEASE] = NEW
    said = rolled_back(account)
    assert (
        said[0] == f"prod: the deployment of {NEW} is under way (IN_PROGRESS, BAKE_TIME, since 2026-11-05 05:50 UTC)."
    )
    assert account.deployment["status"] == "ROLLBACK_SUCCESSFUL"
    assert account.parameters[RELEASE] == OLD
    assert "cloudformation:UpdateStack" not in {action for action, _, _ in account.answers.calls}


def test_a_rollback_that_ecs_has_begun_is_waited_for() -> None:
    account = Account([OLD])
    account.begin(NEW, status="ROLLBACK_IN_PROGRESS", stopping=True)
    rolled_back(account)
    assert "ecs:StopServiceDeployment" not in {action for action, _, _ in account.answers.calls}
    assert account.parameters[RELEASE] == OLD


def test_a_deployment_that_ends_before_it_is_stopped_is_said() -> None:
    account = Account([OLD], stopped_in=["SUCCESSFUL"])
    account.begin(NEW)
    with pytest.raises(RolloutError, match=f"the deployment of {NEW} is SUCCESSFUL, not ROLLBACK_SUCCESSFUL.* again"):
        rolled_back(account)


@pytest.mark.plan("RBK-2/version", "RBK-3/rollback")
def test_after_the_bake_the_release_before_is_deployed_again() -> None:
    account = Account([OLDEST, OLD, NEW], alarms=["GoodiesProd-Deployment-ErrorRate-Rollback"])
    said = rolled_back(account)
    assert said[0].startswith(f"prod runs {NEW}. {OLD} is deployed again")
    assert account.past[-1] == account.parameters[RELEASE] == OLD
    assert account.parameters[URGENT] == f"{OLD} rollback", "an alarm that is on keeps no way back closed"


def test_it_says_first_what_stays_and_what_may_be_lost() -> None:
    said = "\n".join(rolled_back(Account([OLD, NEW])))
    for words in (
        "Stays: all data.",
        "nothing is restored",
        "May be lost: what",
        "cannot use the schema",
        "Redis keeps",
    ):
        assert words in said


@pytest.mark.plan("RBK-3/rollback")
def test_a_release_that_is_named_is_deployed() -> None:
    account = Account([OLDEST, OLD, NEW])
    rolled_back(account, to=OLDEST)
    assert account.past[-1] == OLDEST


@pytest.mark.parametrize(
    ("past", "before"),
    [
        ([OLD, NEW], OLD),
        (["none", OLD, OLD, NEW, NEW], OLD),
        ([OLDEST, OLD, NEW, OLD], OLDEST),
        ([OLD, NEW, OLD], ""),
        ([OLDEST, OLD, OLDEST, NEW], OLDEST),
        (["none", OLD], ""),
        ([], ""),
    ],
)
def test_a_release_that_was_left_is_none_to_return_to(past: list[str], before: str) -> None:
    assert rollback.release_before(past) == before


REFUSED: dict[str, tuple[Any, dict[str, Any] | None, str, str]] = {
    "nothing before": (
        {"past": [OLD]},
        None,
        "",
        f"runs {OLD}, and none that ran before it is known: name the release",
    ),
    "nothing runs": ({"past": ["none"]}, None, "", "runs no release, so there is nothing to go back from"),
    "it runs": ({"past": [OLD, NEW]}, None, NEW, f"prod runs {NEW} already"),
    "no tag": ({"past": [OLD, NEW]}, None, "latest", "a tag is <version>-<commit>"),
    "no image": ({"past": [OLD, NEW], "images": {NEW}}, None, "", f"has no image of {OLD} any more"),
    "first": ({"past": ["none"]}, {"sourceServiceRevisions": []}, "", f"{NEW} is the first release of prod"),
    "first after none": ({"past": ["none"]}, {}, "", f"{NEW} is the first release of prod"),
    "other way": ({"past": [OLDEST, OLD]}, {}, OLDEST, f"leads back to {OLD} only"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_go_back_is_refused(case: str) -> None:
    given, underway, to, reason = REFUSED[case]
    account = Account(**given)
    if underway is not None:
        account.begin(NEW, **underway)
    with pytest.raises(RolloutError, match=reason):
        rollback.find(environment(account), to)


@pytest.mark.plan("RBK-2/caches", "RBK-2/team")
def test_cached_paths_are_fetched_anew_and_the_team_is_told() -> None:
    account = Account([OLD, NEW])
    rolled_back(account)
    assert account.invalidated == ["/static/*"]
    (notice,) = account.published
    assert notice["Subject"] == f"prod was rolled back to {OLD}"
    assert f"user/kim rolled prod back from {NEW} to {OLD}. Records and tasks agree" in notice["Message"]


def test_a_cdn_or_a_topic_that_refuses_is_named() -> None:
    account = Account([OLD, NEW])
    account.answers.given = {**account.answers.given, "sns:Publish": DENIED, "cloudfront:CreateInvalidation": DENIED}
    said: list[str] = []
    where = environment(account)
    found = rollback.find(where)
    rollback.roll_back(where, found, said.append)
    rollback.finish(where, found, "", said.append)
    assert [line.partition(":")[0] for line in said] == [
        f"Deploying {OLD}",
        "The CDN keeps its cached files",
        "The team was not notified",
    ]


@pytest.mark.plan("RBK-3/version")
def test_tasks_of_another_release_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "_VERIFY_SECONDS", 0)
    account = Account([OLD, NEW], tasks=[OLD, NEW])
    reason = f"was rolled back to {OLD}, but its tasks run {OLD}, {NEW}"
    with pytest.raises(RolloutError, match=reason):
        rolled_back(account)
    assert reason in account.published[0]["Message"]


@contextmanager
def service(status: int) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.plan("RBK-3/health")
def test_the_answer_to_users_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollback, "_VERIFY_SECONDS", 0)
    with service(200) as url:
        rolled_back(Account([OLD, NEW]), url=url)
    with service(503) as url, pytest.raises(RolloutError, match="/health does not answer: HTTP Error 503"):
        rolled_back(Account([OLD, NEW]), url=url)


def test_the_command_only_says_what_it_would_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    account = Account([OLD, NEW])
    monkeypatch.setattr(boto3, "client", account.client)
    rollback.main(["--env", "prod"])
    assert f"{OLD} is deployed again" in capsys.readouterr().out
    assert account.past[-1] == NEW
    rollback.main(["--env", "prod", "--yes", "--url", ""])
    assert account.past[-1] == OLD


def test_the_command_ends_with_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3, "client", Account([OLD]).client)
    with pytest.raises(SystemExit, match=r"^rollback: prod runs .* nothing was changed$"):
        rollback.main(["--env", "prod", "--yes"])
