"""Mutations: each important promise is broken on purpose, and its test must fail."""

import base64
from collections.abc import Callable

import pytest

from assembly.provider_checks import breaches
from assembly.values import Json
from tests.azure.security_groups import GROUP, SUBNET
from tests.constructs_lib.azure.account import test_state
from tests.constructs_lib.azure.base import test_keys, test_logs, test_vaults
from tests.constructs_lib.azure.data import test_archive, test_cache, test_database, test_secrets, test_storage
from tests.constructs_lib.azure.delivery import test_registry
from tests.constructs_lib.azure.network import test_connections, test_dns, test_network
from tests.gcp.stateful import perishable_state
from tests.gcp.terraform import Assembly, Stack

VAULT = "azurerm_key_vault"
SECRET = "azurerm_key_vault_secret"
ACCOUNT = "azurerm_storage_account"
DATABASE = "azurerm_postgresql_flexible_server"
PARAMETER = f"{DATABASE}_configuration"
CACHE = "azurerm_managed_redis"
RECOVERY = "westus2"


def first(stack: Stack, kind: str, **match: Json) -> Json:
    """Return the arguments of a resource as they are written, to be changed."""
    return stack.resources(kind, **match)[0].body


def below(stack: Stack, kind: str, place: str) -> Json:
    """Return the arguments of a resource below a construct as they are written, to be changed."""
    return stack.resources(kind, place)[0].body


def rules(stack: Stack, concern: str) -> list[Json]:
    return list(first(stack, GROUP, name=f"goodies-{concern}-eastus")["security_rule"])


def move_the_recovery_network(stack: Stack) -> None:
    first(stack, "azurerm_virtual_network", location=RECOVERY)["location"] = "eastus"


def share_a_subnets_security_group(stack: Stack) -> None:
    one, other, *_ = stack.resources("azurerm_subnet_network_security_group_association")
    one.body["network_security_group_id"] = other.body["network_security_group_id"]


def leave_a_subnet_without_security_group(stack: Stack) -> None:
    bodies = stack.content["resource"]["azurerm_subnet_network_security_group_association"]
    bodies.pop(next(iter(bodies)))


def delegate_nothing(stack: Stack) -> None:
    del first(stack, SUBNET, name="database")["delegation"]


def let_a_subnet_out_by_itself(stack: Stack) -> None:
    del first(stack, SUBNET, name="database")["default_outbound_access_enabled"]


def give_something_a_public_address(stack: Stack) -> None:
    address = first(stack, "azurerm_public_ip")
    stack.content["resource"]["azurerm_public_ip"]["another"] = {**address, "name": "another"}


def leave_private_endpoints_unbound(stack: Stack) -> None:
    del first(stack, SUBNET, name="endpoints")["private_endpoint_network_policies"]


def peer_one_way(stack: Stack) -> None:
    bodies = stack.content["resource"]["azurerm_virtual_network_peering"]
    bodies.pop(next(iter(bodies)))


def log_no_connection(stack: Stack) -> None:
    first(stack, "azurerm_network_watcher_flow_log")["enabled"] = False


def open_the_database(stack: Stack) -> None:
    rule = next(rule for rule in rules(stack, "database") if rule["name"] == "from-service")
    rule.update(source_address_prefix="*", source_address_prefixes=None)


def open_the_gateway(stack: Stack) -> None:
    rule = next(rule for rule in rules(stack, "gateway") if rule["name"] == "from-front-door")
    rule["source_address_prefix"] = "Internet"


def deny_nothing(stack: Stack) -> None:
    group = first(stack, GROUP, name="goodies-nodes-eastus")
    group["security_rule"] = [rule for rule in group["security_rule"] if rule["access"] == "Allow"]


def let_the_database_call_the_internet(stack: Stack) -> None:
    next(rule for rule in rules(stack, "database") if rule["name"] == "to-storage")["destination_address_prefix"] = "*"


def probe_no_api_server(stack: Stack) -> None:
    group = first(stack, GROUP, name="goodies-api-server-eastus")
    group["security_rule"] = [rule for rule in group["security_rule"] if rule["name"] != "from-probes"]


def let_the_zone_be_destroyed(stack: Stack) -> None:
    del first(stack, "azurerm_dns_zone")["lifecycle"]


def let_anybody_issue(stack: Stack) -> None:
    first(stack, "azurerm_dns_caa_record")["record"].pop()


def leave_a_network_without_private_names(stack: Stack) -> None:
    bodies = stack.content["resource"]["azurerm_private_dns_zone_virtual_network_link"]
    bodies.pop(next(iter(bodies)))


def read_secrets_by_access_policies(stack: Stack) -> None:
    first(stack, VAULT)["rbac_authorization_enabled"] = False


