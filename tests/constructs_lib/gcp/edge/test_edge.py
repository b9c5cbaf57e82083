"""Global load balancer and Cloud CDN: caching, backends, TLS, security headers."""

import pytest

from assembly.values import Json
from tests.gcp.terraform import Stack


def paths(stack: Stack) -> dict[str, Json]:
    """Return the backends of the load balancer by the paths that lead there."""
    (proxy,) = stack.resources("google_compute_target_https_proxy")
    (matcher,) = proxy["url_map"]["path_matcher"]
    rules = {path: rule["service"] for rule in matcher["path_rule"] for path in rule["paths"]}
    return {"*": matcher["default_service"], **rules}


@pytest.mark.plan("ARC-1/balancer", "GCP-7")
def test_the_load_balancer_calls_the_pods(gcp_environment: Stack) -> None:
    backend = paths(gcp_environment)["*"]
    service = gcp_environment.one("kubernetes_service_v1")
    annotations = service["metadata"]["annotations"]
    (port,) = service["spec"]["port"]
    assert backend == gcp_environment.one("google_compute_backend_service")
    assert f'"{port["port"]}"' in annotations["cloud.google.com/neg"]
    assert f"google_compute_backend_service.{backend.name}.name" in annotations["controller.autoneg.dev/neg"]


@pytest.mark.plan("ARC-1/balancer")
def test_whoever_attaches_pods_is_not_undone_by_terraform(gcp_environment: Stack) -> None:
    backend = gcp_environment.one("google_compute_backend_service")
    assert backend["lifecycle"]["ignore_changes"] == ["backend"]
    assert backend.get("backend") is None


@pytest.mark.plan("GCP-7", "IMP-4")
def test_the_api_is_never_cached(gcp_environment: Stack) -> None:
    cached = [path for path, backend in paths(gcp_environment).items() if backend.get("enable_cdn")]
    assert cached == ["/static/*"]
    for service in gcp_environment.resources("google_compute_backend_service"):
        assert service["enable_cdn"] is False, service
        assert service.get("cdn_policy") is None, service


@pytest.mark.plan("GCP-6", "GCP-7", "IMP-4")
def test_static_assets_come_from_their_bucket_and_are_cached(gcp_environment: Stack) -> None:
    backend = paths(gcp_environment)["/static/*"]
    assert backend["bucket_name"] == gcp_environment.one("google_storage_bucket", "Storage/assets")
    assert backend["enable_cdn"] is True
    assert backend["cdn_policy"]["cache_mode"] == "CACHE_ALL_STATIC"


@pytest.mark.plan("GCP-6", "SEC-2")
def test_only_the_load_balancer_reads_the_assets(gcp_environment: Stack) -> None:
    assets = gcp_environment.one("google_storage_bucket", "Storage/assets")
    grants = gcp_environment.resources("google_storage_bucket_iam_member", bucket=assets)
    assert assets["public_access_prevention"] == "enforced"
    assert {(grant["role"], grant["member"].rpartition("@")[2]) for grant in grants} == {
        ("roles/storage.objectViewer", "https-lb.iam.gserviceaccount.com")
    }


@pytest.mark.plan("IMP-4")
def test_the_cdn_is_tuned(gcp_environment: Stack) -> None:
    backend = paths(gcp_environment)["/static/*"]
    assert backend["compression_mode"] == "AUTOMATIC"
    assert backend["cdn_policy"]["negative_caching"] is True
    assert backend["cdn_policy"]["serve_while_stale"] > 0
    assert gcp_environment.one("google_compute_target_https_proxy")["quic_override"] == "ENABLE"


@pytest.mark.plan("IMP-4")
def test_an_answer_says_whether_it_was_cached(gcp_environment: Stack) -> None:
    assert "X-Cache: {cdn_cache_status}" in paths(gcp_environment)["/static/*"]["custom_response_headers"]


@pytest.mark.plan("SEC-6/encrypted")
def test_clients_speak_the_strictest_tls_that_the_platform_enforces(gcp_environment: Stack) -> None:
    policy = gcp_environment.one("google_compute_target_https_proxy")["ssl_policy"]
    assert (policy["min_tls_version"], policy["profile"]) == ("TLS_1_2", "RESTRICTED")


