"""Fronts of tests: a small load balancer and distribution, and servers that stand for tasks and buckets."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from local.body.addresses import Address
from local.body.deployed import Place
from local.body.distributions import Behavior, Distribution, Origin
from local.body.ingress import DeployedIngress
from local.body.load_balancers import HealthCheck, Listener, LoadBalancer, TargetGroup
from local.body.web_acls import WebAcl

SECRET = "a+secret^value"
NAME = "api.goodies.test"
BALANCER = "app/it/1"
METHODS = ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE")
PLAIN = [{"Priority": 0, "Type": "NONE"}]


class Server:
    """A server that answers what it was asked; it stands for a task, or for a bucket.

    Attributes:
        address: where it listens.
        healthy: whether it answers its health check well.
        status: of its other answers.
        pause: seconds until it answers.
        requests: how many requests it has had, health checks left out.
    """

    def __init__(self, port: int = 0) -> None:
        self.healthy = True
        self.status = 200
        self.pause = 0.0
        self.requests = 0
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                served.answer(self)

            def do_POST(self) -> None:
                served.answer(self)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.address = Address(self._server.server_port)

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        status = self.status
        if request.path == "/health":
            status = 200 if self.healthy else 500
        else:
            self.requests += 1
            time.sleep(self.pause)
        found: dict[str, Any] = {"server": self.address.port, "path": request.path, "method": request.command}
        found["headers"] = {name.lower(): value for name, value in request.headers.items()}
        body = json.dumps(found).encode()
        request.send_response(status)
        request.send_header("content-length", str(len(body)))
        request.send_header("x-frame-options", "SAMEORIGIN")
        request.end_headers()
        request.wfile.write(body)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str,
    path: str = "/",
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    client: str = "127.0.0.1",
    context: Any = None,
) -> Answer:
    """Ask once, over a connection of its own."""
    parts = urlsplit(url)
    assert parts.hostname
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=20, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20, source_address=(client, 0))
    try:
        connection.request(method, path, headers=dict(headers or {}))
        answer = connection.getresponse()
        answered = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, answered, answer.read())
    finally:
        connection.close()


def target_group(name: str, *, drain_seconds: float = 5, interval: float = 1) -> TargetGroup:
    check = HealthCheck(path="/health", port=None, interval=interval, timeout=1, healthy=2, unhealthy=2, codes="200")
    return TargetGroup(
        arn=f"arn:{name}",
        full_name=f"targetgroup/{name}/1",
        health_check=check,
        drain_seconds=drain_seconds,
        least_requests=False,
    )


BLUE, GREEN = target_group("blue"), target_group("green")
SLOW = target_group("slow", interval=3600)


def condition(field: str, config: str, **values: Any) -> dict[str, Any]:
    return {"Field": field, config: values}


EVERY_PATH = condition("path-pattern", "PathPatternConfig", Values=["/*"])


def rule(priority: int, conditions: list[Any], action: Mapping[str, Any]) -> dict[str, Any]:
    return {"Priority": str(priority), "IsDefault": False, "Conditions": conditions, "Actions": [action]}


def forward(blue: int, green: int) -> dict[str, Any]:
    groups = [{"TargetGroupArn": BLUE.arn, "Weight": blue}, {"TargetGroupArn": GREEN.arn, "Weight": green}]
    return {"Type": "forward", "ForwardConfig": {"TargetGroups": groups}}


REFUSED = {
    "Priority": "default",
    "IsDefault": True,
    "Conditions": [],
    "Actions": [
        {
            "Type": "fixed-response",
            "FixedResponseConfig": {"StatusCode": "403", "ContentType": "text/plain", "MessageBody": "Forbidden"},
        }
    ],
}


def visible(name: str) -> dict[str, str]:
    return {"MetricName": name}


ORIGIN_ACL = WebAcl(
    arn="arn:origin",
    metric="Origin",
    blocks=True,
    patterns={"arn:patterns": [r"^a\+secret\^value$", "^the-next$"]},
    rules=[
        {
            "Name": "FromTheCdn",
            "Action": {"Allow": {}},
            "VisibilityConfig": visible("FromTheCdn"),
            "Statement": {
                "RegexPatternSetReferenceStatement": {
                    "ARN": "arn:patterns",
                    "FieldToMatch": {"SingleHeader": {"Name": "X-Origin-Secret"}},
                    "TextTransformations": PLAIN,
                }
            },
        }
    ],
)


def path_starts_with(path: str) -> dict[str, Any]:
    changes = [{"Priority": 0, "Type": "URL_DECODE"}, {"Priority": 1, "Type": "NORMALIZE_PATH"}]
    changes.append({"Priority": 2, "Type": "LOWERCASE"})
    return {
        "ByteMatchStatement": {
            "FieldToMatch": {"UriPath": {}},
            "PositionalConstraint": "STARTS_WITH",
            "SearchString": path.encode(),
            "TextTransformations": changes,
        }
    }


def login_limit(requests: int) -> dict[str, Any]:
    statement = {"AggregateKeyType": "IP", "Limit": requests, "EvaluationWindowSec": 300}
    return {
        "Name": "LoginRate",
        "Action": {"Block": {}},
        "VisibilityConfig": visible("LoginRate"),
        "Statement": {"RateBasedStatement": {**statement, "ScopeDownStatement": path_starts_with("/api/v1/auth/")}},
    }


def web_acl(*rules: Mapping[str, Any], blocks: bool = False) -> WebAcl:
    return WebAcl(arn="arn:firewall", metric="Firewall", blocks=blocks, patterns={}, rules=rules)


def behavior(pattern: str, origin: str, **changes: Any) -> Behavior:
    settings: dict[str, Any] = {
        "methods": METHODS,
        "forwards_viewer": True,
        "forwards_host": False,
        "forwards_query": True,
        "function": "",
        "response_headers": [("x-frame-options", "DENY", True), ("referrer-policy", "no-referrer", False)],
        "removed_headers": (),
    }
    return Behavior(pattern=pattern, origin=origin, **(settings | changes))


def origin(name: str, host: str, **changes: Any) -> Origin:
    settings: dict[str, Any] = {
        "path": "",
        "headers": {},
        "bucket": "",
        "port": 443,
        "newest_tls": "TLSv1_2",
        "connect_seconds": 2,
        "response_seconds": 5,
        "idle_seconds": 5,
    }
    return Origin(name=name, host=host, **(settings | changes))


@dataclass(kw_only=True)
class Resources:
    """Deployed resources, which a test changes."""

    rules: list[Mapping[str, Any]] = field(default_factory=lambda: [rule(1, [EVERY_PATH], forward(100, 0))])
    test_rules: list[Mapping[str, Any]] = field(default_factory=lambda: [rule(1, [EVERY_PATH], forward(0, 100))])
    attributes: dict[str, str] = field(default_factory=lambda: {"routing.http.xff_header_processing.mode": "preserve"})
    origin_acl: WebAcl | None = ORIGIN_ACL
    firewall: WebAcl | None = None
    functions: dict[str, str] = field(default_factory=dict)
    emulator: str = "http://127.0.0.1:1"
    groups: list[TargetGroup] = field(default_factory=list)
    behaviors: list[Behavior] = field(
        default_factory=lambda: [
            behavior(
                "/static/*",
                "assets",
                methods=("GET", "HEAD"),
                forwards_viewer=False,
                forwards_query=False,
            ),
            behavior("*", "balancer"),
        ]
    )

    def deployed(self) -> DeployedIngress:
        certificate = "origin.goodies.test"
        balancer = LoadBalancer(
            place=Place("111122223333", "us-east-1"),
            full_name=BALANCER,
            dns_name="it.elb.test",
            attributes=self.attributes,
            listeners=[
                Listener(port=443, certificate=certificate, rules=[*self.rules, REFUSED]),
                Listener(port=8443, certificate=certificate, rules=[*self.test_rules, REFUSED]),
            ],
            target_groups=[BLUE, GREEN, *self.groups],
            web_acl=self.origin_acl,
        )
        origins = [
            origin("balancer", certificate, headers={"X-Origin-Secret": SECRET}),
            origin("assets", "files.s3.us-east-1.amazonaws.com", bucket="files", newest_tls="", port=0),
        ]
        distribution = Distribution(
            account="111122223333",
            identifier="E1",
            domain="d1.cloudfront.net",
            aliases=[NAME],
            origins={each.name: each for each in origins},
            behaviors=self.behaviors,
            web_acl=self.firewall,
            functions=self.functions,
            notes=(),
        )
        return DeployedIngress(
            balancers=[balancer],
            distributions=[distribution],
            aliases={certificate: "it.elb.test"},
            emulator=self.emulator,
        )


def steadily(call: Callable[[], Any], until: Callable[[], bool]) -> list[Any]:
    """Call again and again in another thread until something holds; return what came, an exception too."""
    found: list[Any] = []
    ended = threading.Event()

    def loop() -> None:
        while not ended.is_set():
            try:
                found.append(call())
            except Exception as error:
                found.append(error)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not until() and time.monotonic() < deadline:
        time.sleep(0.05)
    ended.set()
    thread.join()
    return found
