"""Mutations: each important promise is broken on purpose, and its test must fail."""

import json
from collections.abc import Callable
from functools import partial

import pytest

from assembly.provider_checks import breaches
from assembly.values import Json
from tests import kubernetes_checks, kubernetes_values
from tests.constructs_lib.gcp.base import test_keys
from tests.constructs_lib.gcp.data import test_database, test_storage
from tests.constructs_lib.gcp.edge import test_edge
from tests.constructs_lib.gcp.network import test_network
from tests.constructs_lib.gcp.service import test_cluster, test_kubernetes_objects, test_scaling, test_service
from tests.gcp import stateful as terraform_state
from tests.gcp.terraform import Stack

DATABASE = "google_sql_database_instance"
FIREWALL = "google_compute_firewall"
DEPLOYMENT = "kubernetes_deployment_v1"


def arguments(stack: Stack, kind: str, at: str = "", **match: Json) -> Json:
    """Return the arguments of a resource as they are written, to be changed."""
    return stack.one(kind, at, **match).body


def pod(stack: Stack) -> Json:
    return arguments(stack, DEPLOYMENT)["spec"]["template"]["spec"]


def give_the_database_a_public_address(stack: Stack) -> None:
    arguments(stack, DATABASE, "Database")["settings"]["ip_configuration"]["ipv4_enabled"] = True


def let_a_network_into_the_database(stack: Stack) -> None:
    everybody = [{"value": "0.0.0.0/0"}]
    arguments(stack, DATABASE, "Database")["settings"]["ip_configuration"]["authorized_networks"] = everybody


def speak_plain_text_to_the_database(stack: Stack) -> None:
    addresses = arguments(stack, DATABASE, "Database")["settings"]["ip_configuration"]
    addresses["ssl_mode"] = "ALLOW_UNENCRYPTED_AND_ENCRYPTED"


def open_the_firewall(stack: Stack) -> None:
    rule = next(rule for rule in stack.resources(FIREWALL, direction="INGRESS") if rule.get("allow"))
    rule.body["source_ranges"] = ["0.0.0.0/0"]


def cache_the_api(stack: Stack) -> None:
    arguments(stack, "google_compute_backend_service")["enable_cdn"] = True


def send_a_path_of_the_api_to_the_cdn(stack: Stack) -> None:
    (matcher,) = stack.one("google_compute_target_https_proxy")["url_map"].body["path_matcher"]
    matcher["path_rule"][0]["paths"].append("/api/v1/rooms")


def lower_the_load_balancers_tls(stack: Stack) -> None:
    arguments(stack, "google_compute_ssl_policy")["min_tls_version"] = "TLS_1_0"


def keep_the_replica_in_the_first_region(stack: Stack) -> None:
    arguments(stack, DATABASE, "Replica")["region"] = "us-central1"


def keep_objects_in_one_region(stack: Stack) -> None:
    arguments(stack, "google_storage_bucket", "Storage/uploads")["location"] = "US-CENTRAL1"


def make_uploads_public(stack: Stack) -> None:
    arguments(stack, "google_storage_bucket", "Storage/uploads")["public_access_prevention"] = "inherited"


def restore_three_days(stack: Stack) -> None:
    backup = arguments(stack, DATABASE, "Database")["settings"]["backup_configuration"]
    backup["transaction_log_retention_days"] = 3


def rename_the_database(stack: Stack) -> None:
    named = stack.content["resource"][DATABASE]
    named["Renamed"] = named.pop(stack.one(DATABASE, "Database").name)


def let_the_database_be_destroyed(stack: Stack) -> None:
    del arguments(stack, DATABASE, "Database")["lifecycle"]


def keep_keys_forever(stack: Stack) -> None:
    for key in stack.resources("google_kms_crypto_key"):
        key.body["rotation_period"] = "315360000s"


def give_nodes_public_addresses(stack: Stack) -> None:
    arguments(stack, "google_container_cluster")["private_cluster_config"]["enable_private_nodes"] = False


def scale_to_ten(stack: Stack) -> None:
    release = next(item for item in stack.resources("helm_release") if "ScaledObject" in str(item.body))
    values = json.loads(release.body["values"][0])
    for item in values["objects"]:
        if item["kind"] == "ScaledObject":
            item["spec"]["maxReplicaCount"] = 10
    release.body["values"] = [json.dumps(values)]


def call_no_pod(stack: Stack) -> None:
    arguments(stack, "kubernetes_service_v1")["spec"]["selector"] = {"app.kubernetes.io/name": "funky-gibbon"}


def protect_no_pod(stack: Stack) -> None:
    budget = arguments(stack, "kubernetes_pod_disruption_budget_v1")
    budget["spec"]["selector"]["match_labels"] = {"app": "funkygibbon"}


def open_no_pod(stack: Stack) -> None:
    policy = arguments(stack, "kubernetes_network_policy_v1", "Service/Network/callers")
    policy["spec"]["pod_selector"]["match_labels"] = {"app": "funkygibbon"}


def run_the_latest_image(stack: Stack) -> None:
    pod(stack)["container"][0]["image"] = "us-docker.pkg.dev/example/goodies/funkygibbon:latest"


def run_an_image_without_a_tag(stack: Stack) -> None:
    pod(stack)["init_container"][0]["image"] = "us-docker.pkg.dev/example/goodies/funkygibbon"


def let_the_chart_choose_its_version(stack: Stack) -> None:
    del arguments(stack, "helm_release", "Scaling/Keda")["version"]


def ask_another_port_for_health(stack: Stack) -> None:
    pod(stack)["container"][0]["readiness_probe"]["http_get"]["port"] = "https"