def open_a_vault(stack: Stack) -> None:
    first(stack, VAULT)["network_acls"]["default_action"] = "Allow"


def keep_a_key_for_ever(stack: Stack) -> None:
    del first(stack, "azurerm_key_vault_key")["rotation_policy"]["automatic"]


def encrypt_without_a_key_of_our_own(stack: Stack) -> None:
    del first(stack, ACCOUNT)["customer_managed_key"]


def encrypt_before_the_grant(stack: Stack) -> None:
    first(stack, ACCOUNT)["depends_on"] = []


def speak_old_tls(stack: Stack) -> None:
    first(stack, ACCOUNT)["min_tls_version"] = "TLS1_0"


def open_the_logs(stack: Stack) -> None:
    first(stack, ACCOUNT)["network_rules"]["default_action"] = "Allow"


def keep_a_secret_in_one_region(stack: Stack) -> None:
    bodies = stack.content["resource"][SECRET]
    bodies.pop(next(iter(bodies)))


def raise_one_vaults_version(stack: Stack) -> None:
    next(secret for secret in stack.resources(SECRET) if secret.get("value_wo")).body["value_wo_version"] = 2


def database(stack: Stack, at: str = "Database") -> Json:
    return stack.one(DATABASE, at).body


def parameter(stack: Stack, name: str, at: str = "Database") -> Json:
    return stack.one(PARAMETER, at, name=name).body


def give_the_database_a_public_address(stack: Stack) -> None:
    database(stack)["public_network_access_enabled"] = True


def let_an_address_into_the_database(stack: Stack) -> None:
    rule = {"name": "all", "start_ip_address": "0.0.0.0", "end_ip_address": "255.255.255.255"}
    stack.content["resource"][f"{DATABASE}_firewall_rule"] = {"all": rule}


def put_the_database_among_the_nodes(stack: Stack) -> None:
    nodes = stack.one(SUBNET, "Network", name="nodes")
    database(stack)["delegated_subnet_id"] = f"${{{SUBNET}.{nodes.name}.id}}"


def speak_plain_text_to_the_database(stack: Stack) -> None:
    parameter(stack, "require_secure_transport")["value"] = "off"


def speak_old_tls_to_the_replica(stack: Stack) -> None:
    parameter(stack, "ssl_min_protocol_version", "Replica")["value"] = "TLSv1.2"


def take_the_standby_away(stack: Stack) -> None:
    del database(stack)["high_availability"]


def put_the_standby_elsewhere(stack: Stack) -> None:
    database(stack)["high_availability"]["mode"] = "ZoneRedundant"


def restore_three_days(stack: Stack) -> None:
    database(stack)["backup_retention_days"] = 3


def restore_a_month(stack: Stack) -> None:
    database(stack)["backup_retention_days"] = 30


def patch_during_the_backup(stack: Stack) -> None:
    database(stack)["maintenance_window"]["start_hour"] = 3


def copy_backups_to_the_pair(stack: Stack) -> None:
    database(stack)["geo_redundant_backup_enabled"] = True


def keep_the_replica_in_the_first_region(stack: Stack) -> None:
    database(stack, "Replica")["location"] = "eastus"


def make_the_replica_an_original(stack: Stack) -> None:
    del database(stack, "Replica")["create_mode"]


def replicate_before_there_is_a_way(stack: Stack) -> None:
    ordered = database(stack, "Replica")["depends_on"]
    ordered[:] = [name for name in ordered if "peering" not in name]


def let_the_replica_have_less_storage(stack: Stack) -> None:
    database(stack, "Replica")["storage_mb"] = 32768


def let_the_replica_take_fewer_connections(stack: Stack) -> None:
    parameter(stack, "max_connections", "Replica")["value"] = "400"


def raise_the_connections_of_the_original_first(stack: Stack) -> None:
    del parameter(stack, "max_connections")["depends_on"]


def replicate_a_burstable_server(stack: Stack) -> None:
    database(stack)["sku_name"] = "B_Standard_B2s"


def forget_the_connections(stack: Stack) -> None:
    parameter(stack, "max_connections")["value"] = "100"


def round_storage_down(stack: Stack) -> None:
    database(stack)["storage_mb"] = 65536


def buy_more_storage_than_needed(stack: Stack) -> None:
    database(stack)["storage_mb"] = 262144


def encrypt_the_replica_with_the_other_key(stack: Stack) -> None:
    database(stack, "Replica")["customer_managed_key"] = dict(database(stack)["customer_managed_key"])


def encrypt_the_database_before_the_grant(stack: Stack) -> None:
    ordered = database(stack)["depends_on"]
    ordered[:] = [name for name in ordered if "role_assignment" not in name]


