"""Application Load Balancer: clients, TLS, the origin secret, the test listener."""

import json
from pathlib import Path

import pytest

import environments as settings
from constructs_lib.tags import tags
from environments import load
from tests.aws.checks import weak_tls
from tests.aws.iam import attributes
from tests.aws.ingress import ingress_rules, reaches
from tests.aws.resources import Environment
from tests.aws.timeouts import pairs
from tests.aws.variants import synthesized

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
SECRET = "AWS::SecretsManager::Secret"


@pytest.mark.plan("ARC-1/cdn", "SEC-2")
def test_only_the_cdn_calls_the_load_balancer(environment: Environment) -> None:
    assert [(rule.source, rule.ports) for rule in ingress_rules(environment) if rule.destination == "Entrance"] == [
        ("pl-3b927c52", range(443, 444))
    ]


@pytest.mark.plan("SEC-2")
def test_nobody_reaches_the_test_listener(prod: Environment) -> None:
    test = prod.one(LISTENER, "Service/Entrance/Balancer/TestListener")
    assert reaches(prod, "Entrance", port=test["Port"]) == set()


@pytest.mark.plan("SEC-6/encrypted")
def test_viewers_and_the_cdn_are_answered_with_tls_only(environment: Environment) -> None:
    assert weak_tls(environment) == []


@pytest.mark.plan("SEC-6/encrypted")
def test_every_listener_speaks_https(environment: Environment) -> None:
    assert {listener["Protocol"] for listener in environment.resources(LISTENER)} == {"HTTPS"}


@pytest.mark.plan("SEC-2")
def test_no_setting_and_no_tag_changes_a_rule_whose_weights_ecs_moves(
    prod: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stacks.aws.base.tags", lambda **given: {**tags(**given), "team": "home"})
    other = synthesized(_with_other_settings(next(item for item in load() if item.name == "prod")), tmp_path)
    assert _moved_rules(other) == _moved_rules(prod)
    assert other.stack("Service").tags == {}
    assert len(_moved_rules(prod)) == len(["production", "test"])


def _moved_rules(environment: Environment) -> dict[str, str]:
    """Return the rules that the service names as ECS's to change, by logical id, as their templates have them."""
    (served,) = environment.one("AWS::ECS::Service")["LoadBalancers"]
    named = served["AdvancedConfiguration"]
    rules = (named["ProductionListenerRule"], named["TestListenerRule"])
    return {rule.logical_id: json.dumps(rule.body, sort_keys=True) for rule in rules}


def _with_other_settings(environment: settings.Environment) -> settings.Environment:
    policy = environment.policy
    service = environment.service.model_copy(
        update={"size": "xlarge", "bake_minutes": 40, "stop_seconds": 60, "deletion_protection": False, "log_days": 30}
    )
    edge = environment.edge.model_copy(
        update={"login_requests_per_five_minutes": 50, "log_days": 60, "price_class": "all", "shield_advanced": True}
    )
    security = policy.security.model_copy(update={"secret_rotation_days": 7, "key_rotation_days": 180})
    return environment.model_copy(
        update={"service": service, "edge": edge, "policy": policy.model_copy(update={"security": security})}
    )


@pytest.mark.plan("SEC-2")
def test_every_listener_refuses_what_no_rule_forwards(environment: Environment) -> None:
    for listener in environment.resources(LISTENER):
        (default,) = listener["DefaultActions"]
        assert (default["Type"], default["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "403"), listener


@pytest.mark.plan("SEC-2")
def test_requests_without_the_secret_header_are_refused(environment: Environment) -> None:
    association = environment.one("AWS::WAFv2::WebACLAssociation")
    acl = association["WebACLArn"]
    assert association["ResourceArn"] == environment.one(BALANCER)
    assert acl["DefaultAction"] == {"Block": {}}
    (rule,) = acl["Rules"]
    match = rule["Statement"]["RegexPatternSetReferenceStatement"]
    assert rule["Action"] == {"Allow": {}}
    assert match["FieldToMatch"] == {"SingleHeader": {"Name": "x-origin-secret"}}
    assert match["Arn"] == environment.one("AWS::WAFv2::RegexPatternSet")


@pytest.mark.plan("SEC-2", "SEC-8/rotated")
def test_two_secret_headers_are_good_so_that_one_can_be_changed(environment: Environment) -> None:
    secrets = environment.resources(SECRET, "Data/OriginSecrets")
    assert len(secrets) == 2
    assert set(environment.one("AWS::WAFv2::RegexPatternSet")["RegularExpressionList"]) == {
        f"^{{{{resolve:secretsmanager:{secret}:SecretString:::}}}}$" for secret in secrets
    }


@pytest.mark.plan("SEC-8/managed")
def test_no_sample_and_no_log_of_the_web_acl_shows_the_secret(environment: Environment) -> None:
    acl = environment.one("AWS::WAFv2::WebACLAssociation")["WebACLArn"]
    samples = [item["VisibilityConfig"]["SampledRequestsEnabled"] for item in (acl, *acl["Rules"])]
    log = environment.one("AWS::WAFv2::LoggingConfiguration", ResourceArn=acl)
    assert not any(samples)
    assert "x-origin-secret" in {field["SingleHeader"]["Name"] for field in log["RedactedFields"]}


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize(
    "attribute",
    ["routing.http.drop_invalid_header_fields.enabled", "access_logs.s3.enabled"],
)
def test_the_load_balancer_has(environment: Environment, attribute: str) -> None:
    assert attributes(environment.one(BALANCER), "LoadBalancerAttributes")[attribute] == "true"


@pytest.mark.plan("ENV-4/data")
def test_no_load_balancer_can_be_deleted_in_production(prod: Environment) -> None:
    assert attributes(prod.one(BALANCER), "LoadBalancerAttributes")["deletion_protection.enabled"] == "true"


@pytest.mark.plan("AWS-9")
def test_the_load_balancers_certificate_is_for_the_name_that_the_cdn_calls(environment: Environment) -> None:
    name = environment.one("AWS::Route53::RecordSet", "Service/Entrance")["Name"].removesuffix(".")
    for listener in environment.resources(LISTENER):
        (certificate,) = (entry["CertificateArn"] for entry in listener["Certificates"])
        assert certificate["DomainName"] == name, listener
        assert certificate.region == listener.region, listener


@pytest.mark.plan("ARC-1/balancer")
def test_whoever_waits_for_an_answer_waits_longer_than_what_gives_it(environment: Environment) -> None:
    policy = load()[0].policy
    broken = [pair for pair in pairs(environment, policy) if pair[1] <= pair[3]]
    assert broken == []


@pytest.mark.plan("SEC-3")
def test_the_load_balancer_adds_no_address_to_the_viewers(environment: Environment) -> None:
    mode = attributes(environment.one(BALANCER), "LoadBalancerAttributes")["routing.http.xff_header_processing.mode"]
    assert mode == "preserve"


@pytest.mark.plan("ARC-1/balancer")
def test_the_load_balancer_asks_the_tasks_whether_they_are_well(environment: Environment) -> None:
    groups = environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert {group["HealthCheckPath"] for group in groups} == {"/health"}
