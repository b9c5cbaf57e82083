"""The ingress: a real Envoy before servers that stand for tasks and a bucket."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.body.addresses import Address
from local.body.ingress import DeployedIngress
from tests.local.body.deployed_ingress import (
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
from tests.local.body.served_ingress import ServedIngress
from tests.local.body.waiting import wait_for
from tests.services import free_port


def test_a_request_comes_through_the_cdn_only(served: ServedIngress, task: Server) -> None:
    answer = served.ask("/api/v1/x?y=1%20", headers={"X-Forwarded-For": "192.0.2.1", "Authorization": "Bearer x"})
    assert answer.status == 200
    assert answer.json["path"] == "/api/v1/x?y=1%20"
    seen = answer.json["headers"]
    assert seen["x-origin-secret"] == SECRET
    assert seen["host"] == "origin.goodies.test"
    assert seen["authorization"] == "Bearer x"
    assert seen["x-forwarded-for"] == "192.0.2.1,127.0.0.1"
    assert (seen["x-forwarded-proto"], seen["x-forwarded-port"]) == ("https", "443")
    assert not [name for name in seen if name.startswith(("x-envoy", "x-embedded"))]
    assert (answer.headers["x-frame-options"], answer.headers["referrer-policy"]) == ("DENY", "no-referrer")
    requests = task.requests
    assert served.ask_balancer().status == 403
    assert served.ask_balancer(headers={"X-Origin-Secret": "wrong"}).status == 403
    assert served.ask_balancer(headers={"X-Origin-Secret": SECRET + "x"}).status == 403
    assert task.requests == requests
    assert served.ask_balancer(headers={"X-Origin-Secret": "the-next"}).status == 200


@pytest.mark.usefixtures("task")
def test_the_secret_is_in_no_log_of_requests(served: ServedIngress) -> None:
    served.ask()
    wait_for(lambda: served.ingress.requests.read_text().count("\n") >= 2)
    assert SECRET not in served.ingress.requests.read_text()


@pytest.mark.usefixtures("task")
def test_rotated_secrets_count_at_once(served: ServedIngress) -> None:
    assert served.resources.origin_acl
    served.resources.origin_acl = type(served.resources.origin_acl)(
        arn="arn",
        metric="Origin",
        blocks=True,
        patterns={"arn:patterns": ["^other$"]},
        rules=served.resources.origin_acl.rules,
    )
    served.until(lambda: served.ask().status == 403)
    assert served.ask_balancer(headers={"X-Origin-Secret": "other"}).status == 200


def test_weights_move_without_a_dropped_request(served: ServedIngress, servers: Callable[..., Server]) -> None:
    blue, green = servers(), servers()
    served.settle({BLUE.arn: [blue.address], GREEN.arn: [green.address]})
    assert {served.ask().json["server"] for _ in range(20)} == {blue.address.port}
    assert served.ask_balancer(port=8443, headers={"X-Origin-Secret": SECRET}).json["server"] == green.address.port

    def shift() -> bool:
        for weight in (10, 50, 100):
            served.resources.rules = [rule(1, [EVERY_PATH], forward(100 - weight, weight))]
            requests = green.requests
            served.until(lambda requests=requests: green.requests > requests + 2)  # type: ignore[misc]
        served.until(lambda: {served.ask().json["server"] for _ in range(10)} == {green.address.port})
        served.settle({GREEN.arn: [green.address]})
        served.until(lambda: served.ingress.drained(blue.address))
        return True

    answers = steadily(served.ask, shift)
    assert len(answers) > 50
    assert [each for each in answers if isinstance(each, Exception) or each.status != 200] == []


def test_targets_have_the_states_that_describe_target_health_names(
    served: ServedIngress, servers: Callable[..., Server]
) -> None:
    def states() -> dict[Address, str]:
        return dict(served.ingress.target_states[BLUE.arn])

    blue, nobody = servers().address, Address(free_port())
    served.targets = {BLUE.arn: [blue]}
    served.reconcile()
    assert states() == {blue: "initial"}
    served.settle()
    assert states() == {blue: "healthy"}
    served.targets = {BLUE.arn: [blue, nobody]}
    served.until(lambda: states() == {blue: "healthy", nobody: "unhealthy"})
    served.targets = {BLUE.arn: []}
    served.reconcile()
    assert states()[blue] == "draining"
    served.until(lambda: not states())


def test_a_target_is_drained_before_it_may_stop(
    served: ServedIngress, task: Server, servers: Callable[..., Server]
) -> None:
    task.pause = 4
    answers: list[Answer] = []
    slow = threading.Thread(target=lambda: answers.append(served.ask()))
    slow.start()
    wait_for(lambda: task.requests)
    other = servers()
    served.settle({BLUE.arn: [other.address]})
    assert {served.ask().json["server"] for _ in range(10)} == {other.address.port}
    while slow.is_alive() and not answers:
        assert not served.ingress.drained(task.address)
        served.reconcile()
        time.sleep(0.2)
    served.until(lambda: served.ingress.drained(task.address))
    slow.join()
    assert (answers[0].status, answers[0].json["server"]) == (200, task.address.port)


def test_a_request_to_a_target_that_was_not_drained_fails_and_is_not_repeated(
    served: ServedIngress, servers: Callable[..., Server]
) -> None:
    stays, ends = servers(), servers()
    served.settle({BLUE.arn: [stays.address, ends.address]})
    ends.stop()
    assert 502 in {served.ask().status for _ in range(4)}


def test_a_target_that_still_starts_is_not_checked_too_early(
    served: ServedIngress, servers: Callable[..., Server]
) -> None:
    port = free_port()
    served.targets = {SLOW.arn: [Address(port)]}
    served.resources.rules = [rule(1, [EVERY_PATH], {"Type": "forward", "TargetGroupArn": SLOW.arn})]
    served.resources.groups = [SLOW]
    for _ in range(3):
        served.reconcile()
        time.sleep(0.5)
    assert served.ingress.waiting
    assert not served.ingress.problems
    server = servers(port)
    # Its next check would come in an hour.
    served.settle()
    assert served.ingress.healthy(server.address)
    assert served.ask().status == 200


def test_health_checks_decide_who_gets_requests(served: ServedIngress, servers: Callable[..., Server]) -> None:
    good, bad = servers(), servers()
    served.settle({BLUE.arn: [good.address, bad.address]})
    assert served.ingress.healthy(good.address)
    assert served.ingress.healthy(bad.address)
    bad.healthy = False
    began = time.monotonic()
    served.until(lambda: not served.ingress.healthy(bad.address))
    # One wrong answer is below the threshold of two.
    assert time.monotonic() - began > 0.9
    assert {served.ask().json["server"] for _ in range(6)} == {good.address.port}
    assert "1 of 2 targets fail the health check GET /health of targetgroup/blue/1" in served.ingress.problems[0]
    bad.healthy = True
    served.until(lambda: served.ingress.healthy(bad.address))
    assert not served.ingress.problems
    # With no healthy target left, all get requests.
    good.healthy = bad.healthy = False
    served.until(lambda: not served.ingress.healthy(good.address) and not served.ingress.healthy(bad.address))
    assert {served.ask().json["server"] for _ in range(6)} == {good.address.port, bad.address.port}


def test_without_a_target_the_load_balancer_answers(served: ServedIngress) -> None:
    served.settle({})
    assert served.ask().status == 503


@pytest.mark.usefixtures("task")
def test_rules_are_tried_by_priority(served: ServedIngress) -> None:
    fixed = {"StatusCode": "404", "ContentType": "text/plain", "MessageBody": "100 % gone"}
    moved = {"StatusCode": "HTTP_301", "Host": "new.test", "Path": "/new"}
    served.resources.origin_acl = None
    served.resources.rules = [
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
    served.until(lambda: served.ask_balancer(path="/").status == 403)
    assert served.ask_balancer(path="/old/x.html", headers={"X-Kind": "ABC"}).body == b"100 % gone"
    assert served.ask_balancer(path="/old/x.html", headers={"X-Kind": "c"}).status == 403
    assert served.ask_balancer(path="/old/xx.html", headers={"X-Kind": "b"}).status == 403
    redirect = served.ask_balancer(path="/x?y", headers={"Host": "a.moved.test"})
    assert (redirect.status, redirect.headers["location"]) == (301, "https://new.test/new?y")
    assert served.ask_balancer(path="/x", method="POST").status == 200
    assert served.ask_balancer(path="/x?v=2").status == 200


@pytest.mark.usefixtures("task")
def test_headers_are_treated_as_the_load_balancer_says(served: ServedIngress) -> None:
    sent = {"X-Origin-Secret": SECRET, "X-Forwarded-For": "192.0.2.1", "under_score": "1"}
    assert served.ask_balancer(headers=sent).json["headers"]["under_score"] == "1"
    served.resources.attributes = {
        "routing.http.xff_header_processing.mode": "append",
        "routing.http.drop_invalid_header_fields.enabled": "true",
    }

    def seen() -> Any:
        return served.ask_balancer(headers=sent).json["headers"]

    served.until(lambda: seen()["x-forwarded-for"] == "192.0.2.1,127.0.0.1")
    served.until(lambda: "under_score" not in seen())
    served.resources.attributes["routing.http.xff_header_processing.mode"] = "remove"
    served.until(lambda: "x-forwarded-for" not in seen())


def test_static_files_come_from_the_bucket(served: ServedIngress, task: Server, servers: Callable[..., Server]) -> None:
    bucket = servers()
    served.resources.emulator = f"http://{bucket.address}"
    served.until(lambda: served.ask("/static/a%20b.js").status == 200)
    headers = {"Authorization": "Bearer x", "Cookie": "x=y"}
    seen = served.ask("/static/a%20b.js?acl", headers=headers).json
    assert seen["path"] == "/files/static/a%20b.js"
    # The bucket is requests as by CloudFront, and not with what the viewer knows.
    assert "Credential=111122223333/" in seen["headers"]["authorization"]
    assert "cookie" not in seen["headers"]
    assert served.ask("/static/x", method="POST").status == 403
    assert served.ask("/statics").json["server"] == task.address.port
    assert served.ask("/static/x").headers["x-frame-options"] == "DENY"


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
def test_a_function_changes_a_viewers_request(served: ServedIngress) -> None:
    served.resources.functions = {"viewer": FUNCTION}
    served.resources.behaviors = [behavior("/plain/*", "balancer"), behavior("*", "balancer", function="viewer")]
    served.settle()
    served.until(lambda: served.ask("/moved").status == 302)
    moved = served.ask("/moved")
    assert (moved.headers["location"], moved.body) == ("/new", b"moved")
    sent = {"X-Forwarded-For": "192.0.2.1", "Cookie": "seen=1; other=2", "Old": "x"}
    seen = served.ask("/index?b=2&a=1", headers=sent, client="127.0.0.5").json
    assert seen["path"] == "/index.html?b=2&a=1&from=1"
    # The address of the viewer is the first entry, whatever the viewer sends.
    assert seen["headers"]["x-forwarded-for"].split(",")[0] == "127.0.0.5"
    assert (seen["headers"]["cookie"], "old" in seen["headers"]) == ("seen=1; other=2", False)
    assert not [name for name in seen["headers"] if name.startswith("x-header")]
    same = served.ask("/a%2Fb?x=%20&y&y=2", method="POST", headers=sent).json
    assert (same["path"], same["method"], same["headers"]["old"]) == ("/a%2Fb?x=%20&y&y=2", "POST", "x")
    assert served.ask("/plain/x", headers=sent).json["headers"]["x-forwarded-for"].startswith("192.0.2.1")
    assert served.ask("/broken").status == 503
    served.resources.functions = {"viewer": FUNCTION.replace("302", "307")}
    served.until(lambda: served.ask("/moved").status == 307)


@pytest.mark.usefixtures("task")
def test_logins_are_limited_for_each_address(served: ServedIngress) -> None:
    served.resources.firewall = web_acl(login_limit(3))
    logins = ["/api/v1/auth/login", "/API/v1/%61uth/login", "/api/v1/x/../auth//login"]
    served.until(lambda: served.ask(logins[0], client="127.0.0.9").status == 403)
    assert [served.ask(each, method="POST").status for each in [*logins, *logins]] == [200] * 3 + [403] * 3
    assert served.ask("/api/v1/x").status == 200
    assert served.ask(logins[0], client="127.0.0.2").status == 200


@pytest.mark.usefixtures("task")
def test_a_web_acl_decides_by_its_first_rule_that_matches(served: ServedIngress) -> None:
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
    served.resources.firewall = web_acl(
        block("Labelled", {"AndStatement": {"Statements": [{"OrStatement": {"Statements": [never, never]}}, private]}}),
        allowed,
        block("Private", {"OrStatement": {"Statements": [never, private]}}),
        block("Elsewhere", {"NotStatement": {"Statement": path_starts_with("/api/")}}),
        {**block("Group", {"ManagedRuleGroupStatement": {}}), "OverrideAction": {"None": {}}},
    )
    served.until(lambda: served.ask("/private/x").status == 403)
    assert served.ask("/api/x").status == 200
    assert served.ask("/elsewhere").status == 403
    assert served.ask("/private/x", headers={"User-Agent": "a bot"}).status == 200
    assert served.ingress.notes == ["The web ACL Firewall is without AWS's rule groups"]


def test_a_slow_task_is_answered_for_by_the_cdn(served: ServedIngress, task: Server) -> None:
    task.pause = 8
    assert served.ask().status == 504


def test_an_origin_that_leads_nowhere_is_told(served: ServedIngress) -> None:
    served.resources.behaviors = [behavior("*", "balancer")]
    without = DeployedIngress(distributions=served.resources.deployed().distributions)
    served.ingress.reconcile(without, {})
    assert (
        "The origin origin.goodies.test of the distribution api.goodies.test leads to no" in served.ingress.problems[0]
    )


@pytest.mark.usefixtures("task")
def test_what_is_killed_comes_back_at_the_same_address(served: ServedIngress) -> None:
    (child,) = served.children
    url = served.ingress.urls[NAME]
    child.kill()
    child.start()
    served.until(lambda: not served.ingress.waiting and not served.ingress.problems)
    assert served.ingress.urls[NAME] == url
    assert served.ask().status == 200


def test_a_port_that_another_program_took_is_left(served: ServedIngress, servers: Callable[..., Server]) -> None:
    other = servers()
    server = servers()
    served.ports.port("E1")
    served.ports._kept["E1"] = other.address.port
    served.until(lambda: served.ingress.urls[NAME] != f"http://127.0.0.1:{other.address.port}" and served.ports.moved)
    served.settle({BLUE.arn: [server.address]})
    assert served.ask().json["server"] == server.address.port


@pytest.mark.usefixtures("task")
def test_what_envoy_refuses_is_told_until_it_is_corrected(served: ServedIngress) -> None:
    right = served.resources.rules
    wrong = {"StatusCode": "99", "MessageBody": ""}
    served.resources.rules = [rule(1, [EVERY_PATH], {"Type": "fixed-response", "FixedResponseConfig": wrong})]
    served.until(lambda: served.ingress.problems)
    assert "refuses a part of its configuration" in served.ingress.problems[0]
    assert served.ask().status == 200  # as before
    served.resources.rules = right
    served.until(lambda: not served.ingress.problems)


@pytest.mark.usefixtures("task")
def test_with_nothing_deployed_nothing_runs(served: ServedIngress) -> None:
    served.ingress.reconcile(DeployedIngress(), {})
    assert not list(served.children)
    assert served.ingress.urls == {}
    assert not list(served.addresses)
