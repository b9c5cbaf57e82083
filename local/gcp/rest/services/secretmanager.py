"""Secret Manager: versions, whose names have the number of the project."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.errors import Refusal
from local.gcp.rest.resources import read, view


@handles("secretmanager.v1:projects.secrets.addVersion")
def add_version(call: Call) -> Json:
    """Add a version to a secret."""
    secret = call.name
    read(call.at(secret))
    number = 1 + len(call.documents.list(f"{secret}/versions/"))
    place = Place(secret, call.cloud)
    outputs: dict[str, Any] = {
        "createTime": call.cloud.now(),
        "etag": f'"{place.digits}"',
        "name": f"projects/{place.number}/secrets/{place.short}/versions/{number}",
        "replicationStatus": {"automatic": {}},
        "state": "ENABLED",
    }
    payload = call.body.get("payload", {})
    call.documents.put(f"{secret}/versions/{number}", {"body": {}, "outputs": outputs, "payload": payload})
    return view(call, {"body": {}, "outputs": outputs})


@handles("secretmanager.v1:projects.secrets.versions.get")
def get_version(call: Call) -> Json:
    """Answer a version; ``latest`` is the last one."""
    return view(call, _version(call)[1])


@handles("secretmanager.v1:projects.secrets.versions.access")
def access(call: Call) -> Json:
    """Answer the content of a version."""
    _, stored = _version(call)
    if stored["outputs"]["state"] != "ENABLED":
        name, state = stored["outputs"]["name"], stored["outputs"]["state"]
        raise Refusal("FAILED_PRECONDITION", f"Secret Version [{name}] is in {state} state.")
    return {"name": stored["outputs"]["name"], "payload": stored["payload"]}


def _version(call: Call) -> tuple[str, Mapping[str, Any]]:
    name = call.name
    if name.endswith("/latest"):
        versions = call.documents.list(name.removesuffix("latest"))
        name = max(versions, key=lambda each: int(each.rpartition("/")[2]), default=name)
    stored = call.documents.get(name)
    if stored is None:
        raise Refusal("NOT_FOUND", f"Secret Version [{name}] not found.")
    return name, stored
