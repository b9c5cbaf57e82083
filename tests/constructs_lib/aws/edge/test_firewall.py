"""AWS WAF: managed rules, rate limits, logs; Shield."""

import pytest

from assembly.values import Json
from tests.aws.resources import Environment

ACL = "AWS::WAFv2::WebACL"


def managed(environment: Environment) -> dict[str, Json]:
    """Return the rules of AWS by the name of their group."""
    rules = environment.one(ACL, "Edge")["Rules"]
    groups = ((rule["Statement"].get("ManagedRuleGroupStatement", {}).get("Name"), rule) for rule in rules)
    return {name: rule for name, rule in groups if name}


@pytest.mark.plan("SEC-3", "AWS-7")
def test_every_request_passes_the_firewall(environment: Environment) -> None:
    acl = environment.one(ACL, "Edge")
    assert environment.one("AWS::CloudFront::Distribution")["DistributionConfig"]["WebACLId"] == acl
    assert (acl["Scope"], acl.region) == ("CLOUDFRONT", "us-east-1")


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize(
    "group",
    [
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesSQLiRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
        "AWSManagedRulesAmazonIpReputationList",
    ],
)
def test_attacks_are_refused_by(environment: Environment, group: str) -> None:
    assert managed(environment)[group]["OverrideAction"] == {"None": {}}


@pytest.mark.plan("SEC-4")
def test_floods_are_refused(environment: Environment) -> None:
    assert managed(environment)["AWSManagedRulesAntiDDoSRuleSet"]["OverrideAction"] == {"None": {}}


@pytest.mark.plan("SEC-4")
def test_everything_public_stands_behind_services_that_shield_standard_protects(environment: Environment) -> None:
    internet_facing = environment.resources("AWS::ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing")
    assert [str(balancer) for balancer in internet_facing] == [f"{environment.name}-Service/Entrance/Balancer"]
    assert environment.resources("AWS::ApiGateway::RestApi") == []
    assert environment.resources("AWS::EC2::Instance") == []


@pytest.mark.plan("SEC-4")
def test_nobody_pays_for_shield_advanced_who_did_not_ask(environment: Environment) -> None:
    assert environment.resources("AWS::Shield::Protection") == []


@pytest.mark.plan("SEC-3")
def test_guessing_passwords_is_slowed_down(environment: Environment) -> None:
    (limit,) = (rule for rule in environment.one(ACL, "Edge")["Rules"] if "RateBasedStatement" in rule["Statement"])
    statement = limit["Statement"]["RateBasedStatement"]
    path = statement["ScopeDownStatement"]["ByteMatchStatement"]
    assert limit["Action"] == {"Block": {}}
    assert statement["AggregateKeyType"] == "IP"
    assert (path["SearchString"], path["PositionalConstraint"]) == ("/api/v1/auth/", "STARTS_WITH")


@pytest.mark.plan("SEC-3")
def test_what_the_firewall_saw_is_kept_without_credentials(environment: Environment) -> None:
    log = environment.one("AWS::WAFv2::LoggingConfiguration", "Edge")
    redacted = {field["SingleHeader"]["Name"] for field in log["RedactedFields"]}
    assert redacted == {"authorization", "cookie"}
