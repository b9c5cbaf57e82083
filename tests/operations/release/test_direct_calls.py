"""Calls of tasks past the load balancer: addresses, tokens, answers, and answers that do not come."""

import base64
import hashlib
import hmac
import json

import boto3
from botocore.stub import Stubber

from operations.outside_check import token as outside_token
from operations.release.direct_calls import READ, TOKEN_SECONDS, Answer, Target, call, healthy_targets, token
from tests.operations.release.server import serving

GROUP = "arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/blue/0123456789abcdef"


def test_only_healthy_targets_are_called() -> None:
    client = boto3.client("elbv2", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")
    states = ["healthy", "initial", "unhealthy", "unused", "draining", "unavailable"]
    with Stubber(client) as stub:
        described = [
            {"Target": {"Id": f"10.0.0.{at}", "Port": 8000}, "TargetHealth": {"State": state}}
            for at, state in enumerate(states)
        ]
        stub.add_response("describe_target_health", {"TargetHealthDescriptions": described}, {"TargetGroupArn": GROUP})
        assert healthy_targets(client, GROUP) == [Target("10.0.0.0", 8000)]


def test_a_token_may_read_and_ends_soon() -> None:
    given = token("secret", now=1000, subject="outside-check")
    assert given == outside_token("secret", now=1000)
    signed, _, signature = given.rpartition(".")
    digest = hmac.new(b"secret", signed.encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(signature + "==") == digest
    claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
    assert (claims["permissions"], claims["exp"]) == (["read"], 1000 + TOKEN_SECONDS)


def test_a_call_says_who_sends_it() -> None:
    with serving(lambda _: (200, {"entities": []})) as service:
        answer = call(service.target, READ, sender="somebody", timeout=5, bearer="token")
        written = call(service.target, "/other", sender="somebody", timeout=5, content={"name": "room"})
    assert (answer.status, answer.content, written.status) == (200, {"entities": []}, 200)
    read, write = service.requests
    assert (read.method, read.path, read.sender, read.bearer) == ("GET", READ, "somebody", "token")
    assert (write.method, json.loads(write.body), write.bearer) == ("POST", {"name": "room"}, "")


def test_an_answer_that_does_not_come_has_a_reason() -> None:
    with serving(lambda _: (200, {}), seconds=1) as service:
        late = call(service.target, READ, sender="somebody", timeout=0.1)
    assert (late.status, late.error) == (0, "timed out")
    gone = call(service.target, READ, sender="somebody", timeout=5)
    assert gone.status == 0
    assert "refused" in gone.error


def test_an_answer_that_is_no_json_has_no_content() -> None:
    assert Answer(200, b"<html>", 0.1).content is None
