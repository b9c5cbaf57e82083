"""Operations, by which an API says when a change is done: each form of API has its own."""

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest import forms
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.forms import self_link

_USER = "terraform@embedded.example"
# What an operation lacks before it is done.
_RESULTS = ("done", "endTime", "response")
_FAILED_PRECONDITION = 9  # google.rpc.Code
_EMPTY = {"@type": "type.googleapis.com/google.protobuf.Empty"}


def start(call: Call, result: Mapping[str, Any], *, deleted: bool = False) -> dict[str, Any]:
    """Return the operation of a change that was made, and keep it for those who ask for it.

    It is done already, but where its kind says how often it is asked for before.
    """
    place = Place(call.name, call.cloud)
    verb = "delete" if deleted else "create" if call.method.action in ("create", "createAsync", "insert") else "update"
    name, operation = FORMS[call.method.kind.form](call, place, verb, result)
    polls = call.method.kind.polls
    call.cloud.documents(call.api, "operations").put(name, {"operation": operation, "polls": polls})
    return _pending(operation) if polls else operation


def fail(call: Call, message: str) -> dict[str, Any]:
    """Return an operation of google.longrunning that ended without what was asked for: a failed precondition."""
    operation = start(call, {})
    del operation["response"]
    operation["error"] = {"code": _FAILED_PRECONDITION, "message": message}
    call.cloud.documents(call.api, "operations").put(operation["name"], {"operation": operation, "polls": 0})
    return operation


@handles("get.operation", "wait.operation")
def poll(call: Call) -> Json:
    """Answer an operation."""
    documents = call.cloud.documents(call.api, "operations")
    kept = documents.get(call.name)
    if kept is None:
        raise forms.absent(call)
    documents.put(call.name, kept | {"polls": kept["polls"] - 1})
    return _pending(kept["operation"]) if kept["polls"] > 1 else kept["operation"]


@handles("list.operation")
def list_operations(call: Call) -> Json:
    """Answer the operations of a collection."""
    kept = call.cloud.documents(call.api, "operations").list(f"{call.name}/").values()
    operations = [each["operation"] for each in kept]
    key = "items" if "items" in call.method.response["properties"] else "operations"
    return {key: operations} if operations else {}


def _pending(operation: Mapping[str, Any]) -> dict[str, Any]:
    status = {"status": "RUNNING"} if "status" in operation else {}
    return {key: value for key, value in operation.items() if key not in _RESULTS} | status


def _longrunning(call: Call, place: Place, verb: str, result: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation of google.longrunning ("Operation", each API's reference)."""
    holder = f"projects/{place.project}/locations/{place.location}/" if place.location else ""
    name = f"{holder}operations/operation-{uuid.uuid4()}"
    package = f"type.googleapis.com/google.{call.api}.{call.method.document.content['version']}"
    times = {"createTime": call.cloud.now(), "endTime": call.cloud.now()}
    return name, {
        "done": True,
        "metadata": {"@type": f"{package}.OperationMetadata", "target": call.name, "verb": verb, **times},
        "name": name,
        "response": _EMPTY if verb == "delete" else {"@type": f"{package}.{call.method.kind.type}", **result},
    }


def _compute(call: Call, place: Place, verb: str, result: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation of Compute Engine: global, or of a region."""
    del result
    number = Place(str(uuid.uuid4()), call.cloud).digits
    holder = f"projects/{place.project}/" + (f"regions/{place.location}" if place.location else "global")
    name = f"{holder}/operations/operation-{number}"
    region = {"region": self_link(call, holder)} if place.location else {}
    return name, region | {
        **_times(call),
        "id": number,
        "insertTime": call.cloud.now(),
        "kind": "compute#operation",
        "name": f"operation-{number}",
        "operationType": verb if verb == "delete" else call.method.action,
        "progress": 100,
        "selfLink": self_link(call, name),
        "status": "DONE",
        "targetId": place.digits,
        "targetLink": self_link(call, call.name),
        "user": _USER,
    }


def _container(call: Call, place: Place, verb: str, result: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation of Google Kubernetes Engine."""
    del result
    short = f"operation-{uuid.uuid4()}"
    name = f"projects/{place.project}/locations/{place.location}/operations/{short}"
    return name, {
        **_times(call),
        "location": place.location,
        "name": short,
        "operationType": f"{verb.upper()}_CLUSTER",
        "selfLink": self_link(call, name),
        "status": "DONE",
        "targetLink": self_link(call, call.name),
    }


def _sqladmin(call: Call, place: Place, verb: str, result: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation of Cloud SQL: on an instance, or on a part of one."""
    del result
    short, instance = str(uuid.uuid4()), place.after("instances")
    name = f"projects/{place.project}/operations/{short}"
    kind = call.method.kind.resource.removesuffix("s")
    return name, {
        **_times(call),
        "insertTime": call.cloud.now(),
        "kind": "sql#operation",
        "name": short,
        "operationType": (verb if kind == "instance" else f"{verb}_{kind}").upper(),
        "selfLink": self_link(call, name),
        "status": "DONE",
        "targetId": instance,
        "targetLink": self_link(call, f"projects/{place.project}/instances/{instance}"),
        "targetProject": place.project,
        "user": _USER,
    }


def _dns(call: Call, place: Place, verb: str, result: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """An operation of Cloud DNS on a zone."""
    number = str(uuid.uuid4())
    name = f"projects/{place.project}/managedZones/{place.after('managedZones')}/operations/{number}"
    return name, {
        "id": number,
        "kind": "dns#operation",
        "startTime": call.cloud.now(),
        "status": "done",
        "type": verb,
        "user": _USER,
        "zoneContext": {"newValue": result},
    }


def _times(call: Call) -> dict[str, str]:
    return {"endTime": call.cloud.now(), "startTime": call.cloud.now()}


_Form = Callable[[Call, Place, str, Mapping[str, Any]], tuple[str, dict[str, Any]]]
FORMS: Mapping[str, _Form] = {
    "compute": _compute,
    "container": _container,
    "dns": _dns,
    "longrunning": _longrunning,
    "sqladmin": _sqladmin,
}
