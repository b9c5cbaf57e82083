"""Memorystore, Redis and Valkey: failover, TLS, AUTH string, encryption, persistence."""

import pytest

from tests.gcp.terraform import Stack

CACHE = "google_redis_instance"


@pytest.mark.plan("GCP-5", "ENV-3/production-like", "ENV-4/scale")
@pytest.mark.parametrize(("name", "replicas"), [("gcp_prod", 2), ("gcp_staging", 1)])
def test_the_cache_fails_over_by_itself(name: str, replicas: int, request: pytest.FixtureRequest) -> None:
    cache = request.getfixturevalue(name).one(CACHE)
    assert (cache["tier"], cache["replica_count"]) == ("STANDARD_HA", replicas)


@pytest.mark.plan("ENV-2/minimal")
def test_development_pays_for_one_node(gcp_dev: Stack) -> None:
    cache = gcp_dev.one(CACHE)
    assert (cache["tier"], cache["memory_size_gb"]) == ("BASIC", 1)


@pytest.mark.plan("GCP-5", "SEC-1/data")
def test_only_the_private_network_leads_to_the_cache(gcp_environment: Stack) -> None:
    cache = gcp_environment.one(CACHE)
    assert cache["connect_mode"] == "PRIVATE_SERVICE_ACCESS"
    assert cache["authorized_network"] == gcp_environment.one("google_compute_network")


@pytest.mark.plan("SEC-6/encrypted")
def test_the_cache_speaks_tls_and_asks_for_a_password(gcp_environment: Stack) -> None:
    cache = gcp_environment.one(CACHE)
    assert (cache["transit_encryption_mode"], cache["auth_enabled"]) == ("SERVER_AUTHENTICATION", True)


@pytest.mark.plan("SEC-5")
def test_the_cache_is_encrypted_with_the_environments_key(gcp_environment: Stack) -> None:
    cache = gcp_environment.one(CACHE)
    assert cache["customer_managed_key"]["key_ring"]["location"] == cache["region"]


@pytest.mark.plan("GCP-5")
def test_a_full_cache_forgets_what_was_used_least_recently(gcp_environment: Stack) -> None:
    assert gcp_environment.one(CACHE)["redis_configs"] == {"maxmemory-policy": "allkeys-lru"}


@pytest.mark.plan("GCP-5")
def test_the_cache_of_production_survives_a_restart(gcp_prod: Stack) -> None:
    assert gcp_prod.one(CACHE)["persistence_config"]["persistence_mode"] == "RDB"


@pytest.mark.plan("GCP-10")
def test_the_caches_password_is_a_secret(gcp_environment: Stack) -> None:
    version = gcp_environment.one("google_secret_manager_secret_version", "Cache")
    cache = gcp_environment.one(CACHE)
    assert version["secret_data"] == f"${{{CACHE}.{cache.name}.auth_string}}" or version["secret_data"] == cache


@pytest.mark.plan("GCP-5", "SEC-5", "SEC-6/encrypted")
def test_one_word_makes_it_valkey(gcp_prod_variant: Stack) -> None:
    assert gcp_prod_variant.resources(CACHE) == []
    valkey = gcp_prod_variant.one("google_memorystore_instance")
    assert (valkey["mode"], valkey["replica_count"], valkey["zone_distribution_config"]) == (
        "CLUSTER_DISABLED",
        2,
        {"mode": "MULTI_ZONE"},
    )
    assert (valkey["authorization_mode"], valkey["transit_encryption_mode"]) == ("IAM_AUTH", "SERVER_AUTHENTICATION")
    assert valkey["kms_key"]["key_ring"]["location"] == valkey["location"]
    assert valkey["engine_configs"] == {"maxmemory-policy": "allkeys-lru"}
    assert valkey.protected


@pytest.mark.plan("GCP-5", "SEC-1/data")
def test_valkey_has_an_address_among_the_nodes(gcp_prod_variant: Stack) -> None:
    valkey = gcp_prod_variant.one("google_memorystore_instance")
    policy = gcp_prod_variant.one("google_network_connectivity_service_connection_policy")
    assert [link["network"] for link in valkey["desired_auto_created_endpoints"]] == [policy["network"]]
    (subnetwork,) = policy["psc_config"]["subnetworks"]
    assert (policy["location"], subnetwork["region"]) == (valkey["location"], valkey["location"])
    assert f"{policy.type}.{policy.name}" in valkey["depends_on"]


@pytest.mark.plan("GCP-5", "SEC-9/keyless")
def test_nobody_needs_a_password_for_valkey(gcp_prod_variant: Stack) -> None:
    assert gcp_prod_variant.resources("google_secret_manager_secret", secret_id="cache-password") == []


@pytest.mark.plan("GCP-5", "SEC-9/roles")
def test_the_service_logs_in_to_valkey_as_itself(gcp_prod_variant: Stack) -> None:
    grant = gcp_prod_variant.one("google_project_iam_member", role="roles/memorystore.dbConnectionUser")
    account = gcp_prod_variant.one("kubernetes_service_account_v1", "Service")
    assert grant["member"].startswith("principal://iam.googleapis.com/")
    assert f"/sa/${{{account.type}.{account.name}." in grant["member"]


@pytest.mark.plan("MON-6")
@pytest.mark.parametrize(
    "metric",
    [
        "memorystore_googleapis_com:instance_stats_total_keyspace_hits_count",
        "memorystore_googleapis_com:instance_memory_maximum_utilization",
        "memorystore_googleapis_com:instance_cpu_maximum_utilization",
        "memorystore_googleapis_com:instance_stats_total_evicted_keys_count",
    ],
)
def test_valkey_is_watched_as_redis_is(gcp_prod_variant: Stack, metric: str) -> None:
    assert metric in str(gcp_prod_variant.resources("google_monitoring_dashboard")[0].body)
    assert "redis_googleapis_com" not in str(gcp_prod_variant.content)
