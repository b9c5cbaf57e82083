"""Checks of the environments: each finds its violation and says what to write instead."""

import pytest

import environments

from .conftest import Files


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("approval", False, "a production environment needs true (ENV-4)"),
        ("database.multi_az", False, "a production environment needs true (AWS-4, ENV-4)"),
        ("database.deletion_protection", False, "a production environment needs true (ENV-4)"),
        ("service.deletion_protection", False, "a production environment needs true (ENV-4)"),
        ("network.availability_zones", 2, "a production environment needs 3 (ENV-4)"),
        ("network.nat_gateways", 2, "a production environment needs one per zone, 3 (ENV-4)"),
        ("cache.nodes", 1, "a production environment needs 2 or more, to fail over (ENV-4)"),
        ("cache.snapshot_days", 0, "a production environment needs 1 or more (ENV-4)"),
        ("outside_check", False, "a production environment needs true (ENV-4)"),
        ("recovery", None, "a production environment needs a recovery region (ENV-4, DR-3)"),
    ],
)
@pytest.mark.plan("ENV-4/scale", "ENV-4/regions")
def test_production_cannot_go_without(files: Files, key: str, value: object, allowed: str) -> None:
    files.set("prod", key, value)
    assert (key, allowed) in [(error.key, error.allowed) for error in files.errors()]


