"""Application Load Balancer: clients, TLS, the origin secret, the test listener."""

import pytest

from tests.aws.checks import weak_tls
from tests.aws.iam import attributes
from tests.aws.ingress import ingress_rules, reaches
from tests.aws.resources import Environment

BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
RULE = "AWS::ElasticLoadBalancingV2::ListenerRule"
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
def test_requests_without_the_secret_header_are_refused(environment: Environment) -> None:
    for listener in environment.resources(LISTENER):
        (default,) = listener["DefaultActions"]
        assert (default["Type"], default["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "403"), listener
        for rule in environment.resources(RULE, ListenerArn=listener):
            assert [condition["Field"] for condition in rule["Conditions"]] == ["http-header"], rule


def test_two_secret_headers_are_good_so_that_one_can_be_changed(environment: Environment) -> None:
    secrets = {
        f"{{{{resolve:secretsmanager:{secret}:SecretString:::}}}}"
        for secret in environment.resources(SECRET, "Data/OriginSecrets")
    }
    assert len(secrets) == 2
    for rule in environment.resources(RULE):
        (condition,) = rule["Conditions"]
        assert set(condition["HttpHeaderConfig"]["Values"]) == secrets, rule


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
def test_the_load_balancer_asks_the_tasks_whether_they_are_well(environment: Environment) -> None:
    groups = environment.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    assert {group["HealthCheckPath"] for group in groups} == {"/health"}
