"""The front door: a real Envoy before servers that stand for tasks and a bucket."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.body.addresses import Address
from local.body.front_door import DeployedFront
from tests.local.body.door import Door
from tests.local.body.front import (
    BLUE,
    EVERY_PATH,
    GREEN,
    NAME,
    PLAIN,
    SECRET,
    SLOW,
    Answer,
    Server,
    behavior,
    condition,
    forward,
    login_limit,
    path_starts_with,
    rule,
    steadily,
    visible,
    web_acl,
)
from tests.local.body.waiting import wait_for
from tests.services import free_port


def test_a_request_comes_through_the_cdn_only(door: Door, task: Server) -> None:
    answer = door.ask("/api/v1/x?y=1%20", headers={"X-Forwarded-For": "192.0.2.1", "Authorization": "Bearer x"})
    assert answer.status == 200
    assert answer.told["path"] == "/api/v1/x?y=1%20"
    told = answer.told["headers"]
    assert told["x-origin-secret"] == SECRET
    assert told["host"] == "origin.goodies.test"
    assert told["authorization"] == "Bearer x"
    assert told["x-forwarded-for"] == "192.0.2.1,127.0.0.1"
    assert (told["x-forwarded-proto"], told["x-forwarded-port"]) == ("https", "443")
    assert not [name for name in told if name.startswith(("x-envoy", "x-embedded"))]
    assert (answer.headers["x-frame-options"], answer.headers["referrer-policy"]) == ("DENY", "no-referrer")
    asked = task.asked
    assert door.ask_balancer().status == 403
    assert door.ask_balancer(headers={"X-Origin-Secret": "wrong"}).status == 403
    assert door.ask_balancer(headers={"X-Origin-Secret": SECRET + "x"}).status == 403
    assert task.asked == asked
    assert door.ask_balancer(headers={"X-Origin-Secret": "the-next"}).status == 200


@pytest.mark.usefixtures("task")
def test_the_secret_is_in_no_log_of_requests(door: Door) -> None:
    door.ask()
    wait_for(lambda: door.door.requests.read_text().count("\n") >= 2)
    assert SECRET not in door.door.requests.read_text()


@pytest.mark.usefixtures("task")
def test_rotated_secrets_count_at_once(door: Door) -> None:
    assert door.front.origin_acl
    door.front.origin_acl = type(door.front.origin_acl)(
        arn="arn",
        metric="Origin",
        blocks=True,
        patterns={"arn:patterns": ["^other$"]},
        rules=door.front.origin_acl.rules,
    )
    door.until(lambda: door.ask().status == 403)
    assert door.ask_balancer(headers={"X-Origin-Secret": "other"}).status == 200


def test_weights_move_without_a_dropped_request(door: Door, servers: Callable[..., Server]) -> None:
    blue, green = servers(), servers()
    door.settle({BLUE.arn: [blue.address], GREEN.arn: [green.address]})
    assert {door.ask().told["server"] for _ in range(20)} == {blue.address.port}
    assert door.ask_balancer(port=8443, headers={"X-Origin-Secret": SECRET}).told["server"] == green.address.port

    def shift() -> bool:
        for weight in (10, 50, 100):
            door.front.rules = [rule(1, [EVERY_PATH], forward(100 - weight, weight))]
            asked = green.asked
            door.until(lambda asked=asked: green.asked > asked + 2)  # type: ignore[misc]
        door.until(lambda: {door.ask().told["server"] for _ in range(10)} == {green.address.port})
        door.settle({GREEN.arn: [green.address]})
        door.until(lambda: door.door.drained(blue.address))
        return True

    answers = steadily(door.ask, shift)
    assert len(answers) > 50
    assert [each for each in answers if isinstance(each, Exception) or each.status != 200] == []


def test_a_target_is_drained_before_it_may_stop(door: Door, task: Server, servers: Callable[..., Server]) -> None:
    task.pause = 4
    answers: list[Answer] = []
    slow = threading.Thread(target=lambda: answers.append(door.ask()))
    slow.start()
    wait_for(lambda: task.asked)
    other = servers()
    door.settle({BLUE.arn: [other.address]})
    assert {door.ask().told["server"] for _ in range(10)} == {other.address.port}
    while slow.is_alive() and not answers:
        assert not door.door.drained(task.address)
        door.reconcile()
        time.sleep(0.2)
    door.until(lambda: door.door.drained(task.address))
    slow.join()
    assert (answers[0].status, answers[0].told["server"]) == (200, task.address.port)


def test_a_request_to_a_target_that_was_not_drained_fails_and_is_not_repeated(
    door: Door, servers: Callable[..., Server]
) -> None:
    stays, ends = servers(), servers()
    door.settle({BLUE.arn: [stays.address, ends.address]})
    ends.stop()
    assert 502 in {door.ask().status for _ in range(4)}


def test_a_target_that_still_starts_is_not_checked_too_early(door: Door, servers: Callable[..., Server]) -> None:
    port = free_port()
    door.targets = {SLOW.arn: [Address(port)]}
    door.front.rules = [rule(1, [EVERY_PATH], {"Type": "forward", "TargetGroupArn": SLOW.arn})]
    door.front.groups = [SLOW]
    for _ in range(3):
        door.reconcile()
        time.sleep(0.5)
    assert door.door.waiting
    assert not door.door.problems
    server = servers(port)
    # Its next check would come in an hour.
    door.settle()
    assert door.door.healthy(server.address)
    assert door.ask().status == 200


def test_health_checks_decide_who_gets_requests(door: Door, servers: Callable[..., Server]) -> None:
    good, bad = servers(), servers()
    door.settle({BLUE.arn: [good.address, bad.address]})
    assert door.door.healthy(good.address)
    assert door.door.healthy(bad.address)
    bad.healthy = False
    began = time.monotonic()
    door.until(lambda: not door.door.healthy(bad.address))
    # One wrong answer is below the threshold of two.
    assert time.monotonic() - began > 0.9
    assert {door.ask().told["server"] for _ in range(6)} == {good.address.port}
    assert "1 of 2 targets fail the health check GET /health of targetgroup/blue/1" in door.door.problems[0]
    bad.healthy = True
    door.until(lambda: door.door.healthy(bad.address))
    assert not door.door.problems
    # With no healthy target left, all get requests.
    good.healthy = bad.healthy = False
    door.until(lambda: not door.door.healthy(good.address) and not door.door.healthy(bad.address))
    assert {door.ask().told["server"] for _ in range(6)} == {good.address.port, bad.address.port}


def test_without_a_target_the_load_balancer_answers(door: Door) -> None:
    door.settle({})
    assert door.ask().status == 503


@pytest.mark.usefixtures("task")
def test_rules_are_tried_by_priority(door: Door) -> None:
    fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "100 % gone"}
    moved = {"StatusCode": "HTTP_301", "Host": "new.test", "Path": "/new"}
    door.front.origin_acl = None
    door.front.rules = [
        rule(
            1,
            [
                condition("path-pattern", "PathPatternConfig", Values=["/old/?.html", "/older/*"]),
                condition("http-header", "HttpHeaderConfig", HttpHeaderName="X-Kind", Values=["a*", "b"]),
            ],
            {"Type": "fixed-response", "FixedResponseConfig": fixed},
        ),
        rule(2, [condition("host-header", "HostHeaderConfig", Values=["*.moved.test"])],
             {"Type": "redirect", "RedirectConfig": moved}),
        rule(3, [condition("http-request-method", "HttpRequestMethodConfig", Values=["POST"])], forward(100, 0)),
        rule(4, [condition("query-string", "QueryStringConfig", Values=[{"Key": "v", "Value": "2"}])], forward(100, 0)),
    ]  # fmt: skip
    door.until(lambda: door.ask_balancer(path="/").status == 403)
    assert door.ask_balancer(path="/old/x.html", headers={"X-Kind": "ABC"}).body == b"100 % gone"
    assert door.ask_balancer(path="/old/x.html", headers={"X-Kind": "c"}).status == 403
    assert door.ask_balancer(path="/old/xx.html", headers={"X-Kind": "b"}).status == 403
    redirect = door.ask_balancer(path="/x?y", headers={"Host": "a.moved.test"})
    assert (redirect.status, redirect.headers["location"]) == (301, "https://new.test/new?y")
    assert door.ask_balancer(path="/x", method="POST").status == 200
    assert door.ask_balancer(path="/x?v=2").status == 200


@pytest.mark.usefixtures("task")
def test_headers_are_treated_as_the_load_balancer_says(door: Door) -> None:
    sent = {"X-Origin-Secret": SECRET, "X-Forwarded-For": "192.0.2.1", "under_score": "1"}
    assert door.ask_balancer(headers=sent).told["headers"]["under_score"] == "1"
    door.front.attributes = {
        "routing.http.xff_header_processing.mode": "append",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }

    def told() -> Any:
        return door.ask_balancer(headers=sent).told["headers"]

    door.until(lambda: told()["x-forwarded-for"] == "192.0.2.1,127.0.0.1")
    door.until(lambda: "under_score" not in told())
    door.front.attributes["routing.http.xff_header_processing.mode"] = "remove"
    door.until(lambda: "x-forwarded-for" not in told())


def test_static_files_come_from_the_bucket(door: Door, task: Server, servers: Callable[..., Server]) -> None:
    bucket = servers()
    door.front.emulator = f"http://{bucket.address}"
    door.until(lambda: door.ask("/static/a%20b.js").status == 200)
    headers = {"Authorization": "Bearer x", "Cookie": "x=y"}
    told = door.ask("/static/a%20b.js?acl", headers=headers).told
    assert told["path"] == "/files/static/a%20b.js"
    # The bucket is asked as by CloudFront, and not with what the viewer knows.
    assert "Credential=111122223333/" in told["headers"]["authorization"]
    assert "cookie" not in told["headers"]
    assert door.ask("/static/x", method="POST").status == 403
    assert door.ask("/statics").told["server"] == task.address.port
    assert door.ask("/static/x").headers["x-frame-options"] == "DENY"


FUNCTION = """
async function handler(event) {
  const request = event.request;
  if (request.uri === "/moved") {
    return { statusCode: 302, headers: { location: { value: "/new" } }, body: "moved" };
  }
  if (request.uri === "/broken") {
    return null;
  }
  if (request.uri === "/index") {
    request.uri = "/index.html";
    request.querystring.from = { value: request.cookies.seen.value };
    delete request.headers.old;
  }
  request.headers["x-forwarded-for"] = { value: event.viewer.ip };
  return request;
}
"""


@pytest.mark.usefixtures("task")
def test_a_function_changes_a_viewers_request(door: Door) -> None:
    door.front.functions = {"viewer": FUNCTION}
    door.front.behaviors = [behavior("/plain/*", "balancer"), behavior("*", "balancer", function="viewer")]
    door.settle()
    door.until(lambda: door.ask("/moved").status == 302)
    moved = door.ask("/moved")
    assert (moved.headers["location"], moved.body) == ("/new", b"moved")
    sent = {"X-Forwarded-For": "192.0.2.1", "Cookie": "seen=1; other=2", "Old": "x"}
    told = door.ask("/index?b=2&a=1", headers=sent, client="127.0.0.5").told
    assert told["path"] == "/index.html?b=2&a=1&from=1"
    # The address of the viewer is the first entry, whatever the viewer sends.
    assert told["headers"]["x-forwarded-for"].split(",")[0] == "127.0.0.5"
    assert (told["headers"]["cookie"], "old" in told["headers"]) == ("seen=1; other=2", False)
    assert not [name for name in told["headers"] if name.startswith("x-header")]
    same = door.ask("/a%2Fb?x=%20&y&y=2", method="POST", headers=sent).told
    assert (same["path"], same["method"], same["headers"]["old"]) == ("/a%2Fb?x=%20&y&y=2", "POST", "x")
    assert door.ask("/plain/x", headers=sent).told["headers"]["x-forwarded-for"].startswith("192.0.2.1")
    assert door.ask("/broken").status == 503
    door.front.functions = {"viewer": FUNCTION.replace("302", "307")}
    door.until(lambda: door.ask("/moved").status == 307)


@pytest.mark.usefixtures("task")
def test_logins_are_limited_for_each_address(door: Door) -> None:
    door.front.firewall = web_acl(login_limit(3))
    logins = ["/api/v1/auth/login", "/API/v1/%61uth/login", "/api/v1/x/../auth//login"]
    door.until(lambda: door.ask(logins[0], client="127.0.0.9").status == 403)
    assert [door.ask(each, method="POST").status for each in [*logins, *logins]] == [200] * 3 + [403] * 3
    assert door.ask("/api/v1/x").status == 200
    assert door.ask(logins[0], client="127.0.0.2").status == 200


@pytest.mark.usefixtures("task")
def test_a_web_acl_decides_by_its_first_rule_that_matches(door: Door) -> None:
    never = {"LabelMatchStatement": {"Scope": "LABEL", "Key": "awswaf:x"}}
    private = path_starts_with("/private/")
    agent = {
        "ByteMatchStatement": {
            "FieldToMatch": {"SingleHeader": {"Name": "User-Agent"}},
            "PositionalConstraint": "CONTAINS",
            "SearchString": b"bot",
            "TextTransformations": PLAIN,
        }
    }

    def block(name: str, statement: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "Name": name,
            "Action": {"Block": {}},
            "VisibilityConfig": visible(name),
            "Statement": statement,
        }

    allowed = {**block("Allowed", agent), "Action": {"Allow": {}}}
    door.front.firewall = web_acl(
        block("Labelled", {"AndStatement": {"Statements": [{"OrStatement": {"Statements": [never, never]}}, private]}}),
        allowed,
        block("Private", {"OrStatement": {"Statements": [never, private]}}),
        block("Elsewhere", {"NotStatement": {"Statement": path_starts_with("/api/")}}),
        {**block("Group", {"ManagedRuleGroupStatement": {}}), "OverrideAction": {"None": {}}},
    )
    door.until(lambda: door.ask("/private/x").status == 403)
    assert door.ask("/api/x").status == 200
    assert door.ask("/elsewhere").status == 403
    assert door.ask("/private/x", headers={"User-Agent": "a bot"}).status == 200
    assert door.door.notes == ["The web ACL Firewall is without AWS's rule groups"]


def test_a_slow_task_is_answered_for_by_the_cdn(door: Door, task: Server) -> None:
    task.pause = 8
    assert door.ask().status == 504


def test_an_origin_that_leads_nowhere_is_told(door: Door) -> None:
    door.front.behaviors = [behavior("*", "balancer")]
    without = DeployedFront(distributions=door.front.deployed().distributions)
    door.door.reconcile(without, {})
    assert "The origin origin.goodies.test of the distribution api.goodies.test leads to no" in door.door.problems[0]


@pytest.mark.usefixtures("task")
def test_what_is_killed_comes_back_at_the_same_address(door: Door) -> None:
    (child,) = door.children
    url = door.door.urls[NAME]
    child.kill()
    child.start()
    door.until(lambda: not door.door.waiting and not door.door.problems)
    assert door.door.urls[NAME] == url
    assert door.ask().status == 200


def test_a_port_that_another_program_took_is_left(door: Door, servers: Callable[..., Server]) -> None:
    other = servers()
    server = servers()
    door.ports.port("E1")
    door.ports._kept["E1"] = other.address.port
    door.until(lambda: door.door.urls[NAME] != f"http://127.0.0.1:{other.address.port}" and door.ports.moved)
    door.settle({BLUE.arn: [server.address]})
    assert door.ask().told["server"] == server.address.port


@pytest.mark.usefixtures("task")
def test_what_envoy_refuses_is_told_until_it_is_corrected(door: Door) -> None:
    right = door.front.rules
    wrong = {"StatusCode": "99", "MessageBody": ""}
    door.front.rules = [rule(1, [EVERY_PATH], {"Type": "fixed-response", "FixedResponseConfig": wrong})]
    door.until(lambda: door.door.problems)
    assert "refuses a part of its configuration" in door.door.problems[0]
    assert door.ask().status == 200  # as before
    door.front.rules = right
    door.until(lambda: not door.door.problems)


@pytest.mark.usefixtures("task")
def test_with_nothing_deployed_nothing_runs(door: Door) -> None:
    door.door.reconcile(DeployedFront(), {})
    assert not list(door.children)
    assert door.door.urls == {}
    assert not list(door.addresses)
