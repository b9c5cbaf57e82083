"""Deployment on GKE: pods, release, sizes, migration, service account, network policy."""

import json

import pytest

from assembly.values import Json
from tests.gcp.terraform import Stack
from tests.kubernetes import container, environment_variables, objects, pod, the_object

SIZES = {"gcp-dev": ("250m", "512Mi"), "gcp-staging": ("500m", "1Gi"), "gcp-prod": ("1", "2Gi")}


def deployment(stack: Stack) -> Json:
    return stack.one("kubernetes_deployment_v1")


def destinations(stack: Stack) -> set[tuple[str, str, str]]:
    """Return whom the service's pods may speak with: direction, address range, port."""
    labels = deployment(stack)["spec"]["template"]["metadata"]["labels"]
    found = set()
    for policy in stack.resources("kubernetes_network_policy_v1"):
        spec = policy["spec"]
        if spec["pod_selector"] == {}:
            continue
        assert spec["pod_selector"]["match_labels"].items() <= labels.items(), policy
        for rule in spec.get("ingress", []) + spec.get("egress", []):
            (port,) = rule["ports"]
            sides = [side["ip_block"]["cidr"] for side in rule.get("from", []) + rule.get("to", [])]
            found |= {(spec["policy_types"][0], side, port["port"]) for side in sides}
    return found


@pytest.mark.plan("GCP-3")
def test_operators_find_the_deployment_by_its_name(gcp_environment: Stack) -> None:
    assert deployment(gcp_environment)["metadata"]["name"] == "funkygibbon"


@pytest.mark.plan("ARC-2/container")
def test_the_service_and_the_disruption_budget_select_the_pods(gcp_environment: Stack) -> None:
    spec = deployment(gcp_environment)["spec"]
    labels = spec["template"]["metadata"]["labels"]
    budget = gcp_environment.one("kubernetes_pod_disruption_budget_v1")["spec"]
    selectors = [
        spec["selector"]["match_labels"],
        gcp_environment.one("kubernetes_service_v1")["spec"]["selector"],
        budget["selector"]["match_labels"],
    ]
    for selector in selectors:
        assert selector
        assert selector.items() <= labels.items()
    assert budget["max_unavailable"] == "1"


@pytest.mark.plan("ARC-2/container")
def test_what_runs_is_the_releases_choice(gcp_environment: Stack) -> None:
    image = container(gcp_environment)["image"]
    ignored = deployment(gcp_environment)["lifecycle"]["ignore_changes"]
    assert image.endswith("/goodies/funkygibbon:${var.release}")
    assert gcp_environment.content["variable"]["release"]["default"] == "none"
    assert {
        "spec[0].template[0].spec[0].container[0].image",
        "spec[0].template[0].spec[0].init_container[0].image",
    } <= set(ignored)


@pytest.mark.plan("ARC-2/container")
def test_the_schema_is_migrated_before_a_release_starts(gcp_environment: Stack) -> None:
    (migration,) = pod(gcp_environment)["init_container"]
    assert migration["args"] == ["migrate"]
    for key in ("image", "env", "security_context", "volume_mount"):
        assert migration[key] == container(gcp_environment)[key], key


@pytest.mark.plan("ARC-2/container")
@pytest.mark.parametrize("probe", ["startup_probe", "readiness_probe", "liveness_probe"])
def test_a_pod_is_asked_for_its_health(gcp_environment: Stack, probe: str) -> None:
    (port,) = container(gcp_environment)["port"]
    assert container(gcp_environment)[probe]["http_get"] == {"path": "/health", "port": port["name"]}
    assert str(port["container_port"]) == environment_variables(gcp_environment)["API_PORT"]


@pytest.mark.plan("ENV-2/minimal", "ENV-3/scaled-down", "ENV-4/scale")
def test_each_environment_has_its_size(gcp_environment: Stack) -> None:
    resources = container(gcp_environment)["resources"]
    assert resources["requests"] == resources["limits"]
    assert (resources["requests"]["cpu"], resources["requests"]["memory"]) == SIZES[gcp_environment.name]


@pytest.mark.plan("ENV-2/minimal")
def test_only_development_runs_on_spare_capacity(gcp_environment: Stack) -> None:
    spot = pod(gcp_environment)["node_selector"].get("cloud.google.com/gke-spot")
    assert spot == ("true" if gcp_environment.name == "gcp-dev" else None)


@pytest.mark.plan("ENV-4/scale", "GCP-3")
def test_pods_spread_over_zones(gcp_environment: Stack) -> None:
    labels = deployment(gcp_environment)["spec"]["template"]["metadata"]["labels"]
    constraints = pod(gcp_environment)["topology_spread_constraint"]
    assert [rule["topology_key"] for rule in constraints] == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    for rule in constraints:
        (selector,) = rule["label_selector"]
        assert rule["max_skew"] == 1
        assert selector["match_labels"].items() <= labels.items()