@pytest.mark.parametrize("key", ["approval", "database.multi_az"])
def test_other_stages_may_go_without(files: Files, key: str) -> None:
    files.set("staging", key, False)
    assert not files.errors()


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("network.cidr", "11.0.0.0/16", "a part of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 (RFC 1918)"),
        ("network.cidr", "10.50.0.0/18", "a range from /16 to /17, to hold in each of 3 zones a public /24"),
        ("network.cidr", "10.64.0.0/15", "a range from /16 to /17, to hold"),
        ("network.private_mask", 16, "the subnets of 3 zones do not fit into a /16, the largest VPC"),
        ("network.cidr", "10.10.128.0/17", "a range that does not overlap with network.cidr of dev, 10.10.0.0/16"),
        ("recovery.network.cidr", "10.10.0.0/16", "a range that does not overlap with network.cidr of dev"),
        ("recovery.network.cidr", "10.30.0.0/16", "a range apart from network.cidr, 10.30.0.0/16"),
        ("recovery.network.nat_gateways", 3, "at most one per zone, 2"),
        ("network.interface_endpoints", ["kms", "logs", "kms"], "each service once; kms is there twice"),
        ("service.size", "tiny", "one of the sizes in policy.yaml: small, medium, large, xlarge, huge"),
        ("database.size", "huge", "one of the sizes in policy.yaml: small, medium, large, xlarge"),
        ("recovery.database_size", "huge", "one of the sizes in policy.yaml: small, medium, large, xlarge"),
        ("cache.size", "huge", "one of the sizes in policy.yaml: small, medium, large, xlarge"),
        ("database.engine_version", "12", "a version of PostgreSQL 15, 16, 17, 18"),
        ("database.engine_version", "18.3", 'a major version, in quotes: "18"'),
        ("recovery.database_size", "small", "at least database.size, medium: PostgreSQL stops replaying on a smaller"),
        ("database.max_storage_gib", 105, "at least 110, a tenth more than database.storage_gib"),
        ("account.domain", "dev.goodies.example", "a domain of its own; dev has the same"),
        ("account.domain", "api.dev.goodies.example", "a domain apart from dev.goodies.example of dev: api.dev."),
        ("account.domain", f"{'a' * 50}.example", "a domain in lower case of at most 57 characters"),
        ("account.gcp.project", "example-goodies-dev", "a project of its own; dev has the same"),
        ("account.gcp.project", "example-goodies-shared", "a project of its own, apart from account.gcp.project in"),
        ("database.name", "user", "another name: PostgreSQL, RDS or Cloud SQL reserves this one"),
        ("database.name", "postgres", "another name: PostgreSQL, RDS or Cloud SQL reserves this one"),
        ("account.receivers.on_call", "on-call", "an e-mail address"),
        ("account.receivers.on_call", f"{'a' * 65}@goodies.example", "an e-mail address with at most 64 characters"),
        ("account.receivers.team", "", "an e-mail address"),
        ("budget_usd", 0, "greater than or equal to 1"),
        ("service.stop_seconds", 25, "more than timeouts.graceful_stop_seconds in policy.yaml, 25"),
        ("service.architecture", "x86_64", "arm64, as in dev: all environments run the same image"),
        (
            "service.bake_minutes",
            2,
            "at least 3, a minute more than alarms.rollback_after_minutes in policy.yaml (RBK-1)",
        ),
    ],
)
def test_an_environment_that_cannot_be_deployed_is_refused(files: Files, key: str, value: object, allowed: str) -> None:
    files.set("prod", key, value)
    assert [error.key for error in files.errors() if error.allowed.startswith(allowed)] == [key]


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("regions.aws.recovery.name", "us-east-1", "a region other than regions.aws.primary.name (AWS-1)"),
        ("regions.aws.primary.zones.1", "us-east-1g", "one of us-east-1a, us-east-1b, us-east-1c, us-east-1d,"),
        ("regions.aws.primary.cdn_prefix_list", "pl-82a045eb", "pl-3b927c52, CloudFront's in us-east-1"),
        ("regions.aws.recovery.name", "us-west-1", "one of ap-northeast-1, ap-northeast-2, ap-south-1,"),
        ("regions.aws.recovery.name", "eu-south-1", "one of ap-northeast-1, ap-northeast-2, ap-south-1,"),
        ("regions.aws.recovery.name", "us-gov-west-1", "one of ap-northeast-1, ap-northeast-2, ap-south-1,"),
        ("regions.aws.primary.zones.1", "us-west-2b", "a zone of us-east-1, such as us-east-1a"),
        ("regions.aws.primary.zones.1", "us-east-12", "a zone of us-east-1, such as us-east-1a"),
        ("regions.aws.primary.zones.1", "", "the name of an availability zone, such as us-east-1a"),
        ("alarms.error_rate_percent.warning", 5, "less than alarms.error_rate_percent.critical, 5"),
        ("alarms.response_time_ms.warning", 1001, "less than alarms.response_time_ms.critical, 1000"),
        ("alarms.cpu_percent.warning", 90, "less than alarms.cpu_percent.critical, 90"),
        ("alarms.memory_percent.warning", 91, "less than alarms.memory_percent.critical, 90"),
        ("alarms.disk_percent.warning", 90, "less than alarms.disk_percent.critical, 90"),
        ("account.receivers.on_call", "somebody", "an e-mail address"),
        ("account.receivers.team", "team@", "an e-mail address"),
        ("account.receivers.owner", "@goodies.example", "an e-mail address"),
        ("backup.archive_keep_days", 90, "at least 91: archive_after_days and the 90 days that cold storage keeps"),
        ("backup.copy_keep_days", 6, "at least backup.point_in_time_days, 7 (DR-2)"),
        ("backup.point_in_time_days", 6, "greater than or equal to 7"),
        ("images.archive_after_days", 89, "greater than or equal to 90"),
        ("objects.archive_after_days", 59, "at least 60: infrequent_after_days and the 30 days that S3 wants"),
        ("scaling.min_instances", 20, "less than scaling.max_instances, 20 (SCL-6, SCL-7)"),
        ("scaling.in_cooldown_seconds", 119, "at least scaling.out_cooldown_seconds, 120 (SCL-5)"),
        ("alarms.critical_after_minutes", 11, "at most alarms.warning_after_minutes, 10 (MON-7, MON-8)"),
        ("alarms.rollback_after_minutes", 4, "at most alarms.critical_after_minutes, 3 (RBK-1)"),
        ("timeouts.client_seconds", 58, "more than 58: timeouts.cdn_attempts times cdn_connect_seconds and"),
        ("timeouts.balancer_idle_seconds", 25, "more than 25, the larger of timeouts.cdn_response_seconds and"),
        ("timeouts.server_idle_seconds", 600, "more than 600, as long as a load balancer keeps a connection"),
        ("timeouts.drain_seconds", 24, "at least timeouts.cdn_response_seconds, 25"),
        ("timeouts.graceful_stop_seconds", 24, "at least timeouts.cdn_response_seconds, 25"),
        ("timeouts.liveness_timeout_seconds", 24, "at least timeouts.cdn_response_seconds, 25"),
        ("timeouts.liveness_interval_seconds", 30, "more than timeouts.liveness_timeout_seconds, 30"),
        ("alarms.certificate_days.warning", 30, "less than 30, when certificates are renewed"),
        ("alarms.certificate_days.critical", 21, "less than alarms.certificate_days.warning, 21"),
        ("sizes.service.1.cpu", 300, "one of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, the sizes of Fargate"),
        ("sizes.service.1.memory_mib", 700, "with cpu 512 Fargate offers 1024, 2048, 3072, 4096"),
        ("sizes.service.4.memory_mib", 8193, "with cpu 4096 Fargate offers 8192"),
        ("sizes.database.1.aws", "db.m8i.large", "db.<family>.<size>: a family of t3, t4g, m5,"),
        ("sizes.database.1.aws", "db.m7g.huge", "db.<family>.<size>: db.m7g. with large xlarge 2xlarge"),
        ("sizes.cache.1.aws", "db.m7g.large", "cache.<family>.<size>: "),
        ("sizes.service.1.memory_mib", 512, "more than the size before, 512: smallest first"),
        ("sizes.database.1.memory_gib", 4, "more than the size before, 4: smallest first"),
        ("sizes.cache.1.memory_gib", 1, "more than the size before, 1: smallest first"),
        ("sizes.cache.1.memory_gib", "4", "a valid integer"),
        ("sizes.database.0.max_connections", 801, "at most 800, 200 for each GiB"),
        ("sizes.database.1.max_connections", 640, "more than the size before, 640: smallest first"),
        ("sizes.cache.1.name", "small", "a name of its own; a smaller size has it"),
        ("sizes.database.3.aws", "db.r7g.large", "no fewer CPUs than the size before, db.m7g.xlarge"),
        ("sizes.database.2.gcp", "db-custom-1-16384", "no fewer CPUs than the size before, db-custom-2-8192"),
        ("sizes.database.1.gcp", "db-custom-2-4096", "db-custom-<CPUs>-8192, 1 or an even number of CPUs"),
        ("sizes.database.1.gcp", "db-custom-3-8192", "db-custom-<CPUs>-8192, 1 or an even number of CPUs"),
        ("sizes.database.1.gcp", "db-custom-02-8192", "db-custom-<CPUs>-8192, 1 or an even number of CPUs"),
        ("sizes.database.1.gcp", "db-f1-micro", "db-custom-<CPUs>-8192, 1 or an even number of CPUs"),
        ("regions.gcp.recovery.name", "us-central1", "a region other than regions.gcp.primary.name (GCP-1)"),
        ("regions.gcp.recovery.name", "europe-west1", "a region of us, like regions.gcp.primary.name"),
        ("regions.gcp.primary.name", "africa-south1", "a region of us, europe, asia, where a bucket can span two"),
        ("regions.gcp.primary.name", "us-central9", "one of asia-east1, asia-northeast1, asia-northeast2,"),
        ("regions.gcp.recovery.name", "us-east5", "one of asia-east1, asia-northeast1, asia-northeast2,"),
        ("regions.gcp.recovery.zones.0", "us-east1-a", "one of us-east1-b, us-east1-c, us-east1-d"),
        (
            "regions.gcp.primary.zones.0",
            "us-central1-d",
            "one of us-central1-a, us-central1-b, us-central1-c, us-central1-f",
        ),
        ("backup.point_in_time_days", 8, "7, the most that Cloud SQL keeps, with account.gcp"),
        ("backup.copy_keep_days", 366, "at most 365, what Cloud SQL keeps, with account.gcp"),
        ("security.log_days", 3653, "at most 3650, what Cloud Logging keeps, with account.gcp"),
        ("sizes.service.0.memory_mib", 2048, "256 to 1664 with account.gcp, 1 to 6.5 GiB for each CPU"),
        ("sizes.service.4.cpu", 32768, "at most 30720 with account.gcp"),
        ("sizes.cache.3.gcp", "STANDARD_SMALL", "HIGHMEM_MEDIUM or HIGHMEM_XLARGE, with 13 GiB or more"),
        ("account.gcp.currency", "euro", "a code of ISO 4217, such as EUR"),
        ("account.gcp.currency_per_usd", 0.85, "the rate of USD; 1 with USD only"),
        ("regions.gcp.primary.zones.1", "us-east1-b", "a zone of us-central1, such as us-central1-a"),
        ("regions.gcp.primary.zones.1", "us-central1-1", "a zone of us-central1, such as us-central1-a"),
        ("alarms.outside_check_minutes", 2, "1, 5, 10 or 15"),
    ],
)
def test_a_policy_that_cannot_work_is_refused(files: Files, key: str, value: object, allowed: str) -> None:
    files.set("policy", key, value)
    assert [error.key for error in files.errors() if error.allowed.startswith(allowed)] == [key]


