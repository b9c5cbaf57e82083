"""CloudFront: caching, origins, TLS, security headers."""

import pytest

from assembly.values import Json
from tests.aws.checks import CACHING_OPTIMIZED, behaviors, cached_api_paths
from tests.aws.resources import Environment
from tests.synthesis import CHECKOUT

CDN = "AWS::CloudFront::Distribution"
# All that a custom error response takes ("How CloudFront caches HTTP 4xx and 5xx status codes").
ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)


def origin_of(environment: Environment, path: str) -> Json:
    distribution = environment.one(CDN)
    wanted = behaviors(distribution)[path]["TargetOriginId"]
    return next(origin for origin in distribution["DistributionConfig"]["Origins"] if origin["Id"] == wanted)


@pytest.mark.plan("ARC-1/cdn", "ARC-1/balancer", "AWS-7")
def test_the_cdn_calls_the_load_balancer_which_calls_the_tasks(environment: Environment) -> None:
    balancer = environment.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    address = environment.one("AWS::Route53::RecordSet", "Service/Entrance")
    (served,) = environment.one("AWS::ECS::Service")["LoadBalancers"]
    rule = environment.one("AWS::ElasticLoadBalancingV2::ListenerRule", "Service/Entrance/ProductionRule")
    (forward,) = rule["Actions"]
    assert f"{origin_of(environment, '*')['DomainName']}." == address["Name"]
    assert str(balancer) in address["AliasTarget"]["DNSName"]
    assert rule["ListenerArn"]["LoadBalancerArn"] == balancer
    assert served["TargetGroupArn"] in [group["TargetGroupArn"] for group in forward["ForwardConfig"]["TargetGroups"]]


@pytest.mark.plan("AWS-7", "IMP-4")
def test_the_api_is_never_cached(environment: Environment) -> None:
    assert cached_api_paths(environment) == []


@pytest.mark.plan("AWS-7")
def test_no_error_is_cached(environment: Environment) -> None:
    errors = environment.one(CDN)["DistributionConfig"]["CustomErrorResponses"]
    assert {error["ErrorCode"]: error for error in errors} == {
        status: {"ErrorCode": status, "ErrorCachingMinTTL": 0} for status in ERRORS
    }


@pytest.mark.plan("SEC-3")
def test_the_api_gets_the_viewers_address_as_the_cdn_saw_it(environment: Environment) -> None:
    behavior = behaviors(environment.one(CDN))["*"]
    (associated,) = behavior["FunctionAssociations"]
    function = environment.one("AWS::CloudFront::Function")
    assert associated["EventType"] == "viewer-request"
    assert associated["FunctionARN"] == function
    assert function["FunctionCode"] == (CHECKOUT / "operations" / "viewer_address.js").read_text()
    assert function["AutoPublish"] is True


@pytest.mark.plan("AWS-7")
def test_the_api_takes_every_method(environment: Environment) -> None:
    methods = behaviors(environment.one(CDN))["*"]["AllowedMethods"]
    assert set(methods) == {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}


@pytest.mark.plan("AWS-6/assets", "AWS-7", "IMP-4")
def test_static_assets_come_from_their_bucket_and_are_cached(environment: Environment) -> None:
    static = behaviors(environment.one(CDN))["/static/*"]
    bucket = environment.one("AWS::S3::Bucket", "Data/Storage/Assets")
    assert static["CachePolicyId"] == CACHING_OPTIMIZED
    assert origin_of(environment, "/static/*")["DomainName"].startswith(f"{bucket}.s3.")


@pytest.mark.plan("SEC-9/roles")
def test_the_cdn_signs_what_it_asks_of_the_bucket(environment: Environment) -> None:
    control = origin_of(environment, "/static/*")["OriginAccessControlId"]["OriginAccessControlConfig"]
    assert (control["SigningBehavior"], control["SigningProtocol"]) == ("always", "sigv4")


