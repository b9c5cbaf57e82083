"""Microsoft.Storage: accounts, their services, their containers, and what is copied between accounts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, Cloud, handles, unique
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows, view
from local.azure.arm.verbs import existing

ACCOUNT = "Microsoft.Storage/storageAccounts"
CONTAINER = "Microsoft.Storage/storageAccounts/blobServices/containers"
RETENTION = "Microsoft.Storage/storageAccounts/blobServices/containers/immutabilityPolicies"
REPLICATION = "Microsoft.Storage/storageAccounts/objectReplicationPolicies"
_LOCKED = "locked retentions"


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


@handles("PUT", REPLICATION)
def put_replication(call: Call) -> Json:
    """Make or change a policy of replication, which gets its id and those of its rules at the destination.

    The policy of the source takes the same ("Object Replication Policies - Create Or Update"; "Object replication for
    block blobs").
    """
    resource = call.id
    if resource.name == "default":
        resource = resource.parent.below("objectReplicationPolicies", unique(resource, _other(call)))
    properties = dict(get(call.body, "properties") or {})
    rules = [
        {"ruleId": unique(resource, f"{rule.get('sourceContainer')}/{rule.get('destinationContainer')}"), **rule}
        for rule in properties.get("rules") or ()
    ]
    return verbs.put(replace(call, id=resource, body={**call.body, "properties": {**properties, "rules": rules}}))


def _other(call: Call) -> str:
    return str(get(call.body, "properties.sourceAccount"))


@handles("lock", RETENTION)
def lock(call: Call) -> Json:
    """Lock the retention of a container, for ever ("Blob Containers - Lock Immutability Policy")."""
    stored = existing(call)
    call.cloud.documents(_LOCKED).put(call.id.key, {"at": call.cloud.now()})
    return view(call.cloud, stored)


@shows(RETENTION)
def show_retention(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return whether the retention of a container is locked."""
    del shown
    return {"properties": {"state": "Locked" if cloud.documents(_LOCKED).get(resource.key) else "Unlocked"}}