@pytest.mark.plan("ENV-4/scale", "GCP-3")
def test_a_zone_without_capacity_holds_no_pod_back(gcp_environment: Stack) -> None:
    for rule in pod(gcp_environment)["topology_spread_constraint"]:
        assert rule["when_unsatisfiable"] == "ScheduleAnyway", rule["topology_key"]


@pytest.mark.plan("GCP-12/rolling", "PRC-2/rolling")
def test_a_deployment_takes_no_instance_away_before_its_successor_answers(gcp_environment: Stack) -> None:
    strategy = deployment(gcp_environment)["spec"]["strategy"]
    assert strategy == {"type": "RollingUpdate", "rolling_update": {"max_unavailable": "0", "max_surge": "100%"}}


@pytest.mark.plan("ARC-2/container")
def test_a_pod_that_stops_serves_until_the_load_balancer_has_forgotten_it(gcp_environment: Stack) -> None:
    (before,) = container(gcp_environment)["lifecycle"]["pre_stop"]
    drain = gcp_environment.one("google_compute_backend_service")["connection_draining_timeout_sec"]
    spot = "cloud.google.com/gke-spot" in pod(gcp_environment)["node_selector"]
    # A spot node that is taken back leaves its pods 25 seconds ("Spot Pods", GKE documentation).
    assert pod(gcp_environment)["termination_grace_period_seconds"] == (25 if spot else drain + 30)
    assert before["exec"]["command"] == ["sleep", "20" if spot else str(drain)]