@pytest.mark.parametrize(
    ("primary", "recovery", "allowed"),
    [
        ("asia-northeast1", "asia-east1", "asia-northeast2, so that a bucket can span it and asia-northeast1 (DR-9)"),
        ("asia-east1", "asia-northeast1", "asia-southeast1, so that a bucket can span it and asia-east1 (DR-9)"),
        ("asia-northeast1", "asia-northeast2", None),
        ("europe-north1", "europe-west4", None),
        ("us-west1", "us-south1", None),
    ],
)
def test_a_bucket_can_span_both_regions_of_google_cloud(
    files: Files, primary: str, recovery: str, allowed: str | None
) -> None:
    for key, name in (("primary", primary), ("recovery", recovery)):
        files.set("policy", f"regions.gcp.{key}.name", name)
        files.set("policy", f"regions.gcp.{key}.zones", [f"{name}-{letter}" for letter in "abc"])
    assert [error.allowed for error in files.errors()] == ([allowed] if allowed else [])


def test_a_database_on_cloud_sql_has_4_gib_and_up_to_96_cpus(files: Files) -> None:
    for tier, memory in (("db-custom-1-3072", 3), ("db-custom-98-204800", 200)):
        files.set("policy", "sizes.database", [{"name": "only", "memory_gib": memory, "max_connections": 600}])
        files.set("policy", "sizes.database.0.aws", "db.m7g.large")
        files.set("policy", "sizes.database.0.gcp", tier)
        files.set("policy", "sizes.database.0.azure", {"general_purpose": "D64ds"})
        found = [error.allowed for error in files.errors() if error.key == "sizes.database.0.gcp"]
        assert found == ["a tier of Cloud SQL: at most 96 CPUs, and 3840 MiB of memory or more"]


