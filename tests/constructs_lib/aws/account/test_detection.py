"""GuardDuty, Access Analyzer, Inspector and sign-ins of the root user: what each one notifies."""

import re

import botocore.session
import pytest

from assembly.values import Json
from constructs_lib.signals.dangerous_acts import DANGEROUS_ACTS, DangerousAct
from tests.aws.iam import Statement, statements
from tests.aws.resources import Environment, Resource
from tests.constructs_lib.aws.account.test_budgets import monitored_topics
from tests.synthesis import CHECKOUT

REGIONS = ["us-east-1", "us-west-2"]
RULE = "AWS::Events::Rule"
ALARM = "AWS::CloudWatch::Alarm"


def rule(account: Environment, source: str, region: str = "us-east-1", kind: str = "") -> Resource:
    """Return the only rule for what a service says in a region."""
    (found,) = (
        rule
        for rule in account.resources(RULE)
        if rule.region == region
        and rule["EventPattern"]["source"] == [source]
        and rule["EventPattern"]["detail-type"] != ["AWS API Call via CloudTrail"]
        and kind in rule["EventPattern"]["detail-type"][0]
    )
    return found


ACTS = {
    "OwnerAdded": ("us-east-1", {"AttachUserPolicy", "AttachRolePolicy"}),
    "AccountKeyMade": ("us-east-1", {"CreateAccessKey"}),
    "AuditChanged": ("", {"PutEventSelectors"}),
    "SinkChanged": ("", {"StopLogging", "DeleteTrail", "UpdateTrail"}),
    "EncryptionKeyEnded": ("", {"ScheduleKeyDeletion", "DisableKey"}),
    "DetectionStopped": ("", {"StopConfigurationRecorder", "DeleteDetector", "UpdateDetector"}),
}


def receivers(account: Environment, rule: Resource) -> set[str]:
    """Return the addresses that a rule's message reaches."""
    topics = [target["Arn"] for target in rule["Targets"]]
    subscriptions = account.resources("AWS::SNS::Subscription")
    return {each["Endpoint"] for each in subscriptions if each["TopicArn"] in topics}


@pytest.mark.plan("SEC-11")
@pytest.mark.parametrize("region", REGIONS)
def test_attacks_are_looked_for_in_both_regions(account: Environment, region: str) -> None:
    (detector,) = (each for each in account.resources("AWS::GuardDuty::Detector") if each.region == region)
    assert detector["Enable"] is True


def test_a_detector_names_every_feature_because_others_are_on_and_paid_for(account: Environment) -> None:
    shape = botocore.session.get_session().get_service_model("guardduty").shape_for("DetectorFeature")
    known = {*shape.metadata["enum"]}
    for detector in account.resources("AWS::GuardDuty::Detector"):
        features = {feature["Name"]: feature["Status"] for feature in detector["Features"]}
        # A part of another one, and may not be named beside it.
        assert known - features.keys() == {"EKS_RUNTIME_MONITORING"}
        assert {name for name, status in features.items() if status == "ENABLED"} == {
            "S3_DATA_EVENTS",
            "RDS_LOGIN_EVENTS",
        }


@pytest.mark.plan("SEC-11", "SEC-9/keyless", "SEC-8/managed", "SEC-10")
@pytest.mark.parametrize("act", DANGEROUS_ACTS, ids=lambda act: act.name)
def test_a_dangerous_act_pages_a_person_where_its_event_arrives(account: Environment, act: DangerousAct) -> None:
    where, names = ACTS[act.name]
    rules = [rule for rule in account.resources(RULE) if rule["Description"] == act.name]
    assert [rule.region for rule in rules] == ([where] if where else REGIONS)
    for found in rules:
        assert found["EventPattern"]["detail-type"] == ["AWS API Call via CloudTrail"]
        assert names <= set(found["EventPattern"]["detail"]["eventName"])
        assert receivers(account, found) == {"on-call@goodies.example"}


@pytest.mark.plan("SEC-9/roles")
def test_whoever_is_given_all_permissions_is_told_by_the_policy(account: Environment) -> None:
    (rule,) = (rule for rule in account.resources(RULE) if rule["Description"] == "OwnerAdded")
    (policies,) = rule["EventPattern"]["detail"]["requestParameters"].values()
    assert "arn:aws:iam::aws:policy/AdministratorAccess" in policies


def test_every_call_that_is_a_dangerous_act_exists(account: Environment) -> None:
    session = botocore.session.get_session()
    for rule in account.resources(RULE):
        if rule["EventPattern"]["detail-type"] == ["AWS API Call via CloudTrail"]:
            models = [session.get_service_model(_model(source)) for source in rule["EventPattern"]["source"]]
            known = {name for model in models for name in model.operation_names}
            assert set(rule["EventPattern"]["detail"]["eventName"]) <= known, rule


def _model(source: str) -> str:
    name = source.removeprefix("aws.")
    return {"access-analyzer": "accessanalyzer"}.get(name, name)