def run_as_an_account_that_is_not_there(stack: Stack) -> None:
    pod(stack)["service_account_name"] = "somebody"


def mount_a_volume_that_is_not_there(stack: Stack) -> None:
    pod(stack)["container"][0]["volume_mount"][0]["name"] = "scratch"


def request_more_than_the_limit(stack: Stack) -> None:
    pod(stack)["container"][0]["resources"]["requests"]["memory"] = "64Gi"


def write_a_quantity_that_is_none(stack: Stack) -> None:
    pod(stack)["container"][0]["resources"]["limits"]["memory"] = "2GB"


def misspell_a_field(stack: Stack) -> None:
    pod(stack)["termination_grace_period"] = pod(stack).pop("termination_grace_period_seconds")


def name_the_service_in_capitals(stack: Stack) -> None:
    arguments(stack, "kubernetes_service_v1")["metadata"]["name"] = "FunkyGibbon"


def write_a_password_down(stack: Stack) -> None:
    pod(stack)["container"][0]["env"].append({"name": "PGPASSWORD", "value": "correct horse"})


def run_privileged(stack: Stack) -> None:
    pod(stack)["container"][0]["security_context"]["privileged"] = True


def ask_for_an_edition_that_is_not_sold(stack: Stack) -> None:
    arguments(stack, DATABASE, "Database")["settings"]["edition"] = "STANDARD"


def forget_the_tier(stack: Stack) -> None:
    del arguments(stack, DATABASE, "Database")["settings"]["tier"]


Change = Callable[[Stack], None]
Test = Callable[[Stack], object]


def nobody(check: Callable[[Stack], list[str]]) -> Test:
    """Return the test that nobody breaks what a check looks for."""

    def nobody_breaks_it(stack: Stack) -> None:
        assert check(stack) == []

    return nobody_breaks_it


def refused_databases(stack: Stack) -> list[str]:
    """Return what the provider would refuse of the databases."""
    return [str(breach) for breach in breaches(stack.content) if breach.resource.startswith(f"{DATABASE}.")]


uploads_lie_in_both_regions = partial(test_storage.test_objects_of_production_lie_in_both_regions, purpose="uploads")

CHANGES: list[tuple[Change, Test]] = [
    (give_the_database_a_public_address, test_database.test_no_database_has_a_public_address),
    (let_a_network_into_the_database, test_database.test_no_database_has_a_public_address),
    (speak_plain_text_to_the_database, test_database.test_databases_refuse_connections_without_tls),
    (restore_three_days, test_database.test_the_database_can_be_restored_to_any_second_of_the_last_7_days),
    (keep_the_replica_in_the_first_region, test_database.test_a_copy_of_the_database_stands_in_us_east1),
    (open_the_firewall, test_network.test_no_rule_lets_in_or_out_from_everywhere),
    (cache_the_api, test_edge.test_the_api_is_never_cached),
    (send_a_path_of_the_api_to_the_cdn, test_edge.test_the_api_is_never_cached),
    (lower_the_load_balancers_tls, test_edge.test_clients_speak_the_strictest_tls_that_the_platform_enforces),
    (
        keep_objects_in_one_region,
        uploads_lie_in_both_regions,
    ),
    (make_uploads_public, test_storage.test_no_bucket_can_be_made_public),
    (keep_keys_forever, test_keys.test_keys_rotate_every_year_and_stay),
    (give_nodes_public_addresses, test_cluster.test_nothing_of_the_cluster_has_a_public_address),
    (scale_to_ten, test_scaling.test_there_are_two_to_twenty_instances),
    (scale_to_ten, test_kubernetes_objects.test_every_autoscaler_keeps_to_two_to_twenty),
    (write_a_password_down, test_service.test_no_variable_holds_a_secret),
    (run_privileged, test_service.test_a_pod_has_no_privilege),
    (rename_the_database, nobody(terraform_state.replaced_state)),
    (let_the_database_be_destroyed, nobody(terraform_state.perishable_state)),
    (call_no_pod, nobody(kubernetes_checks.selecting_nothing)),
    (protect_no_pod, nobody(kubernetes_checks.selecting_nothing)),
    (open_no_pod, nobody(kubernetes_checks.selecting_nothing)),
    (run_the_latest_image, nobody(kubernetes_values.floating_images)),
    (run_an_image_without_a_tag, nobody(kubernetes_values.floating_images)),
    (let_the_chart_choose_its_version, nobody(kubernetes_values.floating_images)),
    (ask_another_port_for_health, nobody(kubernetes_checks.missing_ports)),
    (run_as_an_account_that_is_not_there, nobody(kubernetes_checks.dangling)),
    (mount_a_volume_that_is_not_there, nobody(kubernetes_checks.unmounted)),
    (request_more_than_the_limit, nobody(kubernetes_values.bad_quantities)),
    (write_a_quantity_that_is_none, nobody(kubernetes_values.bad_quantities)),
    (name_the_service_in_capitals, nobody(kubernetes_values.bad_names)),
    (misspell_a_field, nobody(kubernetes_checks.invalid)),
    (ask_for_an_edition_that_is_not_sold, nobody(refused_databases)),
    (forget_the_tier, nobody(refused_databases)),
]


@pytest.mark.parametrize(("change", "test"), CHANGES, ids=lambda function: getattr(function, "__name__", "test"))
def test_a_broken_promise_breaks_its_test(gcp_prod: Stack, change: Change, test: Test) -> None:
    test(gcp_prod)
    with pytest.raises(AssertionError):
        test(gcp_prod.changed(change))