def test_redis_on_google_cloud_has_300_gib(files: Files) -> None:
    large = {"name": "giant", "memory_gib": 317, "aws": "cache.r7g.12xlarge", "gcp": "HIGHMEM_XLARGE"}
    large["azure"] = "Balanced_B20"
    files.remove("staging", "account.azure")
    files.set("policy", "sizes.cache.3", large)
    files.set("staging", "cache.size", "giant")
    assert [(error.key, error.allowed) for error in files.errors()] == [
        ("cache.size", "a size of 300 GiB or less on Google Cloud, the most that Redis has there")
    ]


@pytest.mark.plan("DR-5/kept")
def test_an_image_that_is_pulled_at_each_rotation_is_not_archived_in_between(files: Files) -> None:
    files.set("policy", "security.secret_rotation_days", 90)
    assert [(error.key, error.allowed) for error in files.errors()] == [
        (
            "images.archive_after_days",
            "at least 181, more than two rotations (security.secret_rotation_days), which pull what runs (DR-5)",
        )
    ]
    files.set("policy", "images.archive_after_days", 181)
    assert files.errors() == []


def test_another_currency_needs_its_rate(files: Files) -> None:
    files.set("policy", "account.gcp.currency", "EUR")
    assert [(error.key, error.allowed) for error in files.errors()] == [
        ("account.gcp.currency_per_usd", "the rate of EUR; 1 with USD only")
    ]
    files.set("policy", "account.gcp.currency_per_usd", 0.85)
    assert files.errors() == []


def test_a_zone_is_named_once(files: Files) -> None:
    files.set("policy", "regions.aws.primary.zones.1", "us-east-1a")
    assert [error.allowed for error in files.errors()] == ["each zone once; us-east-1a is there twice"]


def test_an_overlap_is_reported_once_and_names_the_other(files: Files) -> None:
    files.set("staging", "network.cidr", "10.40.0.0/16")
    (error,) = files.errors()
    assert (error.file, error.key) == ("environments/staging.yaml", "network.cidr")
    assert error.allowed == "a range that does not overlap with recovery.network.cidr of prod, 10.40.0.0/16"