def stop_with_the_first_version_of_the_key(stack: Stack) -> None:
    given = database(stack)["customer_managed_key"]
    given["key_vault_key_id"] = given["key_vault_key_id"].replace(".versionless_id", ".id")


def make_the_database_before_its_security_group(stack: Stack) -> None:
    ordered = database(stack)["depends_on"]
    ordered[:] = [name for name in ordered if "security_group" not in name]


def log_no_slow_query(stack: Stack) -> None:
    parameter(stack, "log_min_duration_statement")["value"] = "-1"


def watch_no_query(stack: Stack) -> None:
    parameter(stack, "pg_qs.query_capture_mode")["value"] = "none"


def keep_the_log_of_the_database(stack: Stack) -> None:
    setting = next(
        item
        for item in stack.resources("azurerm_monitor_diagnostic_setting")
        if item["target_resource_id"] == stack.one(DATABASE, "Database")
    )
    setting.body["enabled_log"].pop(0)


def forget_who_connects_to_the_cache(stack: Stack) -> None:
    bodies = stack.content["resource"]["azurerm_monitor_diagnostic_setting"]
    bodies.pop(next(name for name, body in bodies.items() if "default_database" in body["target_resource_id"]))


def unlock_the_database(stack: Stack) -> None:
    locks = stack.content["resource"]["azurerm_management_lock"]
    locks.pop(stack.one("azurerm_management_lock", "Database").name)


def let_a_plan_shrink_the_storage(stack: Stack) -> None:
    database(stack)["lifecycle"]["ignore_changes"].remove("storage_mb")


def give_the_vault_another_password(stack: Stack) -> None:
    secret = next(item for item in stack.resources(SECRET, name="database-password"))
    secret.body["value_wo"] = "${ephemeral.random_password.jwt-secret.result}"


def write_the_password_down(stack: Stack) -> None:
    database(stack)["administrator_password"] = database(stack).pop("administrator_password_wo")


def let_nobody_log_in_as_themselves(stack: Stack) -> None:
    database(stack)["authentication"]["active_directory_auth_enabled"] = False


def open_the_cache(stack: Stack) -> None:
    first(stack, CACHE)["public_network_access"] = "Enabled"


def put_the_cache_among_the_others(stack: Stack) -> None:
    others = stack.one(SUBNET, "Network", name="endpoints")
    stack.one("azurerm_private_endpoint", "Cache").body["subnet_id"] = f"${{{SUBNET}.{others.name}.id}}"


def speak_plain_text_to_the_cache(stack: Stack) -> None:
    first(stack, CACHE)["default_database"]["client_protocol"] = "Plaintext"


def spread_the_cache_over_shards(stack: Stack) -> None:
    del first(stack, CACHE)["default_database"]["clustering_policy"]


def refuse_the_caches_keys(stack: Stack) -> None:
    del first(stack, CACHE)["default_database"]["access_keys_authentication_enabled"]


def keep_one_node_of_the_cache(stack: Stack) -> None:
    first(stack, CACHE)["high_availability_enabled"] = False


def keep_everything_in_the_cache(stack: Stack) -> None:
    first(stack, CACHE)["default_database"]["eviction_policy"] = "NoEviction"


def lose_the_cache_with_a_restart(stack: Stack) -> None:
    del first(stack, CACHE)["default_database"]["persistence_redis_database_backup_frequency"]


def encrypt_the_cache_with_any_version(stack: Stack) -> None:
    given = first(stack, CACHE)["customer_managed_key"]
    given["key_vault_key_id"] = given["key_vault_key_id"].replace(".id}", ".versionless_id}")


def keep_the_caches_key_in_one_vault(stack: Stack) -> None:
    bodies = stack.content["resource"][SECRET]
    bodies.pop(next(secret.name for secret in stack.resources(SECRET, name="cache-password")))


def buy_another_cache(stack: Stack) -> None:
    first(stack, CACHE)["sku_name"] = "Balanced_B3"


def give_the_cache_no_time(stack: Stack) -> None:
    del first(stack, CACHE)["timeouts"]


def start_a_cache_in_the_recovery_region(stack: Stack) -> None:
    stack.content["resource"][CACHE]["another"] = {**first(stack, CACHE), "location": RECOVERY}


def reach_no_endpoint_of_the_other_region(stack: Stack) -> None:
    rule = next(rule for rule in rules(stack, "nodes") if rule["name"] == "to-endpoints")
    rule.update(destination_address_prefix="10.30.1.64/26", destination_address_prefixes=None)


def copy_no_object(stack: Stack) -> None:
    del stack.content["resource"]["azurerm_storage_object_replication"]


def copy_new_objects_only(stack: Stack) -> None:
    first(stack, "azurerm_storage_object_replication")["rules"][0]["copy_blobs_created_after"] = "OnlyNewObjects"


