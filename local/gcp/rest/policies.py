"""IAM policies of all resources, with the etag by which a writer shows which version it has read."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assembly.values import Json
from local.gcp.rest.calls import Call, digest, find_handler, handles
from local.gcp.rest.discovery import methods_of
from local.gcp.rest.errors import Refusal
from local.gcp.rest.values import apply_mask

# An empty policy's ("Policy", IAM API reference).
_FIRST_ETAG = "ACAB"
# "If no mask is provided, the following default mask is used" (SetIamPolicyRequest, IAM API reference).
_DEFAULT_MASK = "bindings,etag,version"


@handles("getIamPolicy")
def get_policy(call: Call) -> Json:
    """Answer the policy of a resource."""
    return current(call)


@handles("setIamPolicy")
def set_policy(call: Call) -> Json:
    """Put a policy in the place of another.

    Raises:
        Refusal: the policy was changed since the caller has read it.
    """
    sent, before = call.body.get("policy", call.body), current(call)
    check_etag(sent, before)
    policy = apply_mask(before, sent, call.body.get("updateMask", _DEFAULT_MASK))
    return keep(call, policy)


@handles("testIamPermissions")
def test_permissions(call: Call) -> Json:
    """Answer which of some permissions the caller has: all, as an owner."""
    return {"permissions": call.body.get("permissions", [])}


def current(call: Call) -> dict[str, Any]:
    """Return the policy of a resource; an empty one where none was set.

    Raises:
        Refusal: there is no such resource.
    """
    if get := methods_of(call.method.document, call.method.kind).get("get"):
        find_handler(get)(replace(call, method=get))
    found: dict[str, Any] | None = call.cloud.documents(call.api, "policies").get(call.name)
    return found or {"etag": _FIRST_ETAG, "version": 1}


def keep(call: Call, policy: Mapping[str, Any]) -> dict[str, Any]:
    """Store a policy with a new etag, and return it."""
    bindings = [each for each in policy.get("bindings", ()) if each.get("members")]
    conditions = any("condition" in each for each in bindings)
    kept = {**policy, "bindings": bindings, "version": 3 if conditions else 1}
    kept["etag"] = base64.b64encode(bytes.fromhex(digest(f"{policy}{call.cloud.now()}"))[:8]).decode()
    call.cloud.documents(call.api, "policies").put(call.name, kept)
    return kept


def check_etag(sent: Mapping[str, Any], before: Mapping[str, Any]) -> None:
    """Refuse a policy that was read before another writer changed it."""
    if sent.get("etag") not in (None, before["etag"]):
        message = (
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff."
        )
        raise Refusal("ABORTED", message)
