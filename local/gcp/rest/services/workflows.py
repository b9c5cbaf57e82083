"""Workflows, Eventarc and the like: revisions, and what a trigger makes for its transport."""

from collections.abc import Mapping
from typing import Any

from local.gcp.rest.calls import digest
from local.gcp.rest.resources import Resource, computes


@computes("workflows.workflows")
def workflow(resource: Resource) -> Mapping[str, Any]:
    """A change of the source or the account makes a revision."""
    before = resource.outputs
    made_of = digest(f"{resource.body.get('sourceContents')}{resource.body.get('serviceAccount')}")[:3]
    number, _, last = before.get("revisionId", "000000-").partition("-")
    if last == made_of:
        return {}
    return {"revisionId": f"{int(number) + 1:06}-{made_of}", "revisionCreateTime": resource.place.cloud.now()}


@computes("eventarc.triggers")
def trigger(resource: Resource) -> Mapping[str, Any]:
    """A trigger on a topic has a subscription of its own to it."""
    place, topic = resource.place, resource.body.get("transport", {}).get("pubsub", {}).get("topic")
    name = f"eventarc-{place.location}-{place.short}"
    topic = topic or f"projects/{place.project}/topics/{name}-{place.digits[:3]}"
    subscription = f"projects/{place.project}/subscriptions/{name}-sub-{place.digits[:3]}"
    return {"transport": {"pubsub": {"subscription": subscription, "topic": topic}}}
