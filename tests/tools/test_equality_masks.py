"""Mask of texts for the equality of synthesized output: what it covers, and what it never does."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import pytest

from tools.equality import differences
from tools.equality_masks import without_texts

HASH = "9f" * 32
OTHER_HASH = "0a" * 32
DASHBOARD = {"widgets": [{"title": "CPU", "annotations": [{"value": 70, "label": "too high"}]}]}
REVIEW = {"title": "Access review", "checklist": ["Look", "Look again"], "due_days": 14}


def joined(content: Mapping[str, object]) -> object:
    """Return JSON that CloudFormation joins around a reference."""
    before, _, after = json.dumps({**content, "region": "RR"}).partition("RR")
    return {"Fn::Join": ["", [before, {"Ref": "AWS::Region"}, after]]}


def encoded(content: Mapping[str, object]) -> str:
    return b64encode(json.dumps(content).encode()).decode()


# By a short name, so that a test names the value that it changes.
OUTPUT: Mapping[str, Any] = {
    "alarm": {
        "AlarmDescription": "CPU is high. Runbook: docs/runbooks/cpu.md",
        "Threshold": 70,
        "Metrics": [{"Id": "m1", "Label": "CPU, %", "Expression": "100 * used"}],
    },
    "skip": [{"id": "CKV_AWS_1", "comment": "because"}],
    "policy": {"Description": "Reads", "Statement": [{"Action": "s3:GetObject", "Resource": "*"}]},
    "rule": {"InputTemplate": "See docs/runbooks/cpu.md", "State": "ENABLED"},
    "board": {"DashboardBody": joined(DASHBOARD)},
    "function": {"Code": {"S3Key": f"{HASH}.zip"}, "MemorySize": 128},
    "canary": {"Code": {"Script": "call()"}, "Name": "outside"},
    "task": {"Image": f"repository@sha256:{HASH}"},
    "files": {HASH: {"source": f"asset.{HASH}", "destinations": {"1-eu-0a1b2c3d": {"bucketName": "assets"}}}},
    "alert": {
        "display_name": "Critical: Cpu",
        "documentation": {"content": "CPU is high", "subject": "CPU", "mime_type": "text/markdown"},
        "conditions": [{"query": "cpu > 70"}],
        "label_extractors": {"title": "EXTRACT(title)"},
    },
    "job": {"body": encoded(REVIEW)},
    "workflow": {"source_contents": "main: {}", "name": "review"},
    "gcp_board": {"dashboard_json": json.dumps(DASHBOARD)},
}


def changed(path: str, value: object) -> Mapping[str, Any]:
    """Return the output with another value at a path such as ``alarm.Metrics.0.Label``."""
    output: Any = deepcopy(OUTPUT)
    *way, last = path.split(".")
    at: Any = output
    for part in way:
        at = at[int(part) if isinstance(at, list) else part]
    at[last] = value
    return dict(output)


def found(output: Mapping[str, Any]) -> Sequence[str]:
    return list(differences(without_texts(OUTPUT), without_texts(output)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("alarm.AlarmDescription", "The CPU is busy. Runbook: docs/runbooks/busy.md"),
        ("alarm.AlarmDescription", {"Fn::Join": ["", ["The CPU of ", {"Ref": "Service"}]]}),
        ("alarm.Metrics.0.Label", "CPU in percent"),
        ("skip.0.comment", "because of that"),
        ("policy.Description", "Reads objects"),
        ("rule.InputTemplate", "See docs/runbooks/account/busy.md"),
        ("board.DashboardBody", joined({"widgets": [{**DASHBOARD["widgets"][0], "title": "Busy"}]})),
        ("function.Code.S3Key", f"{OTHER_HASH}.zip"),
        ("canary.Code.Script", "call() or fail()"),
        (
            "files",
            {"0a" * 32: {"source": f"asset.{HASH}", "destinations": {"1-eu-ffffffff": {"bucketName": "assets"}}}},
        ),
        ("alert.display_name", "Critical: CPU"),
        ("alert.documentation.content", "The CPU is busy"),
        ("alert.documentation.subject", "Busy"),
        ("job.body", encoded({**REVIEW, "title": "Review of access", "checklist": ["Read"]})),
        ("workflow.source_contents", "# A comment\nmain: {}"),
        ("gcp_board.dashboard_json", json.dumps({"widgets": [{**DASHBOARD["widgets"][0], "title": "Busy"}]})),
    ],
)
def test_texts_and_embedded_programs_are_masked(path: str, value: object) -> None:
    assert found(changed(path, value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("alarm.Threshold", 71),
        ("alarm.Metrics.0.Expression", "10 * used"),
        ("skip.0.id", "CKV_AWS_2"),
        ("policy.Statement.0.Action", "s3:*"),
        ("policy.Statement.0.Resource", "arn:aws:s3:::data"),
        ("rule.State", "DISABLED"),
        ("rule.InputTemplate", "See <secret>"),
        ("board.DashboardBody", joined({"widgets": [{"title": "CPU", "annotations": [{"value": 90}]}]})),
        ("function.MemorySize", 256),
        ("canary.Name", "inside"),
        ("task.Image", f"repository@sha256:{OTHER_HASH}"),
        ("files", {HASH: {"source": f"asset.{HASH}", "destinations": {"1-eu-0a1b2c3d": {"bucketName": "others"}}}}),
        ("alert.documentation.mime_type", "text/html"),
        ("alert.conditions.0.query", "cpu > 71"),
        ("alert.label_extractors.title", "EXTRACT(name)"),
        ("job.body", encoded({**REVIEW, "due_days": 15})),
        ("workflow.name", "other"),
        ("gcp_board.dashboard_json", json.dumps({"widgets": [{"title": "CPU", "annotations": [{"value": 90}]}]})),
        ("another", {"Type": "AWS::SQS::Queue"}),
    ],
)
def test_numbers_actions_and_resources_are_not_masked(path: str, value: object) -> None:
    assert found(changed(path, value)) != []


@pytest.mark.parametrize("name", OUTPUT)
def test_a_missing_resource_is_not_masked(name: str) -> None:
    assert found({key: value for key, value in OUTPUT.items() if key != name}) == [f"{name}: only in the base"]


def test_a_missing_description_is_not_masked() -> None:
    output = changed("policy", {"Statement": OUTPUT["policy"]["Statement"]})
    assert found(output) == ["policy.Description: only in the base"]