@pytest.mark.plan("SEC-6/tls-1.3")
def test_viewers_speak_tls_1_3(environment: Environment) -> None:
    version = environment.one(CDN)["DistributionConfig"]["ViewerCertificate"]["MinimumProtocolVersion"]
    assert version.startswith("TLSv1.3")


@pytest.mark.plan("SEC-6/encrypted")
def test_no_path_answers_in_plain_text(environment: Environment) -> None:
    policies = {path: behavior["ViewerProtocolPolicy"] for path, behavior in behaviors(environment.one(CDN)).items()}
    assert set(policies.values()) <= {"https-only", "redirect-to-https"}, policies


@pytest.mark.plan("SEC-6/encrypted")
def test_the_cdn_speaks_tls_to_the_load_balancer(environment: Environment) -> None:
    origin = origin_of(environment, "*")["CustomOriginConfig"]
    assert (origin["OriginProtocolPolicy"], origin["OriginSSLProtocols"]) == ("https-only", ["TLSv1.2"])


@pytest.mark.plan("IMP-4")
def test_the_cdn_is_tuned(environment: Environment) -> None:
    config = environment.one(CDN)["DistributionConfig"]
    assert config["HttpVersion"] == "http2and3"
    assert config["IPV6Enabled"] is True
    compressed = {path for path, behavior in behaviors(environment.one(CDN)).items() if behavior["Compress"]}
    # CloudFront compresses only what its cache policy lets it keep in two forms: not the API.
    assert compressed == {"/static/*"}


@pytest.mark.plan("IMP-4")
def test_clients_learn_of_http_3_before_they_connect(environment: Environment) -> None:
    record = environment.one("AWS::Route53::RecordSet", Type="HTTPS")
    addresses = [environment.one("AWS::Route53::RecordSet", "Edge", Type=kind) for kind in ("A", "AAAA")]
    assert [(item["Name"], item["AliasTarget"]) for item in addresses] == [(record["Name"], record["AliasTarget"])] * 2


@pytest.mark.plan("IMP-4")
def test_the_cdn_measures_its_hit_rate(environment: Environment) -> None:
    subscription = environment.one("AWS::CloudFront::MonitoringSubscription", DistributionId=environment.one(CDN))
    config = subscription["MonitoringSubscription"]["RealtimeMetricsSubscriptionConfig"]
    assert config["RealtimeMetricsSubscriptionStatus"] == "Enabled"


@pytest.mark.plan("AWS-7")
def test_the_cdn_writes_a_log(environment: Environment) -> None:
    logs = environment.one("AWS::S3::Bucket", "Data/Storage/Logs")
    assert environment.one(CDN)["DistributionConfig"]["Logging"]["Bucket"] == logs


@pytest.mark.plan("SEC-6/encrypted", "SEC-3")
def test_every_answer_carries_security_headers(environment: Environment) -> None:
    for path, behavior in behaviors(environment.one(CDN)).items():
        headers = behavior["ResponseHeadersPolicyId"]["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
        assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000, path
        assert {"ContentTypeOptions", "FrameOptions", "ReferrerPolicy", "ContentSecurityPolicy"} <= set(headers), path


@pytest.mark.plan("AWS-9")
def test_the_cdns_certificate_is_in_us_east_1_for_the_name_that_it_answers_to(environment: Environment) -> None:
    config = environment.one(CDN)["DistributionConfig"]
    certificate = config["ViewerCertificate"]["AcmCertificateArn"]
    assert (certificate.region, config["Aliases"]) == ("us-east-1", [certificate["DomainName"]])


@pytest.mark.plan("AWS-9")
def test_certificates_renew_themselves_by_dns(environment: Environment) -> None:
    zone = environment.one("AWS::Route53::HostedZone")
    for certificate in environment.resources("AWS::CertificateManager::Certificate"):
        assert certificate["ValidationMethod"] == "DNS", certificate
        assert {option["HostedZoneId"] for option in certificate["DomainValidationOptions"]} == {zone}, certificate
