"""Copies between accounts, retention of containers, registries and workspaces, as azurerm asks of them."""

from typing import Any

import pytest

from local.azure.arm.data import kinds
from tests.local.azure.conftest import GROUP, SUBSCRIPTION, Azure

SOURCE = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/goodieshere"
TARGET = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/goodiesthere"
REGISTRY = "Microsoft.ContainerRegistry/registries/goodies"
WORKSPACE = "Microsoft.OperationalInsights/workspaces/goodies"


@pytest.fixture
def accounts(azure: Azure) -> Azure:
    azure.register(*{kind.namespace for kind in kinds().values()})
    for path in (SOURCE, TARGET):
        azure.call("PUT", path, {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}})
    return azure


def policy(**rule: str) -> Any:
    rules = [{"sourceContainer": "uploads", "destinationContainer": "uploads", **rule}]
    return {"properties": {"sourceAccount": SOURCE, "destinationAccount": TARGET, "rules": rules}}


def test_a_policy_gets_its_ids_at_the_destination_and_the_source_takes_them(accounts: Azure) -> None:
    made = accounts.call("PUT", f"{TARGET}/objectReplicationPolicies/default", policy())
    assert made["name"] not in {"", "default"}
    (rule,) = made["properties"]["rules"]
    at_source = f"{SOURCE}/objectReplicationPolicies/{made['name']}"
    accounts.call("PUT", at_source, policy(ruleId=rule["ruleId"]))
    assert accounts.get(at_source)["properties"]["rules"] == [rule]
    assert [each["name"] for each in accounts.get(f"{TARGET}/objectReplicationPolicies")["value"]] == [made["name"]]
    assert accounts.call("PUT", f"{TARGET}/objectReplicationPolicies/default", policy())["name"] == made["name"]


def test_a_retention_is_unlocked_until_somebody_locks_it(accounts: Azure) -> None:
    container = f"{SOURCE}/blobServices/default/containers/dumps"
    accounts.call("PUT", container, {"properties": {}})
    path = f"{container}/immutabilityPolicies/default"
    accounts.call("PUT", path, {"properties": {"immutabilityPeriodSinceCreationInDays": 7}})
    assert accounts.get(path)["properties"]["state"] == "Unlocked"
    accounts.call("POST", f"{path}/lock")
    assert accounts.get(path)["properties"]["state"] == "Locked"


def test_a_registry_says_its_tier_and_its_name_is_taken(accounts: Azure) -> None:
    accounts.put(REGISTRY, location="eastus", sku={"name": "Premium"})
    assert accounts.get(REGISTRY)["sku"] == {"name": "Premium", "tier": "Premium"}
    request = f"{SUBSCRIPTION}/providers/Microsoft.ContainerRegistry/checkNameAvailability"
    found = accounts.call("POST", request, {"name": "Goodies", "type": "Microsoft.ContainerRegistry/registries"})
    assert (found["nameAvailable"], found["message"]) == (False, "The registry named Goodies is already taken.")


def test_a_workspace_has_keys_without_value_and_none_is_kept_after_its_deletion(accounts: Azure) -> None:
    accounts.put(WORKSPACE, location="eastus")
    assert set(accounts.call("POST", f"{GROUP}/providers/{WORKSPACE}/sharedKeys").values()) == {""}
    accounts.delete(WORKSPACE)
    assert accounts.get(f"{SUBSCRIPTION}/providers/Microsoft.OperationalInsights/deletedWorkspaces") == {"value": []}