@pytest.mark.plan("SEC-6/encrypted")
def test_plain_text_is_sent_to_tls(gcp_environment: Stack) -> None:
    (plain,) = gcp_environment.resources("google_compute_target_http_proxy")
    assert plain["url_map"]["default_url_redirect"]["https_redirect"] is True
    assert plain["url_map"].get("default_service") is None
    assert plain["url_map"].get("path_matcher") is None


@pytest.mark.plan("SEC-6/encrypted", "GCP-9")
@pytest.mark.parametrize("version", ["IPV4", "IPV6"])
def test_every_address_answers_on_both_ports(gcp_environment: Stack, version: str) -> None:
    address = gcp_environment.one("google_compute_global_address", "Edge", ip_version=version)
    rules = gcp_environment.resources("google_compute_global_forwarding_rule", ip_address=address)
    assert {(rule["port_range"], rule["target"].type) for rule in rules} == {
        ("443", "google_compute_target_https_proxy"),
        ("80", "google_compute_target_http_proxy"),
    }


@pytest.mark.plan("SEC-6/encrypted", "SEC-3")
def test_every_answer_carries_security_headers(gcp_environment: Stack) -> None:
    for path, backend in paths(gcp_environment).items():
        headers = {line.partition(":")[0]: line.partition(": ")[2] for line in backend["custom_response_headers"]}
        age = headers["Strict-Transport-Security"].partition("max-age=")[2].partition(";")[0]
        assert int(age) >= 31536000, path
        assert {
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
            "Content-Security-Policy",
        } <= set(headers), path


@pytest.mark.plan("GCP-9")
def test_the_certificate_is_for_the_name_that_the_service_answers_to(gcp_environment: Stack) -> None:
    proxy = gcp_environment.one("google_compute_target_https_proxy")
    entry = gcp_environment.one("google_certificate_manager_certificate_map_entry")
    (certificate,) = entry["certificates"]
    (rule,) = proxy["url_map"]["host_rule"]
    assert f"google_certificate_manager_certificate_map.{entry['map'].name}.id" in proxy["certificate_map"]
    assert rule["hosts"] == certificate["managed"]["domains"] == [entry["hostname"]]


@pytest.mark.plan("GCP-9")
def test_the_certificate_renews_itself_by_dns(gcp_environment: Stack) -> None:
    certificate = gcp_environment.one("google_certificate_manager_certificate")
    (authorization,) = certificate["managed"]["dns_authorizations"]
    proof = gcp_environment.one("google_dns_record_set", type=authorization)
    assert authorization["domain"] in certificate["managed"]["domains"]
    assert [proof["name"], *proof["rrdatas"]] == [authorization, authorization]


@pytest.mark.plan("GCP-7")
def test_the_load_balancer_writes_a_log(gcp_environment: Stack) -> None:
    assert gcp_environment.one("google_compute_backend_service")["log_config"] == {"enable": True, "sample_rate": 1}


@pytest.mark.plan("ARC-1/balancer")
def test_only_a_pod_that_answers_its_health_check_is_called(gcp_environment: Stack) -> None:
    (check,) = gcp_environment.one("google_compute_backend_service")["health_checks"]
    assert check["http_health_check"] == {"request_path": "/health", "port_specification": "USE_SERVING_PORT"}


def test_an_operator_is_told_where_the_service_answers(gcp_environment: Stack) -> None:
    (rule,) = gcp_environment.one("google_compute_target_https_proxy")["url_map"]["host_rule"]
    assert gcp_environment.content["output"]["Url"]["value"] == f"https://{rule['hosts'][0]}"


@pytest.mark.plan("SEC-3")
def test_no_client_chooses_the_address_that_its_failed_logins_count_for(gcp_environment: Stack) -> None:
    """The service takes the first entry of the header, and a load balancer appends to what a client sent."""
    for backend in gcp_environment.resources("google_compute_backend_service"):
        written = dict(header.split(":", 1) for header in backend.get("custom_request_headers", ()))
        assert written.get("X-Forwarded-For", "").split(",") == ["{client_ip_address}", "{server_ip_address}"], backend
