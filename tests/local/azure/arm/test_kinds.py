"""Kinds of resource: each is made, read, listed and removed by its schema, and keeps nothing that is never read."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from local.azure.arm.data import SCHEMAS, kinds
from tests.local.azure.conftest import GROUP, Azure, AzureError

SERVER = "Microsoft.DBforPostgreSQL/flexibleServers/goodies"
CACHE = "Microsoft.Cache/redisEnterprise/goodies"
REGISTRY = "Microsoft.ContainerRegistry/registries/goodies"
ACCOUNT = "Microsoft.Storage/storageAccounts/goodiesfiles"
CONTAINER = f"{ACCOUNT}/blobServices/default/containers/files"
WORKSPACE = "Microsoft.OperationalInsights/workspaces/goodies"
BODIES: Mapping[str, Mapping[str, Any]] = {
    SERVER: {
        "location": "eastus",
        "sku": {"name": "Standard_D2ds_v4", "tier": "GeneralPurpose"},
        "properties": {"version": "17", "administratorLogin": "goodies", "storage": {"storageSizeGB": 128}},
    },
    f"{SERVER}/databases/goodies": {"properties": {"charset": "UTF8"}},
    f"{SERVER}/administrators/00000000-0000-4000-8000-0000000000aa": {"properties": {"principalType": "Group"}},
    CACHE: {"location": "eastus", "sku": {"name": "Balanced_B3"}},
    f"{CACHE}/databases/default": {"properties": {"clusteringPolicy": "NoCluster"}},
    REGISTRY: {"location": "eastus", "sku": {"name": "Premium"}},
    f"{REGISTRY}/replications/westus2": {"location": "westus2"},
    f"{REGISTRY}/tasks/purge": {"location": "eastus", "properties": {"step": {"encodedTaskContent": "YQ=="}}},
    ACCOUNT: {"location": "eastus", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"}},
    f"{ACCOUNT}/managementPolicies/default": {"properties": {"policy": {"rules": []}}},
    CONTAINER: {"properties": {"metadata": {}}},
    f"{CONTAINER}/immutabilityPolicies/default": {"properties": {"immutabilityPeriodSinceCreationInDays": 7}},
    f"{ACCOUNT}/objectReplicationPolicies/one": {"properties": {"sourceAccount": "a", "destinationAccount": "b"}},
    WORKSPACE: {"location": "eastus", "properties": {"retentionInDays": 365}},
    f"{ACCOUNT}/providers/Microsoft.Insights/diagnosticSettings/all": {"properties": {"workspaceId": WORKSPACE}},
}


@pytest.fixture
def whole(azure: Azure) -> Azure:
    """The resources of all bodies, in their order."""
    azure.register(*{kind.namespace for kind in kinds().values()})
    for path, body in BODIES.items():
        azure.call("PUT", f"{GROUP}/providers/{path}", body)
    return azure


@pytest.mark.parametrize("path", BODIES)
def test_a_resource_is_read_as_it_was_made_until_it_is_removed(whole: Azure, path: str) -> None:
    found = whole.get(path)
    assert found["id"] == f"{GROUP}/providers/{path}"
    for key, value in BODIES[path].get("properties", {}).items():
        assert found["properties"][key] == value or found["properties"][key].items() >= value.items()
    listed = whole.get(path.rpartition("/")[0])["value"]
    assert found["id"] in [each["id"] for each in listed]
    assert whole.delete(path).status in {200, 202, 204}
    with pytest.raises(AzureError, match="404 ResourceNotFound"):
        whole.get(path)


@pytest.mark.parametrize("path", BODIES)
def test_a_property_that_a_type_does_not_know_is_refused(whole: Azure, path: str) -> None:
    body = {**BODIES[path], "properties": {**BODIES[path].get("properties", {}), "colour": "red"}}
    with pytest.raises(AzureError, match=r"400 InvalidRequestFormat.*colour"):
        whole.call("PUT", f"{GROUP}/providers/{path}", body)


def test_a_parameter_of_a_server_is_there_before_anybody_sets_it(whole: Azure) -> None:
    path = f"{GROUP}/providers/{SERVER}/configurations/work_mem"
    assert "value" not in whole.get(path)["properties"]
    whole.call("PATCH", path, {"properties": {"value": "64", "source": "user-override"}})
    assert whole.get(path)["properties"]["value"] == "64"


def test_what_is_never_read_is_not_kept(whole: Azure) -> None:
    secret = "Aa1-only-sent"
    body = {**BODIES[SERVER], "properties": {"administratorLoginPassword": secret, "createMode": "Default"}}
    whole.call("PUT", f"{GROUP}/providers/{SERVER}", body)
    whole.call("PATCH", f"{GROUP}/providers/{SERVER}", {"properties": {"administratorLoginPassword": secret}})
    assert secret not in json.dumps(whole.store.documents("resources").list())
    assert "createMode" not in whole.get(SERVER)["properties"]


def test_each_model_of_a_kind_has_its_schema() -> None:
    models = {
        kind: f"{path.stem}.{model}"
        for path in SCHEMAS.glob("*.json")
        for kind, model in json.loads(path.read_text())["kinds"].items()
    }
    assert models == {kind.key: kind.model for kind in kinds().values() if kind.model}