@pytest.mark.plan("SEC-9/roles", "IMP-8/finding")
def test_no_service_publishes_events_to_a_topic_except_as_a_role_of_the_account(account: Environment) -> None:
    for policy in account.resources("AWS::SNS::TopicPolicy"):
        for said in policy["PolicyDocument"]["Statement"]:
            if said["Effect"] == "Allow":
                assert said["Condition"]["StringEquals"]["aws:SourceAccount"] == "111122223333", policy
                assert "events.amazonaws.com" not in str(said["Principal"]), policy
    topics = {str(topic) for topic in account.resources("AWS::SNS::Topic")}
    for rule in account.resources(RULE):
        for target in rule["Targets"]:
            if str(target["Arn"]) in topics:
                allowed = {action for said in _rights(account, target["RoleArn"]) for action in said.actions}
                assert allowed == {"sns:Publish", "kms:Decrypt", "kms:GenerateDataKey"}, rule


def _rights(account: Environment, role: Resource) -> list[Statement]:
    return [said for said in statements(account) if role in said.holder.get("Roles", [])]


@pytest.mark.plan("SEC-12")
@pytest.mark.parametrize("region", REGIONS)
def test_access_from_outside_is_looked_for_in_both_regions(account: Environment, region: str) -> None:
    kinds = [each["Type"] for each in account.resources("AWS::AccessAnalyzer::Analyzer") if each.region == region]
    assert "ACCOUNT" in kinds


@pytest.mark.plan("SEC-12")
def test_access_that_nobody_uses_is_looked_for_once(account: Environment) -> None:
    analyzer = account.one("AWS::AccessAnalyzer::Analyzer", Type="ACCOUNT_UNUSED_ACCESS")
    assert analyzer["AnalyzerConfiguration"]["UnusedAccessConfiguration"]["UnusedAccessAge"] == 90


@pytest.mark.plan("IMP-5")
def test_images_are_scanned_when_pushed_and_whenever_a_vulnerability_becomes_known(
    delivery: Environment,
) -> None:
    for registry in delivery.resources("AWS::ECR::Repository"):
        (scans,) = (
            each
            for each in delivery.resources("AWS::ECR::RegistryScanningConfiguration")
            if each.region == registry.region
        )
        (rule,) = scans["Rules"]
        (images,) = rule["RepositoryFilters"]
        assert (scans["ScanType"], rule["ScanFrequency"]) == ("ENHANCED", "CONTINUOUS_SCAN")
        assert registry["RepositoryName"].startswith(images["Filter"].rstrip("*"))


@pytest.mark.parametrize("region", REGIONS)
def test_a_severe_attack_pages_a_person(account: Environment, region: str) -> None:
    attack = rule(account, "aws.guardduty", region)
    assert attack["EventPattern"]["detail"]["severity"] == [{"numeric": [">=", 7]}]
    assert receivers(account, attack) == {"on-call@goodies.example"}


@pytest.mark.plan("IMP-8/finding", "IMP-5")
def test_a_critical_vulnerability_pages_a_person_and_names_the_runbook(account: Environment) -> None:
    vulnerability = rule(account, "aws.inspector2")
    assert vulnerability["EventPattern"]["detail"] == {"severity": ["CRITICAL"], "status": ["ACTIVE"]}
    assert receivers(account, vulnerability) == {"on-call@goodies.example"}
    assert "docs/runbooks/account/patch.md" in str(vulnerability["Targets"])


@pytest.mark.plan("SEC-10")
def test_the_root_users_sign_in_pages_a_person(account: Environment) -> None:
    assert receivers(account, rule(account, "aws.signin")) == {"on-call@goodies.example"}


@pytest.mark.plan("SEC-12")
@pytest.mark.parametrize("source", ["aws.access-analyzer", "aws.config"])
def test_external_access_or_a_broken_rule_notifies_the_team(account: Environment, source: str) -> None:
    assert receivers(account, rule(account, source)) == {"team@goodies.example"}


@pytest.mark.plan("IMP-8/finding")
def test_a_message_that_was_not_sent_is_kept_and_is_an_alarm(account: Environment) -> None:
    for each in account.resources(RULE):
        for target in each["Targets"]:
            queue = target["DeadLetterConfig"]["Arn"]
            (alarm,) = (each for each in account.resources(ALARM) if queue in [item["Value"] for item in about(each)])
            assert alarm["AlarmActions"], alarm


@pytest.mark.plan("IMP-8/finding")
def test_an_undelivered_notification_alarms_another_receiver(account: Environment) -> None:
    for topic in account.resources("AWS::SNS::Topic"):
        (alarm,) = (alarm for alarm in account.resources(ALARM) if topic in monitored_topics(alarm))
        assert topic not in alarm["AlarmActions"], alarm
        assert alarm["TreatMissingData"] == "breaching"


def about(alarm: Resource) -> list[Json]:
    """Return what an alarm's metric is about."""
    found: list[Json] = alarm.get("Dimensions", [])
    return found


@pytest.mark.plan("IMP-11")
def test_every_runbook_that_a_message_names_exists(account: Environment) -> None:
    said = "".join(str(stack.template) for stack in account.stacks.values())
    named = set(re.findall(r"docs/runbooks/[\w/-]+\.md", said))
    assert named
    assert [path for path in sorted(named) if not (CHECKOUT / path).exists()] == []