def copy_one_container(stack: Stack) -> None:
    first(stack, "azurerm_storage_object_replication")["rules"].pop()


def copy_to_the_pair_of_the_region(stack: Stack) -> None:
    below(stack, ACCOUNT, "Storage")["account_replication_type"] = "GZRS"


def keep_no_versions(stack: Stack) -> None:
    below(stack, ACCOUNT, "Storage")["blob_properties"]["versioning_enabled"] = False


def forget_what_is_deleted(stack: Stack) -> None:
    del below(stack, ACCOUNT, "Storage")["blob_properties"]["delete_retention_policy"]


def archive_in_three_zones(stack: Stack) -> None:
    rule = below(stack, "azurerm_storage_management_policy", "Storage")["rule"][0]
    blobs = rule["actions"]["base_blob"]
    blobs["tier_to_archive_after_days_since_modification_greater_than"] = 90


def let_a_container_be_destroyed(stack: Stack) -> None:
    del below(stack, "azurerm_storage_container", "Storage/eastus")["lifecycle"]


def give_out_keys(stack: Stack) -> None:
    below(stack, ACCOUNT, "Archive")["shared_access_key_enabled"] = True


def reach_the_dumps_twice(stack: Stack) -> None:
    endpoints = stack.content["resource"]["azurerm_private_endpoint"]
    (endpoint,) = stack.resources("azurerm_private_endpoint", "Archive")
    endpoints["another"] = {**endpoint.body, "name": "another"}


def keep_dumps_in_three_zones(stack: Stack) -> None:
    below(stack, ACCOUNT, "Archive")["account_replication_type"] = "ZRS"


def keep_dumps_for_a_week(stack: Stack) -> None:
    rule = below(stack, "azurerm_storage_management_policy", "Archive")["rule"][0]
    rule["actions"]["base_blob"]["delete_after_days_since_modification_greater_than"] = 7


def archive_nothing(stack: Stack) -> None:
    rule = below(stack, "azurerm_storage_management_policy", "Archive")["rule"][1]
    del rule["actions"]["base_blob"]["tier_to_archive_after_days_since_modification_greater_than"]


def rule_over_a_container_that_is_not_there(stack: Stack) -> None:
    rule = below(stack, "azurerm_storage_management_policy", "Archive")["rule"][0]
    rule["filters"]["prefix_match"] = ["daily/"]


def let_dumps_be_deleted(stack: Stack) -> None:
    del stack.content["resource"]["azurerm_storage_container_immutability_policy"]


def log_no_request(stack: Stack) -> None:
    below(stack, "azurerm_monitor_diagnostic_setting", "Archive")["enabled_log"].pop()


def log_into_the_other_region(stack: Stack) -> None:
    one, other = stack.resources("azurerm_log_analytics_workspace")
    for setting in stack.resources("azurerm_monitor_diagnostic_setting", "Storage/eastus"):
        place = next(each for each in (one, other) if each["location"] == RECOVERY)
        setting.body["log_analytics_workspace_id"] = f"${{{place.type}.{place.name}.id}}"


