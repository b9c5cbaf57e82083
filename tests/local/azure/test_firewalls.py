"""Firewalls of vaults and storage accounts: whom they let through, and what they say to others."""

from collections.abc import Mapping
from typing import Any

import pytest

from local.azure.switches import SWITCHES
from tests.local.azure.conftest import SUBSCRIPTION, Azure, AzureError

VAULT = "goodies-vault.vault.azure.net"
BLOBS = "goodiesstate.blob.core.windows.net"
CONTAINER = "Microsoft.Storage/storageAccounts/goodiesstate/blobServices/default/containers/state"
RULES = [{"value": "203.0.113.0/24"}]
CLOSED: Mapping[str, Mapping[str, Any]] = {
    "no rule": {"networkAcls": {"defaultAction": "Deny", "bypass": "AzureServices"}},
    "no public access": {"publicNetworkAccess": "Disabled"},
}
NAMED: Mapping[str, Any] = {"networkAcls": {"defaultAction": "Deny", "ipRules": RULES}}
SAID = {"no rule": "Client address is not authorized", "no public access": "Public network access is disabled"}


def secret(azure: Azure) -> Any:
    return azure.call("PUT", "/secrets/a", {"value": "b"}, host=VAULT)


def read(azure: Azure) -> tuple[int, str]:
    answer = azure.send("GET", "/state", host=BLOBS, query={"restype": "container"})
    return answer.status, answer.headers.get("x-ms-error-code", "")


@pytest.fixture
def azure(azure: Azure) -> Azure:
    """An embedded Azure whose caller has every role on what vaults and accounts hold."""
    azure.assign("Key Vault Administrator", SUBSCRIPTION)
    azure.assign("Storage Blob Data Owner", SUBSCRIPTION, name="00000000-0000-4000-8000-0000000000ab")
    return azure


@pytest.mark.parametrize("rules", CLOSED)
def test_a_closed_vault_answers_nobody(azure: Azure, rules: str) -> None:
    azure.vault(**CLOSED[rules])
    with pytest.raises(AzureError, match=f"403 Forbidden: {SAID[rules]}"):
        secret(azure)
    azure.vault()
    secret(azure)


def test_a_vault_answers_an_address_that_its_rules_name(azure: Azure) -> None:
    azure.vault(**NAMED)
    secret(azure)
    SWITCHES.turn(azure.store, {"caller_address": "another"})
    with pytest.raises(AzureError, match=r"Client address: 198\.51\.100\.1\r\nCaller: appid="):
        secret(azure)


@pytest.mark.parametrize("rules", CLOSED)
def test_a_closed_account_answers_nobody_but_resource_manager_does(azure: Azure, rules: str) -> None:
    azure.account(**CLOSED[rules])
    azure.put(CONTAINER, {})
    assert read(azure) == (403, "AuthorizationFailure")
    assert azure.get(CONTAINER)["name"] == "state"
    azure.account()
    assert read(azure) == (200, "")


def test_an_account_answers_an_address_that_its_rules_name(azure: Azure) -> None:
    azure.account(**NAMED)
    azure.put(CONTAINER, {})
    assert read(azure) == (200, "")
    SWITCHES.turn(azure.store, {"caller_address": "another"})
    assert read(azure) == (403, "AuthorizationFailure")
