"""Cloud Storage: buckets and their policies."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest import policies
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.resources import Resource, computes, view
from local.gcp.rest.verbs import create, page


@computes("storage.buckets")
def bucket(resource: Resource) -> Mapping[str, Any]:
    """The location is in capitals, and says whether it is one region or more."""
    location = resource.body["location"].upper()
    several = {"US": "multi-region", "EU": "multi-region", "ASIA": "multi-region"}
    kind = several.get(location, "region" if "-" in location else "dual-region")
    return {
        "location": location,
        "locationType": kind,
        "metageneration": str(int(resource.outputs.get("metageneration", "0")) + 1),
    }


@handles("storage.v1:buckets.insert")
def insert(call: Call) -> Json:
    """Make a bucket, which belongs to a project though its name does not say so."""
    create(call)
    target = call.at(f"b/{call.body['name']}")
    number = call.cloud.number(call.parameters["project"])
    stored = call.documents.get(target.name)
    stored["outputs"]["projectNumber"] = number
    call.documents.put(target.name, stored)
    return view(target, stored) | {"projectNumber": number}


@handles("storage.v1:buckets.list")
def list_buckets(call: Call) -> Json:
    """Answer the buckets of a project."""
    number = call.cloud.number(call.parameters["project"])
    found = [view(call, stored) for stored in call.documents.list("b/").values()]
    own = [each for each in found if each["projectNumber"] == number]
    return page(call, [each for each in own if each["name"].startswith(call.parameters.get("prefix", ""))])


@handles("storage.v1:buckets.getIamPolicy")
def get_policy(call: Call) -> Json:
    """Answer a bucket's policy."""
    return _policy(call, policies.current(_bucket(call)))


@handles("storage.v1:buckets.setIamPolicy")
def set_policy(call: Call) -> Json:
    """Put a bucket's policy in the place of another."""
    target = _bucket(call)
    policies.check_etag(call.body, policies.current(target))
    kept = {key: value for key, value in call.body.items() if key not in ("kind", "resourceId")}
    return _policy(call, policies.keep(target, kept))


def _bucket(call: Call) -> Call:
    return call.at(call.name.removesuffix("/iam"))


def _policy(call: Call, policy: Mapping[str, Any]) -> Json:
    short = Place(_bucket(call).name, call.cloud).short
    return {**policy, "kind": "storage#policy", "resourceId": f"projects/_/buckets/{short}"}


@handles("storage.v1:projects.serviceAccount.get")
def get_agent(call: Call) -> Json:
    """Answer Cloud Storage's agent in a project."""
    number = Place(call.name, call.cloud).number
    return {
        "email_address": f"service-{number}@gs-project-accounts.iam.gserviceaccount.com",
        "kind": "storage#serviceAccount",
    }
