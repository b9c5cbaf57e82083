"""Singletons: one that is there, and whose it is."""

from collections.abc import Callable

import pytest

from admin.preflight.aws.needs import Needs
from admin.preflight.aws.singletons import SINGLETONS
from admin.preflight.model import Answer, State
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, NO_STACK, Answers, Given, summaries

Ask = Callable[..., Answer]

_ANALYZER = f"arn:aws:access-analyzer:us-east-1:{ID}:analyzer/other"
# By type: the action, the answer of an account without one, with one, and its physical id.
CASES: dict[str, tuple[str, Given, Given, str]] = {
    "AWS::GuardDuty::Detector": (
        "guardduty:ListDetectors",
        {"DetectorIds": []},
        [{"DetectorIds": [], "NextToken": "a"}, {"DetectorIds": ["d1"]}],
        "d1",
    ),
    "AWS::Config::ConfigurationRecorder": (
        "config:DescribeConfigurationRecorders",
        {"ConfigurationRecorders": []},
        {"ConfigurationRecorders": [{"name": "default"}]},
        "default",
    ),
    "AWS::Config::DeliveryChannel": (
        "config:DescribeDeliveryChannels",
        {},
        {"DeliveryChannels": [{"name": "default"}]},
        "default",
    ),
    "AWS::AccessAnalyzer::Analyzer": (
        "accessanalyzer:ListAnalyzers",
        {"analyzers": []},
        [
            {"analyzers": [], "nextToken": "a"},
            {
                "analyzers": [
                    {
                        "arn": _ANALYZER,
                        "name": "other",
                        "type": "ACCOUNT",
                        "createdAt": "2026-01-01T00:00:00Z",
                        "status": "ACTIVE",
                    }
                ]
            },
        ],
        _ANALYZER,
    ),
    "AWS::ECR::ReplicationConfiguration": (
        "ecr:DescribeRegistry",
        {"registryId": ID, "replicationConfiguration": {"rules": []}},
        {
            "registryId": ID,
            "replicationConfiguration": {"rules": [{"destinations": [{"region": "eu-west-1", "registryId": ID}]}]},
        },
        ID,
    ),
    "AWS::ECR::RegistryScanningConfiguration": (
        "ecr:GetRegistryScanningConfiguration",
        {"registryId": ID, "scanningConfiguration": {"scanType": "BASIC", "rules": []}},
        {"registryId": ID, "scanningConfiguration": {"scanType": "ENHANCED", "rules": []}},
        ID,
    ),
}


def subject_of(needs: Needs, kind: str) -> tuple[str, str]:
    resource = next(needs.resources(kind))
    title = str(resource.properties.get("Type", ""))
    return f"{SINGLETONS[kind].name}{f' {title}' if title else ''}, {resource.region}", resource.id


def test_each_singleton_is_tried() -> None:
    assert set(CASES) == set(SINGLETONS)


@pytest.mark.parametrize("kind", sorted(CASES))
def test_none_exists(ask: Ask, needs: Needs, kind: str) -> None:
    action, absent, _, _ = CASES[kind]
    answers = Answers({"cloudformation:ListStackResources": NO_STACK, action: absent})
    assert ask(subject_of(needs, kind)[0], answers).state is State.FINE


@pytest.mark.parametrize("kind", sorted(CASES))
@pytest.mark.parametrize("owned", [True, False])
def test_one_exists(ask: Ask, needs: Needs, kind: str, *, owned: bool) -> None:
    action, _, present, identity = CASES[kind]
    subject, logical_id = subject_of(needs, kind)
    resources: Json = summaries([(logical_id, kind, identity)]) if owned else NO_STACK
    given = list(present) if isinstance(present, list) else present
    answer = ask(subject, Answers({"cloudformation:ListStackResources": resources, action: given}))
    assert answer.state is (State.FINE if owned else State.MISSING)
    if not owned:
        assert identity in answer.found
        assert "{" not in "".join(answer.next_steps)


def test_what_a_failed_creation_kept_is_of_no_stack(ask: Ask, needs: Needs) -> None:
    kind = "AWS::GuardDuty::Detector"
    subject, logical_id = subject_of(needs, kind)
    kept = summaries([(logical_id, kind, "d1")], status="DELETE_SKIPPED")
    answers = Answers({"cloudformation:ListStackResources": kept, "guardduty:ListDetectors": {"DetectorIds": ["d1"]}})
    assert ask(subject, answers).state is State.MISSING


@pytest.mark.parametrize("kind", sorted(CASES))
def test_no_answer_is_unknown(ask: Ask, needs: Needs, kind: str) -> None:
    answers = Answers({"cloudformation:ListStackResources": NO_STACK, CASES[kind][0]: DENIED})
    assert ask(subject_of(needs, kind)[0], answers).state is State.UNKNOWN