Change = Callable[[Stack], None]
Test = Callable[[Stack], object]
CHANGES: list[tuple[Change, Test]] = [
    (move_the_recovery_network, test_network.test_production_has_room_in_both_regions),
    (share_a_subnets_security_group, test_network.test_each_concern_has_its_own_subnet_and_security_group),
    (leave_a_subnet_without_security_group, test_network.test_each_concern_has_its_own_subnet_and_security_group),
    (delegate_nothing, test_network.test_what_azure_demands_for_itself_is_delegated),
    (let_a_subnet_out_by_itself, test_network.test_no_subnet_has_a_way_to_the_internet_but_the_nodes),
    (give_something_a_public_address, test_network.test_the_only_public_addresses_are_those_of_nat),
    (leave_private_endpoints_unbound, test_network.test_security_groups_bind_private_endpoints),
    (peer_one_way, test_network.test_the_networks_of_both_regions_are_peered_both_ways),
    (log_no_connection, test_network.test_every_connection_is_logged),
    (open_the_database, test_connections.test_each_side_of_a_connection_allows_what_must_be_and_nothing_else),
    (open_the_database, test_connections.test_the_internet_reaches_nothing_and_front_door_the_gateway),
    (open_the_gateway, test_connections.test_the_internet_reaches_nothing_and_front_door_the_gateway),
    (deny_nothing, test_connections.test_each_side_of_a_connection_allows_what_must_be_and_nothing_else),
    (deny_nothing, test_connections.test_between_the_regions_only_the_database_and_endpoints_are_reached),
    (deny_nothing, test_connections.test_every_group_denies_the_rest_in_both_directions),
    (let_the_database_call_the_internet, test_connections.test_data_calls_nobody_on_the_internet),
    (probe_no_api_server, test_connections.test_azure_probes_what_it_balances),
    (let_the_zone_be_destroyed, test_dns.test_the_domain_has_a_zone_that_nobody_destroys),
    (let_anybody_issue, test_dns.test_only_the_authorities_of_its_certificates_issue_for_the_domain),
    (leave_a_network_without_private_names, test_dns.test_private_names_are_known_in_every_network_and_nowhere_else),
    (read_secrets_by_access_policies, test_vaults.test_a_vault_stands_in_each_region_and_answers_roles_only),
    (open_a_vault, test_vaults.test_a_vault_is_closed_but_to_deployers_and_its_private_endpoint),
    (keep_a_key_for_ever, test_keys.test_a_key_is_replaced_before_it_ends),
    (encrypt_without_a_key_of_our_own, test_keys.test_an_account_is_encrypted_with_the_key_of_its_region),
    (encrypt_before_the_grant, test_keys.test_an_account_is_encrypted_with_the_key_of_its_region),
    (open_the_logs, test_keys.test_accounts_are_closed_but_to_azure_and_private_endpoints),
    (keep_a_secret_in_one_region, test_secrets.test_every_secret_is_the_same_in_the_vaults_of_both_regions),
    (raise_one_vaults_version, test_secrets.test_every_secret_is_the_same_in_the_vaults_of_both_regions),
    (
        reach_no_endpoint_of_the_other_region,
        test_connections.test_between_the_regions_only_the_database_and_endpoints_are_reached,
    ),
    (copy_no_object, test_storage.test_objects_of_production_are_copied_to_the_recovery_region),
    (copy_new_objects_only, test_storage.test_objects_of_production_are_copied_to_the_recovery_region),
    (copy_one_container, test_storage.test_objects_of_production_are_copied_to_the_recovery_region),
    (copy_to_the_pair_of_the_region, test_storage.test_objects_of_production_are_copied_to_the_recovery_region),
    (keep_no_versions, test_storage.test_what_was_overwritten_or_deleted_can_be_brought_back),
    (forget_what_is_deleted, test_storage.test_what_was_overwritten_or_deleted_can_be_brought_back),
    (archive_in_three_zones, test_storage.test_objects_grow_colder_with_age_in_each_region),
    (give_out_keys, test_storage.test_who_reads_or_writes_has_a_role_and_no_key),
    (reach_the_dumps_twice, test_storage.test_an_account_is_reached_by_one_private_endpoint),
    (keep_dumps_in_three_zones, test_archive.test_only_an_account_in_one_zone_has_the_archive_tier),
    (keep_dumps_for_a_week, test_archive.test_a_nightly_dump_is_kept_as_long_as_a_copy),
    (archive_nothing, test_archive.test_a_monthly_dump_is_cold_after_a_day_and_gone_after_a_year),
    (rule_over_a_container_that_is_not_there, test_archive.test_each_rule_is_about_a_container_that_there_is),
    (let_dumps_be_deleted, test_archive.test_dumps_of_production_cannot_be_deleted_before_their_time),
    (log_no_request, test_logs.test_each_request_to_objects_and_dumps_is_logged),
    (log_into_the_other_region, test_logs.test_logs_of_a_region_stay_in_it),
    (give_the_database_a_public_address, test_database.test_no_database_has_a_public_address),
    (let_an_address_into_the_database, test_database.test_no_database_has_a_public_address),
    (put_the_database_among_the_nodes, test_database.test_no_database_has_a_public_address),
    (speak_plain_text_to_the_database, test_database.test_databases_speak_tls_1_3_and_nothing_else),
    (speak_old_tls_to_the_replica, test_database.test_databases_speak_tls_1_3_and_nothing_else),
    (take_the_standby_away, test_database.test_storage_grows_by_itself_and_no_plan_shrinks_it),
    (restore_three_days, test_database.test_the_database_is_backed_up_daily_and_patched_later),
    (restore_three_days, test_database.test_the_database_can_be_restored_to_any_second_of_the_last_7_days),
    (restore_a_month, test_database.test_the_database_can_be_restored_to_any_second_of_the_last_7_days),
    (patch_during_the_backup, test_database.test_the_database_is_backed_up_daily_and_patched_later),
    (keep_the_replica_in_the_first_region, test_database.test_a_copy_of_the_database_stands_in_west_us_2),
    (make_the_replica_an_original, test_database.test_a_copy_of_the_database_stands_in_west_us_2),
    (replicate_before_there_is_a_way, test_database.test_the_copy_replicates_through_the_peered_networks),
    (let_the_replica_have_less_storage, test_database.test_the_copy_follows_whatever_the_original_does),
    (let_the_replica_take_fewer_connections, test_database.test_the_copy_follows_whatever_the_original_does),
    (raise_the_connections_of_the_original_first, test_database.test_the_copy_follows_whatever_the_original_does),
    (replicate_a_burstable_server, test_database.test_the_copy_follows_whatever_the_original_does),
    (forget_the_connections, test_database.test_every_database_accepts_what_its_size_says),
    (round_storage_down, test_database.test_storage_is_the_next_amount_and_shown),
    (buy_more_storage_than_needed, test_database.test_storage_is_the_next_amount_and_shown),
    (encrypt_the_replica_with_the_other_key, test_database.test_each_database_is_encrypted_with_the_key_of_its_region),
    (encrypt_the_database_before_the_grant, test_database.test_each_database_is_encrypted_with_the_key_of_its_region),
    (stop_with_the_first_version_of_the_key, test_database.test_each_database_is_encrypted_with_the_key_of_its_region),
    (
        make_the_database_before_its_security_group,
        test_database.test_no_database_comes_before_its_security_group,
    ),
    (log_no_slow_query, test_database.test_slow_queries_are_logged),
    (watch_no_query, test_database.test_query_store_is_on),
    (
        keep_the_log_of_the_database,
        test_database.test_logs_and_statistics_of_queries_reach_the_workspace_of_the_region,
    ),
    (forget_who_connects_to_the_cache, test_cache.test_who_connects_to_the_cache_is_logged),
    (unlock_the_database, test_database.test_no_database_can_be_deleted_in_production),
    (let_a_plan_shrink_the_storage, test_database.test_storage_grows_by_itself_and_no_plan_shrinks_it),
    (
        give_the_vault_another_password,
        test_database.test_the_password_is_the_same_in_database_and_vaults_and_in_no_state,
    ),
    (write_the_password_down, test_database.test_the_password_is_the_same_in_database_and_vaults_and_in_no_state),
    (let_nobody_log_in_as_themselves, test_database.test_people_log_in_with_their_own_identity),
    (open_the_cache, test_cache.test_only_the_private_network_leads_to_the_cache),
    (put_the_cache_among_the_others, test_cache.test_only_the_private_network_leads_to_the_cache),
    (speak_plain_text_to_the_cache, test_cache.test_the_cache_speaks_tls_and_asks_for_a_key),
    (refuse_the_caches_keys, test_cache.test_the_cache_speaks_tls_and_asks_for_a_key),
    (spread_the_cache_over_shards, test_cache.test_any_client_of_redis_finds_all_keys),
    (keep_everything_in_the_cache, test_cache.test_a_full_cache_forgets_what_was_used_least_recently),
    (lose_the_cache_with_a_restart, test_cache.test_the_cache_of_production_survives_a_restart),
    (encrypt_the_cache_with_any_version, test_cache.test_the_cache_is_encrypted_with_the_key_of_its_region),
    (keep_the_caches_key_in_one_vault, test_cache.test_the_caches_key_is_a_secret_in_each_vault),
    (buy_another_cache, test_cache.test_the_cache_has_the_memory_that_its_size_says),
    (give_the_cache_no_time, test_cache.test_a_new_cache_has_an_hour_to_come_up),
    (start_a_cache_in_the_recovery_region, test_cache.test_the_recovery_region_has_no_cache_until_it_serves),
]


