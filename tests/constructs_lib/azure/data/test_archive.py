"""Dumps of the database: where they lie, how long, in which tier, and who may delete them."""

import pytest

import environments
from tests.gcp.terraform import Assembly, Resource, Stack

LOCK = "azurerm_storage_container_immutability_policy"


def account(stack: Stack) -> Resource:
    return stack.one("azurerm_storage_account", "Archive")


def rules(stack: Stack) -> dict[str, object]:
    policy = stack.one("azurerm_storage_management_policy", "Archive")
    assert policy["storage_account_id"] == account(stack)
    assert all(rule["enabled"] and rule["filters"]["blob_types"] == ["blockBlob"] for rule in policy["rule"])
    return {prefix: rule["actions"] for rule in policy["rule"] for prefix in rule["filters"]["prefix_match"]}


@pytest.mark.plan("DR-3", "DR-4", "AZR-6/objects")
def test_dumps_of_production_lie_in_the_recovery_region(azure: Assembly) -> None:
    places = {name: account(stack)["location"] for name, stack in azure.stacks.items() if name != "azure-shared"}
    assert places == {"azure-dev": "eastus", "azure-staging": "eastus", "azure-prod": "westus2"}


@pytest.mark.plan("DR-4")
def test_only_an_account_in_one_zone_has_the_archive_tier(azure_environment: Stack) -> None:
    assert account(azure_environment)["account_replication_type"] == "LRS"


@pytest.mark.plan("DR-3")
def test_a_nightly_dump_is_kept_as_long_as_a_copy(azure_environment: Stack) -> None:
    days = environments.load()[0].policy.backup.copy_keep_days
    assert rules(azure_environment)["nightly/"] == {
        "base_blob": {"delete_after_days_since_modification_greater_than": days}
    }


@pytest.mark.plan("DR-4")
def test_a_monthly_dump_is_cold_after_a_day_and_gone_after_a_year(azure_environment: Stack) -> None:
    policy = environments.load()[0].policy.backup
    assert rules(azure_environment)["monthly/"] == {
        "base_blob": {
            "tier_to_archive_after_days_since_modification_greater_than": policy.archive_after_days,
            "delete_after_days_since_modification_greater_than": policy.archive_keep_days,
        }
    }


@pytest.mark.plan("DR-3", "DR-4")
def test_each_rule_is_about_a_container_that_there_is(azure_environment: Stack) -> None:
    found = azure_environment.resources("azurerm_storage_container", "Archive")
    assert {f"{each['name']}/" for each in found} == rules(azure_environment).keys()
    assert [str(each) for each in found if not each.protected or each["container_access_type"] != "private"] == []


@pytest.mark.plan("ENV-4/data")
def test_dumps_of_production_cannot_be_deleted_before_their_time(azure_prod: Stack) -> None:
    days = environments.load()[0].policy.backup.point_in_time_days
    locks = azure_prod.resources(LOCK)
    kept = {lock["storage_container_resource_manager_id"]["name"] for lock in locks}
    assert kept == {"nightly", "monthly"}
    assert {(lock["immutability_period_in_days"], lock["locked"]) for lock in locks} == {(days, False)}


@pytest.mark.plan("ENV-2/minimal")
@pytest.mark.parametrize("name", ["azure-dev", "azure-staging"])
def test_others_may_be_deleted(azure: Assembly, name: str) -> None:
    assert azure.stacks[name].resources(LOCK) == []


@pytest.mark.plan("DR-3")
def test_a_deleted_dump_can_be_brought_back(azure_environment: Stack) -> None:
    days = environments.load()[0].policy.backup.point_in_time_days
    kept = account(azure_environment)["blob_properties"]
    assert kept["delete_retention_policy"] == kept["container_delete_retention_policy"] == {"days": days}
