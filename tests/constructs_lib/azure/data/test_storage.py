"""Containers of objects: in both regions, versions, tiers, who reaches them."""

import pytest

import environments
from tests.gcp.terraform import Assembly, Resource, Stack

ACCOUNT = "azurerm_storage_account"
CONTAINER = "azurerm_storage_container"
REPLICATION = "azurerm_storage_object_replication"
PURPOSES = ["assets", "uploads"]


def accounts(stack: Stack) -> dict[str, Resource]:
    return {account["location"]: account for account in stack.resources(ACCOUNT, "Storage")}


def containers(stack: Stack, location: str) -> dict[str, Resource]:
    return {found["name"]: found for found in stack.resources(CONTAINER, f"Storage/{location}")}


@pytest.mark.plan("AZR-6/objects", "DR-8/storage")
@pytest.mark.parametrize("purpose", PURPOSES)
def test_there_is_a_container_for(azure_environment: Stack, purpose: str) -> None:
    found = containers(azure_environment, "eastus")[purpose]
    assert found.protected
    assert found["container_access_type"] == "private"
    assert found["storage_account_id"] == accounts(azure_environment)["eastus"]


@pytest.mark.plan("DR-9", "AZR-1/recovery")
def test_objects_of_production_are_copied_to_the_recovery_region(azure_prod: Stack) -> None:
    """Copies that Azure makes by itself land in West US ("Azure region pairs")."""
    found = accounts(azure_prod)
    assert found.keys() == {"eastus", "westus2"}
    copied = azure_prod.one(REPLICATION)
    assert copied["source_storage_account_id"] == found["eastus"]
    assert copied["destination_storage_account_id"] == found["westus2"]
    assert {rule["copy_blobs_created_after"] for rule in copied["rules"]} == {"Everything"}
    here, there = (containers(azure_prod, location) for location in ("eastus", "westus2"))
    assert sorted(here) == sorted(there) == PURPOSES
    pairs = {(rule["source_container_name"].name, rule["destination_container_name"].name) for rule in copied["rules"]}
    assert pairs == {(here[purpose].name, there[purpose].name) for purpose in PURPOSES}
    for account in found.values():
        assert account["account_replication_type"] == "ZRS"
        assert account["blob_properties"]["versioning_enabled"] is True
    assert found["eastus"]["blob_properties"]["change_feed_enabled"] is True


@pytest.mark.plan("ENV-2/minimal", "ENV-3/scaled-down")
@pytest.mark.parametrize("name", ["azure-dev", "azure-staging"])
def test_other_environments_pay_for_one_region(name: str, azure: Assembly) -> None:
    stack = azure.stacks[name]
    assert accounts(stack).keys() == {"eastus"}
    assert stack.resources(REPLICATION) == []


@pytest.mark.plan("DR-9")
def test_no_account_is_copied_where_nobody_looks(azure_environment: Stack, azure_shared: Stack) -> None:
    everywhere = [*azure_environment.resources(ACCOUNT), *azure_shared.resources(ACCOUNT)]
    assert {account["account_replication_type"] for account in everywhere} <= {"ZRS", "LRS"}


@pytest.mark.plan("DR-8/storage", "DR-10")
def test_what_was_overwritten_or_deleted_can_be_brought_back(azure_environment: Stack) -> None:
    """A rule deletes versions by the age of their creation: soft delete keeps them for as long again."""
    days = environments.load()[0].policy.objects.old_versions_keep_days
    for account in accounts(azure_environment).values():
        kept = account["blob_properties"]
        assert kept["versioning_enabled"] is True
        assert kept["delete_retention_policy"] == kept["container_delete_retention_policy"] == {"days": days}


@pytest.mark.plan("DR-10")
def test_objects_grow_colder_with_age_in_each_region(azure_environment: Stack) -> None:
    policy = environments.load()[0].policy.objects
    rules = {
        found["storage_account_id"]["location"]: found["rule"]
        for found in azure_environment.resources("azurerm_storage_management_policy", "Storage")
    }
    assert rules.keys() == accounts(azure_environment).keys()
    for (rule,) in rules.values():
        assert rule["enabled"] is True
        assert rule["filters"] == {"blob_types": ["blockBlob"]}
        assert rule["actions"] == {
            "base_blob": {
                "tier_to_cool_after_days_since_modification_greater_than": policy.infrequent_after_days,
                "tier_to_cold_after_days_since_modification_greater_than": policy.archive_after_days,
            },
            "version": {"delete_after_days_since_creation": policy.old_versions_keep_days},
        }


@pytest.mark.plan("SEC-9/keyless", "AZR-6/objects")
def test_who_reads_or_writes_has_a_role_and_no_key(azure_environment: Stack) -> None:
    """The logs' account alone takes a key: flow logs are written with one."""
    for account in azure_environment.resources(ACCOUNT):
        if account.path.endswith("FlowLogAccount/account"):
            continue
        assert account["shared_access_key_enabled"] is False, str(account)
        assert account["default_to_oauth_authentication"] is True, str(account)


@pytest.mark.plan("SEC-1/data", "SEC-2")
def test_an_account_is_reached_by_one_private_endpoint(azure_environment: Stack) -> None:
    """A zone has one address for a name, so a second endpoint would take it from the first."""
    endpoints = azure_environment.resources("azurerm_private_endpoint")
    targets = [endpoint["private_service_connection"]["private_connection_resource_id"] for endpoint in endpoints]
    reached = [each for place in ("Storage", "Archive") for each in azure_environment.resources(ACCOUNT, place)]
    for account in reached:
        assert targets.count(account) == 1, str(account)
        endpoint = endpoints[targets.index(account)]
        assert endpoint["private_service_connection"]["subresource_names"] == ["blob"]
        assert endpoint["location"] == account["location"]
        assert endpoint["subnet_id"]["name"] == "endpoints"
        (zone,) = endpoint["private_dns_zone_group"]["private_dns_zone_ids"]
        assert zone["name"] == "privatelink.blob.core.windows.net"
