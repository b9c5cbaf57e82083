"""Microsoft.Storage: accounts, their services and their containers."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm.calls import Call, Cloud, handles
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows
from local.azure.arm.verbs import existing

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"


@shows(ACCOUNT)
def show(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return when an account was made."""
    del shown
    stored = cloud.find(resource)
    created = stored["created"] if stored else ""
    return {"properties": {"creationTime": created, "keyCreationTime": {"key1": created, "key2": created}}}


@handles("listKeys", ACCOUNT)
def list_keys(call: Call) -> Json:
    """Answer the keys of an account, where it may have any ("Prevent Shared Key authorization")."""
    stored = existing(call)
    if get(stored["body"], "properties.allowSharedKeyAccess") is False:
        raise Refusal(
            403,
            "KeyBasedAuthenticationNotPermitted",
            "Key based authentication is not permitted on this storage account.",
        )
    return {"keys": [{"keyName": name, "value": "", "permissions": "FULL"} for name in ("key1", "key2")]}


def account_named(cloud: Cloud, name: str) -> Json | None:
    """Return the account of a name, in whatever subscription; None where there is none."""
    found = (each for each in cloud.of_kind(ACCOUNT).values() if ResourceId(each["id"]).name == name)
    return next(found, None)
