"""GuardDuty, Access Analyzer, Inspector and sign-ins of the root user: what each one notifies."""

import re

import pytest

from assembly.values import Json
from tests.aws.resources import Environment, Resource
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
        and kind in rule["EventPattern"]["detail-type"][0]
    )
    return found


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
    account: Environment, delivery: Environment
) -> None:
    scans = account.one("AWS::ECR::RegistryScanningConfiguration")
    (rule,) = scans["Rules"]
    (images,) = rule["RepositoryFilters"]
    registry = delivery.one("AWS::ECR::Repository")
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
    for alarm in account.resources(ALARM, MetricName="NumberOfNotificationsFailed"):
        (silent,) = (item["Value"] for item in alarm["Dimensions"])
        assert silent not in alarm["AlarmActions"], alarm


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
