"""ElastiCache: failover, encryption, AUTH token, clients, snapshots."""

import pytest

from tests.aws.checks import uninvited
from tests.aws.iam import encrypted_with
from tests.aws.ingress import reaches
from tests.aws.resources import Environment

CACHE = "AWS::ElastiCache::ReplicationGroup"


@pytest.mark.plan("AWS-5")
def test_the_cache_is_redis_and_fails_over_by_itself_in_production(prod: Environment) -> None:
    cache = prod.one(CACHE)
    assert cache["Engine"] == "redis"
    assert (cache["AutomaticFailoverEnabled"], cache["MultiAZEnabled"]) == (True, True)
    assert cache["NumCacheClusters"] >= 2


@pytest.mark.plan("AWS-5", "ARC-1/cache")
def test_the_service_reaches_the_cache(environment: Environment) -> None:
    assert reaches(environment, "Cache", port=6379) == {"Service"}


@pytest.mark.plan("SEC-2", "AWS-5")
def test_only_the_service_reaches_the_cache(environment: Environment) -> None:
    assert uninvited(environment, "Cache", invited={"Service"}) == []


@pytest.mark.plan("SEC-5")
def test_the_cache_is_encrypted_with_the_environments_key(environment: Environment) -> None:
    cache = environment.one(CACHE)
    assert cache["AtRestEncryptionEnabled"] is True
    assert encrypted_with(cache) == {environment.one("AWS::KMS::Key")}


@pytest.mark.plan("SEC-6/encrypted")
def test_the_cache_refuses_connections_without_tls(environment: Environment) -> None:
    cache = environment.one(CACHE)
    assert (cache["TransitEncryptionEnabled"], cache["TransitEncryptionMode"]) == (True, "required")


@pytest.mark.plan("SEC-2", "AWS-10")
def test_the_cache_asks_for_a_password_that_secrets_manager_generated(environment: Environment) -> None:
    token = environment.one(CACHE)["AuthToken"]
    secret = environment.one("AWS::SecretsManager::Secret", "Data/Cache")
    assert token == f"{{{{resolve:secretsmanager:{secret}:SecretString:::}}}}"


@pytest.mark.plan("AWS-5")
def test_the_cache_is_backed_up_in_production(prod: Environment) -> None:
    assert prod.one(CACHE)["SnapshotRetentionLimit"] >= 1