@pytest.mark.parametrize(("change", "test"), CHANGES, ids=lambda item: item.__name__)
def test_what_breaks_a_promise_is_noticed(azure_prod: Stack, change: Change, test: Test) -> None:
    test(azure_prod)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        test(azure_prod.changed(change))


def move_a_zone_to_the_primary_region(stack: Stack) -> None:
    group = next(group for group in stack.resources("azurerm_resource_group") if group["location"] == "eastus")
    first(stack, "azurerm_dns_zone")["resource_group_name"] = f"${{azurerm_resource_group.{group.name}.name}}"


def move_a_group(stack: Stack) -> None:
    first(stack, "azurerm_resource_group", name="goodies-prod-westus2")["location"] = "eastus"


def move_an_address(stack: Stack) -> None:
    first(stack, "azurerm_public_ip")["location"] = "westeurope"


def write_a_value_down(stack: Stack) -> None:
    secret = next(secret.body for secret in stack.resources(SECRET) if secret.get("value_wo"))
    secret["value"] = secret.pop("value_wo")


def purge_what_is_deleted(stack: Stack) -> None:
    first(stack, VAULT)["purge_protection_enabled"] = False


def take_a_vaults_name_twice(stack: Stack) -> None:
    one, other, *_ = stack.resources(VAULT)
    one.body["name"] = other.body["name"]


def keep_logs_for_a_month(stack: Stack) -> None:
    first(stack, "azurerm_log_analytics_workspace")["retention_in_days"] = 30


