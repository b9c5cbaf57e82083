"""AWS WAF: managed rules, rate limits, logs; Shield."""

from typing import Any

import pytest

from assembly.values import Json
from tests import smart_home
from tests.aws.resources import Environment

ACL = "AWS::WAFv2::WebACL"
# The groups of the rules in the data, and the namespaces of their labels ("Baseline rule groups" and "Use-case specific
# rule groups", AWS WAF developer guide).
_COMMON, _SQL = "AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet"
NAMESPACES = {_COMMON: "awswaf:managed:aws:core-rule-set", _SQL: "awswaf:managed:aws:sql-database"}
GROUPS = {
    "SizeRestrictions_BODY": _COMMON,
    "EC2MetaDataSSRF_BODY": _COMMON,
    "GenericLFI_BODY": _COMMON,
    "GenericRFI_BODY": _COMMON,
    "CrossSiteScripting_BODY": _COMMON,
    "SQLi_BODY": _SQL,
}


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


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("entity", smart_home.entities(), ids=lambda entity: entity["name"])
@pytest.mark.parametrize("path", ["/api/v1/sync/", "/api/v1/graph/entities", "/api/v1/mcp/tools/create"])
def test_what_a_home_holds_passes_where_a_token_is_needed(
    environment: Environment, entity: dict[str, Any], path: str
) -> None:
    assert verdict(environment.one(ACL, "Edge"), path, entity["matches"]) == "Allow"


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("path", ["/", "/api/v2/graph", "/api/v1/auth/admin/login", "/static/a.js"])
def test_the_same_bodies_are_refused_elsewhere(environment: Environment, path: str) -> None:
    for entity in smart_home.entities():
        wanted = "Block" if entity["matches"] else "Allow"
        assert verdict(environment.one(ACL, "Edge"), path, entity["matches"]) == wanted, entity["name"]


@pytest.mark.plan("SEC-3")
def test_every_rule_that_looks_elsewhere_than_into_bodies_keeps_its_action(environment: Environment) -> None:
    for name, rule in managed(environment).items():
        changed = rule["Statement"]["ManagedRuleGroupStatement"].get("RuleActionOverrides", [])
        assert [item["Name"] for item in changed if not item["Name"].endswith("_BODY")] == [], name
        assert all(item["ActionToUse"] == {"Count": {}} for item in changed), name


def test_the_data_names_every_rule_that_counts(environment: Environment) -> None:
    counted = {rule for _, rule in counted_rules(environment.one(ACL, "Edge"))}
    # Patterns of attacks on databases that AWS does not describe; its simpler rule names the same bodies.
    assert {rule for entity in smart_home.entities() for rule in entity["matches"]} == counted - {
        "SQLiExtendedPatterns_BODY"
    }


def test_the_data_is_as_large_as_it_says() -> None:
    for entity in smart_home.entities():
        large = len(smart_home.body(entity)) > 8 * 1024
        assert large == ("SizeRestrictions_BODY" in entity["matches"]), entity["name"]


def counted_rules(acl: Json) -> list[tuple[str, str]]:
    """Return group and name of the managed rules that count instead of blocking."""
    groups = [rule["Statement"].get("ManagedRuleGroupStatement", {}) for rule in acl["Rules"]]
    return [(group["Name"], item["Name"]) for group in groups for item in group.get("RuleActionOverrides", [])]


def verdict(acl: Json, path: str, matches: list[str]) -> str:
    """Return what the web ACL does with a request, given the rules of AWS's groups that its body matches."""
    labels: set[str] = set()
    for rule in sorted(acl["Rules"], key=lambda item: item["Priority"]):
        statement = rule["Statement"]
        if group := statement.get("ManagedRuleGroupStatement"):
            counted = {item["Name"] for item in group.get("RuleActionOverrides", [])}
            own = [name for name in matches if GROUPS[name] == group["Name"]]
            if set(own) - counted:
                return "Block"
            labels |= {f"{NAMESPACES[group['Name']]}:{name.removesuffix('BODY')}Body" for name in own}
        elif "RateBasedStatement" not in statement and holds(statement, path, labels):
            return str(next(iter(rule["Action"])))
    return str(next(iter(acl["DefaultAction"])))


def holds(statement: Json, path: str, labels: set[str]) -> bool:
    """Return whether a statement of the web ACL holds for a path and the labels so far."""
    match statement:
        case {"AndStatement": {"Statements": parts}}:
            return all(holds(part, path, labels) for part in parts)
        case {"OrStatement": {"Statements": parts}}:
            return any(holds(part, path, labels) for part in parts)
        case {"NotStatement": {"Statement": part}}:
            return not holds(part, path, labels)
        case {"LabelMatchStatement": {"Scope": "LABEL", "Key": key}}:
            return key in labels
        case {"ByteMatchStatement": {"PositionalConstraint": "STARTS_WITH", "SearchString": start}}:
            return path.startswith(start)
    raise AssertionError(f"a statement that this test does not know: {statement}")


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