@pytest.mark.parametrize(
    ("changes", "key", "allowed"),
    [
        ({"cache.nodes": 3}, "cache.nodes", "at most 2 on Google Cloud, or a cache.size of 5 GiB or more"),
        ({"network.flow_log_days": 3653}, "network.flow_log_days", "at most 3650 on Google Cloud"),
        ({"database.log_days": 3653}, "database.log_days", "at most 3650 on Google Cloud"),
        ({"cache.log_days": 3653}, "cache.log_days", "at most 3650 on Google Cloud"),
        ({"service.log_days": 3653}, "service.log_days", "at most 3650 on Google Cloud"),
        ({"edge.log_days": 3653}, "edge.log_days", "at most 3650 on Google Cloud"),
        (
            {"network.cidr": "172.17.0.0/16"},
            "network.cidr",
            "a range apart from 172.17.0.0/16 on Google Cloud, where Cloud SQL uses it itself",
        ),
        (
            {
                "network.cidr": "10.20.0.0/20",
                "network.public_mask": 26,
                "network.private_mask": 24,
                "network.isolated_mask": 26,
            },
            "network.cidr",
            "at most a /19 on Google Cloud, a quarter of it for pods",
        ),
    ],
)
def test_what_only_google_cloud_cannot_do_is_refused_only_there(
    files: Files, changes: dict[str, object], key: str, allowed: str
) -> None:
    for name in ("dev", "staging", "prod", "policy"):
        files.remove(name, "account.azure")
    for name, value in changes.items():
        files.set("staging", name, value)
    assert [(error.key, error.allowed) for error in files.errors()] == [(key, allowed)]
    for name in ("dev", "staging", "prod"):
        files.remove(name, "account.gcp")
    files.remove("policy", "account.gcp")
    assert not files.errors()


def test_a_network_may_be_exactly_as_large_as_its_subnets(files: Files) -> None:
    files.set("prod", "network.cidr", "10.30.0.0/17")
    assert not files.errors()


