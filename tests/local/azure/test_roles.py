"""Roles of the caller: what each allows, on resources and on what they hold, and from when on."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.azure.roles.caller import Caller, store_of
from local.azure.roles.definitions import roles
from local.azure.switches import SWITCHES
from local.proxy import clock
from tests.local.azure.conftest import GROUP, SUBSCRIPTION, Azure, AzureError

VAULT: Mapping[str, Any] = {"host": "goodies-vault.vault.azure.net"}
BLOBS: Mapping[str, Any] = {"host": "goodiesstate.blob.core.windows.net"}
ASSIGNMENTS = "providers/Microsoft.Authorization/roleAssignments"


def hold(azure: Azure, *names: str) -> None:
    """Let the caller hold exactly some roles."""
    store_of(azure.store).turn({"roles": ",".join(names)})


def test_a_reader_reads_only(azure: Azure) -> None:
    azure.network()
    hold(azure, "Reader")
    azure.get("Microsoft.Network/virtualNetworks/net")
    with pytest.raises(AzureError, match=r"403 AuthorizationFailed: .*'Microsoft.Network/virtualNetworks/write'"):
        azure.network()
    with pytest.raises(AzureError, match=r"'Microsoft.Resources/subscriptions/resourceGroups/delete'"):
        azure.delete(GROUP)


def test_a_contributor_assigns_no_roles(azure: Azure) -> None:
    hold(azure, "Contributor")
    azure.network()
    with pytest.raises(AzureError, match=r"'Microsoft\.Authorization/roleAssignments/write'"):
        azure.assign("Reader", GROUP)
    hold(azure, "Contributor", "Role Based Access Control Administrator")
    azure.assign("Reader", GROUP)


def test_an_owner_reads_no_secret_without_a_role(azure: Azure) -> None:
    azure.vault()
    with pytest.raises(AzureError, match=r"Action: 'Microsoft\.KeyVault/vaults/secrets/setSecret/action'"):
        azure.call("PUT", "/secrets/s", {"value": "x"}, **VAULT)
    azure.assign("Key Vault Secrets Officer", f"{GROUP}/providers/Microsoft.KeyVault/vaults/goodies-vault")
    azure.call("PUT", "/secrets/s", {"value": "x"}, **VAULT)
    with pytest.raises(AzureError, match=r"'Microsoft\.KeyVault/vaults/keys/create/action'"):
        azure.call("POST", "/keys/k/create", {"kty": "RSA"}, **VAULT)


def test_an_owner_reads_no_blob_without_a_role(azure: Azure) -> None:
    azure.account()
    azure.put("Microsoft.Storage/storageAccounts/goodiesstate/blobServices/default/containers/state", {})
    answer = azure.send("GET", "/state/x", **BLOBS)
    assert (answer.status, answer.headers["x-ms-error-code"]) == (403, "AuthorizationPermissionMismatch")
    azure.assign("Storage Blob Data Contributor", SUBSCRIPTION)
    assert azure.send("GET", "/state/x", **BLOBS).headers["x-ms-error-code"] == "BlobNotFound"


def test_an_assignment_may_need_minutes(azure: Azure) -> None:
    SWITCHES.turn(azure.store, {"role_assignments": "ten minutes later"})
    azure.vault()
    azure.assign("Key Vault Administrator", SUBSCRIPTION)
    with pytest.raises(AzureError, match="403 Forbidden"):
        azure.call("PUT", "/secrets/s", {"value": "x"}, **VAULT)
    clock.move(azure.store, seconds=601)
    azure.call("PUT", "/secrets/s", {"value": "x"}, **VAULT)


def test_an_assignment_ends_with_its_deletion(azure: Azure) -> None:
    azure.vault()
    made = azure.assign("Key Vault Administrator", SUBSCRIPTION)
    assert made["properties"]["scope"] == SUBSCRIPTION
    azure.delete(made["id"])
    with pytest.raises(AzureError, match="403 Forbidden"):
        azure.call("GET", "/secrets", **VAULT)


def test_a_role_is_assigned_once(azure: Azure) -> None:
    azure.assign("Reader", GROUP)
    with pytest.raises(AzureError, match="409 RoleAssignmentExists"):
        azure.assign("Reader", GROUP, name="00000000-0000-4000-8000-0000000000bb")
    azure.assign("Reader", SUBSCRIPTION, name="00000000-0000-4000-8000-0000000000bb")
    found = azure.get(f"{SUBSCRIPTION}/{ASSIGNMENTS}")["value"]
    assert sorted(each["properties"]["scope"] for each in found) == [SUBSCRIPTION, SUBSCRIPTION, GROUP]


def test_an_unknown_role_is_refused(azure: Azure) -> None:
    definition = (
        f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-000000000000"
    )
    properties = {"roleDefinitionId": definition, "principalId": "p"}
    with pytest.raises(AzureError, match="404 RoleDefinitionDoesNotExist"):
        azure.put(f"{GROUP}/{ASSIGNMENTS}/00000000-0000-4000-8000-0000000000cc", properties)
    with pytest.raises(AzureError, match="404 RoleDefinitionDoesNotExist"):
        azure.get(definition)
    with pytest.raises(ValueError, match="There is no role Nobody; there are Owner"):
        hold(azure, "Nobody")


def test_roles_have_ids_of_their_own() -> None:
    assert len({role.id for role in roles().values()}) == len(roles())


def test_the_caller_is_an_owner_at_first(azure: Azure) -> None:
    assert Caller.turn(store_of(azure.store), {}) == ["Owner"]