@pytest.mark.plan("SEC-2")
def test_a_pod_has_no_privilege(gcp_environment: Stack) -> None:
    rights = pod(gcp_environment)["security_context"]
    assert (rights["run_as_non_root"], rights["run_as_user"]) == (True, "10001")
    assert rights["seccomp_profile"] == {"type": "RuntimeDefault"}
    for item in [container(gcp_environment), *pod(gcp_environment)["init_container"]]:
        assert item["security_context"] == {
            "allow_privilege_escalation": False,
            "privileged": False,
            "read_only_root_filesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


@pytest.mark.plan("SEC-2")
def test_every_namespace_refuses_pods_with_privileges(gcp_environment: Stack) -> None:
    namespaces = gcp_environment.resources("kubernetes_namespace_v1")
    assert len(namespaces) == 3
    for namespace in namespaces:
        assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted", namespace


@pytest.mark.plan("SEC-9/keyless")
def test_a_pod_has_no_token_of_kubernetes(gcp_environment: Stack) -> None:
    account = gcp_environment.one("kubernetes_service_account_v1")
    assert pod(gcp_environment)["service_account_name"] == account
    assert pod(gcp_environment)["automount_service_account_token"] is False
    assert account["automount_service_account_token"] is False


@pytest.mark.plan("GCP-10", "SEC-9/roles")
def test_secrets_are_mounted_as_files_named_for_their_variables(gcp_environment: Stack) -> None:
    provider = the_object(gcp_environment, "SecretProviderClass")
    files = json.loads(provider["spec"]["parameters"]["secrets"])
    (volume,) = (volume for volume in pod(gcp_environment)["volume"] if volume.get("csi"))
    (mount,) = (mount for mount in container(gcp_environment)["volume_mount"] if mount["name"] == volume["name"])
    assert volume["csi"]["volume_attributes"] == {"secretProviderClass": provider["metadata"]["name"]}
    assert volume["csi"]["driver"] == "secrets-store-gke.csi.k8s.io"
    assert environment_variables(gcp_environment)["SECRETS_FOLDER"] == mount["mount_path"]
    assert {file["path"] for file in files} == {"PGPASSWORD", "REDIS_PASSWORD", "JWT_SECRET", "ADMIN_PASSWORD_HASH"}
    for file in files:
        address, _, version = file["resourceName"].partition("/")
        secret = gcp_environment.resolve(address)
        assert secret.type == "google_secret_manager_secret", file
        assert version == "versions/latest"
        readers = [
            grant["member"]
            for grant in gcp_environment.resources("google_secret_manager_secret_iam_member", secret_id=secret)
        ]
        assert [reader.rpartition("/")[2] for reader in readers if "/ns/" in reader] == [
            f"${{kubernetes_service_account_v1.{pod(gcp_environment)['service_account_name'].name}.metadata[0].name}}"
        ], secret


@pytest.mark.plan("GCP-10")
def test_no_variable_holds_a_secret(gcp_environment: Stack) -> None:
    assert not [name for name in environment_variables(gcp_environment) if "PASSWORD" in name or name == "JWT_SECRET"]
    assert gcp_environment.resources("kubernetes_secret") == []
    assert gcp_environment.resources("kubernetes_secret_v1") == []


@pytest.mark.plan("SEC-6/encrypted")
def test_database_and_cache_are_spoken_to_over_tls_and_proven(gcp_environment: Stack) -> None:
    variables = environment_variables(gcp_environment)
    authorities = gcp_environment.one("kubernetes_config_map_v1")["data"]
    (volume,) = (volume for volume in pod(gcp_environment)["volume"] if volume.get("config_map"))
    (mount,) = (mount for mount in container(gcp_environment)["volume_mount"] if mount["name"] == volume["name"])
    assert (variables["PGSSLMODE"], variables["REDIS_TLS"]) == ("verify-ca", "true")
    for variable, owner in (
        ("PGSSLROOTCERT", "data.google_sql_ca_certs"),
        ("REDIS_SSLROOTCERT", "google_redis_instance"),
    ):
        folder, _, file = variables[variable].rpartition("/")
        assert folder == mount["mount_path"]
        assert f"{owner}." in authorities[file]


@pytest.mark.plan("ARC-1/database", "ARC-1/cache")
def test_the_containers_reach_database_and_cache(gcp_environment: Stack) -> None:
    variables = environment_variables(gcp_environment)
    assert variables["PGHOST"] == gcp_environment.one("google_sql_database_instance", "Database")
    assert variables["REDIS_HOST"] == gcp_environment.one("google_redis_instance")


@pytest.mark.plan("SEC-2")
def test_nobody_in_the_namespace_talks_to_anybody_at_first(gcp_environment: Stack) -> None:
    everybody = [
        policy
        for policy in gcp_environment.resources("kubernetes_network_policy_v1")
        if policy["spec"]["pod_selector"] == {}
    ]
    assert [policy["spec"] for policy in everybody] == [{"pod_selector": {}, "policy_types": ["Ingress", "Egress"]}]
    assert [policy["metadata"]["namespace"] for policy in everybody] == [
        deployment(gcp_environment)["metadata"]["namespace"]
    ]


@pytest.mark.plan("SEC-2")
def test_the_service_is_called_by_load_balancers_and_calls_database_and_cache(gcp_environment: Stack) -> None:
    database = gcp_environment.one("google_sql_database_instance", "Database")
    cache = gcp_environment.one("google_redis_instance")
    assert destinations(gcp_environment) == {
        ("Ingress", "35.191.0.0/16", "8000"),
        ("Ingress", "130.211.0.0/22", "8000"),
        ("Egress", f"${{google_sql_database_instance.{database.name}.private_ip_address}}/32", "5432"),
        ("Egress", f"${{google_redis_instance.{cache.name}.host}}/32", "6378"),
    }


@pytest.mark.plan("SEC-2", "SEC-9/roles")
def test_only_where_the_cache_asks_for_an_identity_pods_may_ask_for_theirs(
    gcp_prod: Stack, gcp_prod_variant: Stack
) -> None:
    metadata_server = ("Egress", "169.254.169.254/32", "80")
    assert metadata_server in destinations(gcp_prod_variant)
    assert metadata_server not in destinations(gcp_prod)


@pytest.mark.plan("ARC-2/container")
def test_the_service_believes_the_load_balancer_about_clients(gcp_environment: Stack) -> None:
    """Google's proxies call from the two ranges and append the address that the client called."""
    believed = environment_variables(gcp_environment)["FORWARDED_ALLOW_IPS"].split(",")
    addresses = [
        f"${{google_compute_global_address.{address.name}.address}}"
        for address in gcp_environment.resources("google_compute_global_address", "Edge")
    ]
    assert sorted(believed) == sorted(["35.191.0.0/16", "130.211.0.0/22", *addresses])


@pytest.mark.plan("GCP-10", "DR-7/region")
def test_the_application_gets_variables_and_secrets_of_its_own(gcp_prod_variant: Stack) -> None:
    assert environment_variables(gcp_prod_variant)["LOG_LEVEL"] == "debug"
    secret = gcp_prod_variant.one("google_secret_manager_secret", secret_id="application-mail-token")
    assert secret.protected
    assert [copy["location"] for copy in secret["replication"]["user_managed"]["replicas"]] == [
        "us-central1",
        "us-east1",
    ]
    (files,) = (item["spec"]["parameters"]["secrets"] for item in objects(gcp_prod_variant, "SecretProviderClass"))
    (mounted,) = (file for file in json.loads(files) if file["path"] == "MAIL_TOKEN")
    assert mounted["resourceName"].startswith(f"${{google_secret_manager_secret.{secret.name}.id}}")
    assert gcp_prod_variant.one("google_secret_manager_secret_iam_member", secret_id=secret)