@pytest.mark.parametrize(
    ("changes", "key", "allowed"),
    [
        ({"network.flow_log_days": 400}, "network.flow_log_days", "at most 365 on Azure"),
        (
            {
                "network.cidr": "10.20.0.0/22",
                "network.public_mask": 28,
                "network.private_mask": 26,
                "network.isolated_mask": 28,
            },
            "network.cidr",
            "at most a /21 on Azure",
        ),
        (
            {"network.cidr": "172.30.0.0/16"},
            "network.cidr",
            "a range apart from 172.30.0.0/16 on Azure, where AKS refuses it",
        ),
        (
            {"database.storage_gib": 32768, "database.max_storage_gib": 65536},
            "database.storage_gib",
            "at most 32767 on Azure, the last of sizes.azure_storage_gib",
        ),
    ],
)
def test_what_only_azure_cannot_do_is_refused_only_there(
    files: Files, changes: dict[str, object], key: str, allowed: str
) -> None:
    for name in ("dev", "staging", "prod", "policy"):
        files.remove(name, "account.gcp")
    for name, value in changes.items():
        files.set("staging", name, value)
    assert [(error.key, error.allowed) for error in files.errors()] == [(key, allowed)]
    for name in ("dev", "staging", "prod", "policy"):
        files.remove(name, "account.azure")
    assert not files.errors()


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("regions.azure.primary.name", "westcentralus", "one of australiaeast, "),
        ("regions.azure.recovery.name", "eastus", "a region other than regions.azure.primary.name (AZR-1)"),
        ("regions.azure.primary.zones", ["1", "2"], "Tuple should have at least 3 items"),
        ("regions.azure.recovery.zones.2", "4", 'a number, in quotes: "1"'),
        ("regions.azure.recovery.zones.2", "2", "each zone once"),
        ("account.azure.tenant_id", "acme.onmicrosoft.com", "an id such as 01ab23cd-4567-89ef-0123-456789abcdef"),
        ("account.azure.deployer_ranges.0", "10.1.0.0/24", "public addresses; a vault answers private ones through"),
        ("objects.old_versions_keep_days", 366, "at most 365 with account.azure"),
        ("security.log_days", 14, "30 to 730 with account.azure"),
        ("images.untagged_keep_days", 366, "at most 365 with account.azure"),
        ("regions.azure.sku_generation", "v6", "'v4' or 'v5'"),
        ("sizes.database.0.azure.burstable", "B1ms", "one of B2s, B2ms, B4ms, "),
        ("sizes.database.0.azure.burstable", "D2ds", "a size of burstable machines such as B2s"),
        ("sizes.database.1.azure.general_purpose", "D2ds_v4", "a size of machines, without generation, such as D2ds"),
        ("sizes.database.2.azure.general_purpose", "D2ds", "one of D4ds, D8ds, D16ds, "),
        ("sizes.database.0.azure.general_purpose", "D32ds", "no fewer CPUs than the size before, D32ds"),
        ("sizes.azure_storage_gib.1", 100, "one of 32, 64, 128, "),
        ("sizes.azure_storage_gib.1", 32, "more than the step before, 32: smallest first"),
        ("sizes.azure_storage_gib.0", 16, "greater than or equal to 32"),
        (
            "sizes.cache.0.azure",
            "Balanced_B1",
            "Balanced_B3 or Balanced_B5 or Balanced_B10 or ",
        ),
        ("sizes.cache.3.azure", "Balanced_B50", "'Balanced_B0', 'Balanced_B1'"),
    ],
)
def test_what_azure_lacks_is_refused_by_key(files: Files, key: str, value: object, allowed: str) -> None:
    files.set("policy", key, value)
    # Of a list with a wrong item the length is refused as well.
    said = {error.key: error.allowed for error in files.errors()}
    assert [name for name in said if name.split(".")[:2] != key.split(".")[:2]] == []
    assert any(text.startswith(allowed) for text in said.values()), said


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("account.azure.vault_generation", 0),
        ("account.azure.vault_generation", 100),
        ("account.azure.vault_recovery_days", 6),
        ("account.azure.vault_recovery_days", 91),
        ("account.azure.database_generation", 0),
        ("account.azure.database_generation", 100),
    ],
)
def test_numbers_that_names_and_vaults_do_not_take_are_refused_by_key(files: Files, key: str, value: int) -> None:
    files.set("staging", key, value)
    assert [(error.file, error.key) for error in files.errors()] == [("environments/staging.yaml", key)]


@pytest.mark.plan("AZR-5")
def test_a_cache_on_azure_is_small_enough_for_one_shard(files: Files) -> None:
    files.set("policy", "sizes.cache.3.memory_gib", 20)
    files.set("policy", "sizes.cache.3.aws", "cache.r7g.xlarge")
    files.set("policy", "sizes.cache.3.gcp", "HIGHMEM_XLARGE")
    assert files.errors() == []
    files.set("staging", "cache.size", "xlarge")
    assert [(error.file, error.key, error.allowed) for error in files.errors()] == [
        (
            "environments/staging.yaml",
            "cache.size",
            "a size of 19.2 GiB or less on Azure, the most that one shard holds",
        )
    ]


@pytest.mark.plan("AZR-4")
def test_storage_on_azure_is_rounded_up_and_never_down() -> None:
    sizes = environments.load()[0].policy.sizes
    assert [sizes.azure_storage(gib) for gib in (20, 32, 33, 100, 4096)] == [32, 32, 64, 128, 4096]


@pytest.mark.plan("AZR-4")
def test_a_small_database_on_azure_is_burstable_only_where_it_stands_alone() -> None:
    small, medium, *_ = environments.load()[0].policy.sizes.database
    size = small.azure
    assert size.sku(generation="v4", alone=True) == "B_Standard_B2s"
    assert size.sku(generation="v5", alone=False) == "GP_Standard_D2ds_v5"
    assert medium.azure.sku(generation="v4", alone=True) == "GP_Standard_D2ds_v4"


def test_an_environments_name_leaves_room_in_its_vaults(files: Files) -> None:
    files.write(
        "performance01.yaml",
        files.text("staging.yaml")
        .replace("10.20.", "10.50.")
        .replace("staging.goodies", "load.goodies")
        .replace("-staging", "-load"),
    )
    (error,) = files.errors()
    assert (error.file, error.key) == ("environments/performance01.yaml", "account.azure.subscription_id")
    files.remove("performance01", "account.azure")
    assert not files.errors()
