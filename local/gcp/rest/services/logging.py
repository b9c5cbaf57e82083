"""Cloud Logging: buckets that each project has, and the identity by which a sink writes."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.resources import Resource, computes, read, write
from local.gcp.rest.verbs import get, patch

_BUCKET = "logging.v2:projects.locations.buckets"
# Days that the two buckets of each project keep what is written to them ("Routing and storage", Cloud Logging).
_FIRST_BUCKETS = {"_Default": 30, "_Required": 400}


@computes("logging.sinks")
def sink(resource: Resource) -> Mapping[str, Any]:
    """A sink writes as an agent of its project, but into a bucket of its own project it writes as itself.

    The identity is empty there ("Route logs to supported destinations", Cloud Logging documentation).
    """
    place, destination = resource.place, resource.body["destination"]
    own = [f"logging.googleapis.com/projects/{name}/" for name in (place.project, place.number)]
    agent = f"serviceAccount:service-{place.number}@gcp-sa-logging.iam.gserviceaccount.com"
    name = {"name": place.short, "resourceName": place.path}
    return name if destination.startswith(tuple(own)) else name | {"writerIdentity": agent}


@computes("logging.exclusions")
def exclusion(resource: Resource) -> Mapping[str, Any]:
    """An exclusion is named without its project."""
    return {"name": resource.place.short}


@handles("logging.v2:projects.getCmekSettings", "logging.v2:projects.getSettings")
def get_settings(call: Call) -> Json:
    """Answer Cloud Logging's agent in a project."""
    place = Place(call.name, call.cloud)
    agent = f"service-{place.number}@gcp-sa-logging.iam.gserviceaccount.com"
    return {"name": call.name, "serviceAccountId": agent}


@handles(f"{_BUCKET}.get")
def get_bucket(call: Call) -> Json:
    """Answer a bucket."""
    _make_first_buckets(call)
    return get(call)


@handles(f"{_BUCKET}.patch", f"{_BUCKET}.updateAsync")
def patch_bucket(call: Call) -> Json:
    """Change a bucket."""
    _make_first_buckets(call)
    return patch(call)


@handles(f"{_BUCKET}.delete")
def delete_bucket(call: Call) -> Json:
    """Mark a bucket as removed: it stays for a week ("Manage log buckets", Cloud Logging documentation)."""
    read(call)
    stored = call.documents.get(call.name)
    stored["outputs"]["lifecycleState"] = "DELETE_REQUESTED"
    call.documents.put(call.name, stored)
    return {}


def _make_first_buckets(call: Call) -> None:
    place = Place(call.name, call.cloud)
    if place.short in _FIRST_BUCKETS and call.documents.get(call.name) is None:
        write(call, {"retentionDays": _FIRST_BUCKETS[place.short]})