def take_anybodys_logs(stack: Stack) -> None:
    first(stack, "azurerm_log_analytics_workspace")["local_authentication_enabled"] = True


def audit_no_vault(stack: Stack) -> None:
    below(stack, "azurerm_monitor_diagnostic_setting", "VaultAudit")["enabled_log"] = []


def keep_dumps_in_the_primary_region(stack: Stack) -> None:
    below(stack, ACCOUNT, "Archive")["location"] = "eastus"


def keep_the_state_elsewhere(stack: Stack) -> None:
    stack.content["terraform"]["backend"]["azurerm"]["container_name"] = "others"


ASSEMBLY_CHANGES: list[tuple[Change, Callable[[Assembly], object]]] = [
    (
        move_a_zone_to_the_primary_region,
        test_network.test_what_a_recovery_changes_stands_in_groups_that_outlive_the_primary_region,
    ),
    (move_a_group, test_network.test_each_resource_group_is_where_it_must_live),
    (move_a_group, test_network.test_what_has_a_location_stands_in_a_group_of_the_same),
    (move_an_address, test_network.test_nothing_stands_outside_the_two_regions),
    (write_a_value_down, test_secrets.test_no_value_is_in_a_template_or_a_state),
    (purge_what_is_deleted, test_vaults.test_what_is_deleted_can_be_recovered_and_nobody_purges_it),
    (take_a_vaults_name_twice, test_vaults.test_names_are_the_only_ones_and_fit),
    (keep_logs_for_a_month, test_logs.test_each_region_has_a_workspace_that_keeps_logs_as_long_as_the_audit),
    (take_anybodys_logs, test_logs.test_each_region_has_a_workspace_that_keeps_logs_as_long_as_the_audit),
    (audit_no_vault, test_logs.test_who_reads_a_secret_or_uses_a_key_is_logged),
    (keep_dumps_in_the_primary_region, test_archive.test_dumps_of_production_lie_in_the_recovery_region),
    (copy_backups_to_the_pair, test_database.test_nothing_is_copied_to_the_paired_region),
    (keep_the_state_elsewhere, test_state.test_every_stack_keeps_its_state_in_the_one_account),
]


@pytest.mark.parametrize(("change", "test"), ASSEMBLY_CHANGES, ids=lambda item: item.__name__)
def test_what_breaks_a_promise_of_all_stacks_is_noticed(
    azure: Assembly, change: Change, test: Callable[[Assembly], object]
) -> None:
    test(azure)
    broken = Assembly(azure.folder, {**azure.stacks, "azure-prod": azure.stacks["azure-prod"].changed(change)})
    with pytest.raises((AssertionError, KeyError)):
        test(broken)


def give_the_state_a_key(stack: Stack) -> None:
    first(stack, ACCOUNT)["shared_access_key_enabled"] = True


def let_others_read_the_state(stack: Stack) -> None:
    below(stack, "azurerm_role_assignment", "State")["principal_type"] = "User"


def keep_one_version(stack: Stack) -> None:
    first(stack, ACCOUNT)["blob_properties"]["versioning_enabled"] = False


def unlock_the_state(stack: Stack) -> None:
    first(stack, "azurerm_management_lock")["lock_level"] = "ReadOnly"


def take_nothing_over(stack: Stack) -> None:
    stack.content["import"].pop()


def keep_images_in_one_region(stack: Stack) -> None:
    del first(stack, test_registry.REGISTRY)["georeplications"]


def read_images_with_the_platforms_key(stack: Stack) -> None:
    first(stack, test_registry.REGISTRY)["encryption"] = []


def keep_the_registrys_key_in_the_primary_region(stack: Stack) -> None:
    first(stack, VAULT)["location"] = "eastus"


def encrypt_images_before_the_grant(stack: Stack) -> None:
    first(stack, test_registry.REGISTRY)["depends_on"] = []


def keep_few_releases(stack: Stack) -> None:
    step = first(stack, "azurerm_container_registry_task")["encoded_step"]
    text = base64.b64decode(step["task_content"]).decode()
    step["task_content"] = base64.b64encode(text.replace("--keep 50", "--keep 5").encode()).decode()


def purge_no_image(stack: Stack) -> None:
    first(stack, "azurerm_container_registry_task")["timer_trigger"] = []


def give_the_registry_a_password(stack: Stack) -> None:
    first(stack, test_registry.REGISTRY)["admin_enabled"] = True


def let_everybody_pull(stack: Stack) -> None:
    first(stack, test_registry.REGISTRY)["anonymous_pull_enabled"] = True


def log_no_push(stack: Stack) -> None:
    below(stack, "azurerm_monitor_diagnostic_setting", "Registry")["enabled_log"].pop()


def log_no_read_of_a_state(stack: Stack) -> None:
    below(stack, "azurerm_monitor_diagnostic_setting", "State")["enabled_log"].pop()


