"""Operations, by which a provider says when a change is done ("Track asynchronous Azure operations")."""

import uuid
from typing import Any

from assembly.values import Json
from local.azure.arm.calls import Call, Cloud
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId

HOST = "management.azure.com"
_SPACE = "operations"


def start(call: Call, failure: Refusal | None = None) -> dict[str, str]:
    """Keep the operation of a change that was made, and return the headers that lead to it.

    Args:
        call: that made the change.
        failure: why the change was not made after all.
    """
    name, now = str(uuid.uuid4()), call.cloud.now()
    kept = {
        "polls": call.kind.polls,
        "answer": {
            "name": name,
            "status": "Failed" if failure else "Succeeded",
            "startTime": now,
            "endTime": now,
            **({"error": {"code": failure.code, "message": failure.message}} if failure else {}),
        },
    }
    location = (call.stored or {}).get("body", {}).get("location") or "global"
    provider = f"/subscriptions/{call.id.subscription}/providers/{call.kind.namespace}"
    path = f"{provider}/locations/{location}/operations/{name}"
    call.cloud.documents(_SPACE).put(path.lower(), kept)
    url = f"https://{HOST}{path}?api-version={call.request.query.get('api-version', '')}"
    # The machine is faster than a data centre: clients need not wait before they ask.
    return {"Azure-AsyncOperation": url, "Retry-After": "0"}


def find(cloud: Cloud, resource: ResourceId) -> Json | None:
    """Return how an operation stands; None where there is none of the path."""
    operations = cloud.documents(_SPACE)
    kept: dict[str, Any] | None = operations.get(resource.key)
    if kept is None:
        return None
    operations.put(resource.key, kept | {"polls": kept["polls"] - 1})
    answer: dict[str, Any] = kept["answer"]
    if kept["polls"] > 0:
        return {key: answer[key] for key in ("name", "startTime")} | {"status": "InProgress"}
    return answer
