"""Keys and secrets of a vault: versions, deletion, recovery, purge; contacts; what is no request of a vault."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from local.proxy import clock
from tests.local.azure.conftest import SUBSCRIPTION, Azure, AzureError

HOST = "goodies-vault.vault.azure.net"
DAY = 86400


class Vault:
    """A vault, with its objects as an administrator sees them."""

    def __init__(self, azure: Azure, **properties: Any) -> None:
        self.azure = azure
        azure.vault(**properties)
        azure.assign("Key Vault Administrator", SUBSCRIPTION)

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.azure.call(method, path, body, host=HOST)


@pytest.fixture
def vault(azure: Azure) -> Vault:
    return Vault(azure)


@pytest.fixture
def protected(azure: Azure) -> Vault:
    return Vault(azure, enablePurgeProtection=True, softDeleteRetentionInDays=7)


def key(vault: Vault, name: str = "k", **body: Any) -> Any:
    return vault.call("POST", f"/keys/{name}/create", {"kty": "RSA", "key_size": 2048, **body})


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_a_key_has_the_size_that_was_asked_for(vault: Vault, size: int) -> None:
    made = key(vault, key_size=size)["key"]
    assert len(base64.urlsafe_b64decode(made["n"] + "==")) * 8 == size
    assert made["kid"].startswith(f"https://{HOST}/keys/k/")


def test_a_key_is_read_by_its_name_and_by_its_version(vault: Vault) -> None:
    first = key(vault)
    second = vault.call("POST", "/keys/k/rotate")
    assert first["key"]["kid"] != second["key"]["kid"]
    assert vault.call("GET", "/keys/k/") == second
    assert vault.call("GET", f"/keys/k/{first['key']['kid'].rpartition('/')[2]}") == first
    assert len(vault.call("GET", "/keys/k/versions")["value"]) == 2
    assert [each["kid"] for each in vault.call("GET", "/keys")["value"]] == [second["key"]["kid"]]


def test_a_key_keeps_what_is_changed(vault: Vault) -> None:
    key(vault)
    changed = vault.call("PATCH", "/keys/k/", {"key_ops": ["wrapKey"], "tags": {"a": "b"}})
    assert vault.call("GET", "/keys/k/") == changed
    assert changed["key"]["key_ops"] == ["wrapKey"]


def test_a_rotation_policy_is_kept(vault: Vault) -> None:
    key(vault)
    assert vault.call("GET", "/keys/k/rotationpolicy")["lifetimeActions"][0]["action"] == {"type": "Notify"}
    actions = [{"trigger": {"timeAfterCreate": "P365D"}, "action": {"type": "Rotate"}}]
    policy = {"lifetimeActions": actions, "attributes": {"expiryTime": "P400D"}}
    vault.call("PUT", "/keys/k/rotationpolicy", policy)
    found = vault.call("GET", "/keys/k/rotationpolicy")
    assert (found["lifetimeActions"], found["attributes"]["expiryTime"]) == (actions, "P400D")


@pytest.mark.parametrize("body", [{"kty": "oct"}, {"key_size": 1024}, {"kty": "EC", "crv": "P-1"}])
def test_another_kind_of_key_is_refused(vault: Vault, body: Any) -> None:
    with pytest.raises(AzureError, match="400 BadParameter"):
        key(vault, **body)


def test_a_secret_has_versions_and_its_lists_have_no_values(vault: Vault) -> None:
    first = vault.call("PUT", "/secrets/s", {"value": "one", "contentType": "text/plain"})
    second = vault.call("PUT", "/secrets/s", {"value": "two"})
    assert vault.call("GET", "/secrets/s/")["value"] == "two"
    assert vault.call("GET", f"/secrets/s/{first['id'].rpartition('/')[2]}")["value"] == "one"
    assert second["attributes"]["recoveryLevel"] == "Recoverable+Purgeable"
    for path in ("/secrets", "/secrets/s/versions"):
        assert all("value" not in each for each in vault.call("GET", path)["value"])


@pytest.mark.parametrize("body", [{}, {"value": 1}, {"value": "x" * 25601}])
def test_what_is_no_secret_is_refused(vault: Vault, body: Any) -> None:
    with pytest.raises(AzureError, match="400 BadParameter"):
        vault.call("PUT", "/secrets/s", body)


MAKERS: Mapping[str, Callable[[Vault], Any]] = {
    "secrets": lambda vault: vault.call("PUT", "/secrets/x", {"value": "v"}),
    "keys": lambda vault: key(vault, "x"),
}


@pytest.mark.parametrize("kind", MAKERS)
def test_what_was_deleted_keeps_its_name_and_comes_back(protected: Vault, kind: str) -> None:
    make = MAKERS[kind]
    made = make(protected)
    deleted = protected.call("DELETE", f"/{kind}/x")
    assert deleted["recoveryId"] == f"https://{HOST}/deleted{kind}/x"
    assert "value" not in deleted
    with pytest.raises(AzureError, match="404"):
        protected.call("GET", f"/{kind}/x/")
    with pytest.raises(AzureError, match="409 Conflict"):
        make(protected)
    with pytest.raises(AzureError, match=r"403 Forbidden: Operation .purge. is not allowed"):
        protected.call("DELETE", f"/deleted{kind}/x")
    protected.call("POST", f"/deleted{kind}/x/recover")
    assert protected.call("GET", f"/{kind}/x/") == made


def test_the_name_of_what_was_deleted_is_free_after_its_retention(protected: Vault) -> None:
    key(protected)
    protected.call("DELETE", "/keys/k")
    clock.move(protected.azure.store, seconds=8 * DAY)
    with pytest.raises(AzureError, match="404 KeyNotFound"):
        protected.call("GET", "/deletedkeys/k")
    key(protected)


def test_without_protection_it_is_purged(vault: Vault) -> None:
    key(vault)
    vault.call("DELETE", "/keys/k")
    vault.call("DELETE", "/deletedkeys/k")
    key(vault)


def test_contacts_are_kept(vault: Vault) -> None:
    with pytest.raises(AzureError, match="404 ContactsNotFound"):
        vault.call("GET", "/certificates/contacts")
    vault.call("PUT", "/certificates/contacts", {"contacts": [{"email": "a@example.com", "name": ""}]})
    assert vault.call("GET", "/certificates/contacts")["contacts"] == [{"email": "a@example.com"}]
    vault.call("DELETE", "/certificates/contacts")
    with pytest.raises(AzureError, match="404 ContactsNotFound"):
        vault.call("GET", "/certificates/contacts")


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "/nothing", None, "404 NotFound"),
        ("GET", "/keys/a_b", None, "400 BadParameter"),
        ("GET", "/keys/k/", None, "404 KeyNotFound"),
        ("GET", "/secrets/s/", None, "404 SecretNotFound"),
        ("POST", "/secrets/s/", None, "405 MethodNotAllowed"),
        ("PUT", "/secrets/s", b"{", "400 BadParameter"),
        ("PUT", "/secrets/s", b"[1]", "400 BadParameter"),
        ("PUT", "/secrets/s", b"\xff", "400 BadParameter"),
    ],
)
def test_bad_input_is_an_answer(vault: Vault, method: str, path: str, body: Any, said: str) -> None:
    with pytest.raises(AzureError, match=said):
        vault.call(method, path, body)


def test_the_name_of_no_vault_leads_nowhere(azure: Azure) -> None:
    with pytest.raises(StopIteration):
        azure.call("GET", "/keys", host="nobody.vault.azure.net")