def let_the_registry_be_destroyed(stack: Stack) -> None:
    del first(stack, test_registry.REGISTRY)["lifecycle"]


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (keep_images_in_one_region, test_registry.test_images_are_in_both_regions_and_all_their_zones),
        (
            read_images_with_the_platforms_key,
            test_registry.test_images_are_encrypted_with_a_key_that_outlives_the_primary_region,
        ),
        (
            keep_the_registrys_key_in_the_primary_region,
            test_registry.test_images_are_encrypted_with_a_key_that_outlives_the_primary_region,
        ),
        (
            encrypt_images_before_the_grant,
            test_registry.test_images_are_encrypted_with_a_key_that_outlives_the_primary_region,
        ),
        (keep_few_releases, test_registry.test_the_registry_keeps_releases_by_number_and_lets_others_go),
        (purge_no_image, test_registry.test_the_registry_keeps_releases_by_number_and_lets_others_go),
        (give_the_registry_a_password, test_registry.test_who_reads_or_writes_images_has_a_role),
        (let_everybody_pull, test_registry.test_who_reads_or_writes_images_has_a_role),
        (log_no_push, test_registry.test_who_signs_in_and_what_is_pushed_is_logged),
        (log_no_read_of_a_state, test_logs.test_each_request_to_a_state_is_logged),
        (let_the_registry_be_destroyed, test_registry.test_the_releases_survive_a_destroy),
        (give_the_state_a_key, test_state.test_a_state_is_read_by_those_who_deploy_and_without_a_key),
        (let_others_read_the_state, test_state.test_a_state_is_read_by_those_who_deploy_and_without_a_key),
        (keep_one_version, test_state.test_a_state_can_be_brought_back),
        (unlock_the_state, test_state.test_a_state_can_be_brought_back),
        (take_nothing_over, test_state.test_what_was_made_before_the_first_deploy_is_taken_over),
    ],
    ids=lambda item: item.__name__,
)
def test_what_breaks_a_promise_of_what_is_shared_is_noticed(azure_shared: Stack, change: Change, test: Test) -> None:
    test(azure_shared)
    with pytest.raises((AssertionError, KeyError, ValueError)):
        test(azure_shared.changed(change))


@pytest.mark.parametrize(
    ("change", "test"),
    [
        (take_the_standby_away, test_database.test_the_database_has_a_standby_where_the_data_says),
        (put_the_standby_elsewhere, test_database.test_the_database_has_a_standby_where_the_data_says),
        (keep_one_node_of_the_cache, test_cache.test_the_cache_fails_over_by_itself),
    ],
    ids=lambda item: item.__name__,
)
def test_what_stops_with_a_machine_is_noticed(
    azure: Assembly, change: Change, test: Callable[[str, Assembly], object]
) -> None:
    broken = Assembly(azure.folder, {"azure-prod": azure.stacks["azure-prod"].changed(change)})
    with pytest.raises((AssertionError, KeyError, TypeError)):
        test("azure-prod", broken)


def test_what_the_provider_would_refuse_is_noticed(azure_prod: Stack) -> None:
    assert refused(azure_prod) == []
    assert refused(azure_prod.changed(ask_for_a_size_that_is_not_sold)) != []
    assert refused(azure_prod.changed(ask_for_storage_that_is_not_sold)) != []


def refused(stack: Stack) -> list[str]:
    """Return what the provider would refuse of what holds data."""
    return [str(breach) for breach in breaches(stack.content) if breach.resource.startswith((DATABASE, CACHE))]


def ask_for_a_size_that_is_not_sold(stack: Stack) -> None:
    first(stack, CACHE)["sku_name"] = "Balanced_B4"


def ask_for_storage_that_is_not_sold(stack: Stack) -> None:
    database(stack)["storage_mb"] = 100 * 1024


def test_old_tls_is_noticed(azure_prod: Stack, azure_shared: Stack) -> None:
    with pytest.raises(AssertionError):
        test_keys.test_an_account_takes_no_connection_in_clear(azure_prod.changed(speak_old_tls), azure_shared)


def test_what_may_be_destroyed_is_noticed(azure_prod: Stack) -> None:
    assert perishable_state(azure_prod) == []
    for change in (
        let_the_zone_be_destroyed,
        let_a_container_be_destroyed,
        let_the_database_be_destroyed,
        let_the_cache_be_destroyed,
    ):
        assert perishable_state(azure_prod.changed(change)) != []


def let_the_database_be_destroyed(stack: Stack) -> None:
    del database(stack)["lifecycle"]["prevent_destroy"]


def let_the_cache_be_destroyed(stack: Stack) -> None:
    del first(stack, CACHE)["lifecycle"]
