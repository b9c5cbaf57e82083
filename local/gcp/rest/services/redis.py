"""Memorystore for Redis: addresses, the AUTH string and the server's certificate."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest.calls import Call, Place, digest, handles
from local.gcp.rest.certificates import authority, describe
from local.gcp.rest.resources import Resource, computes, read


@computes("redis.instances")
def instance(resource: Resource) -> Mapping[str, Any]:
    """Address, zones and certificate of an instance."""
    place, body = resource.place, resource.body
    host = f"10.201.{int(place.digits) % 250}.3"
    encrypted = body["transitEncryptionMode"] == "SERVER_AUTHENTICATION"
    zone = f"{place.location}-{{}}"
    found = {
        "currentLocationId": zone.format("a"),
        "host": host,
        "locationId": body.get("locationId", zone.format("a")),
        "persistenceIamIdentity": f"serviceAccount:service-{place.number}@cloud-redis.iam.gserviceaccount.com",
        "port": 6378 if encrypted else 6379,
        "reservedIpRange": body.get("reservedIpRange", f"{host.rpartition('.')[0]}.0/29"),
    }
    if body.get("tier") == "STANDARD_HA":
        found |= {"alternativeLocationId": body.get("alternativeLocationId", zone.format("b"))}
    if encrypted and "serverCaCerts" not in resource.outputs:
        shown = describe(authority(place.path))
        found["serverCaCerts"] = [
            {"expireTime" if key == "expirationTime" else key: value for key, value in shown.items()}
            | {"serialNumber": place.digits}
        ]
    return found


@handles("redis.v1:projects.locations.instances.getAuthString")
def get_auth_string(call: Call) -> Json:
    """Answer what clients show to be let in."""
    name = call.name.removesuffix("/authString")
    enabled = read(call.at(name)).get("authEnabled")
    return {"authString": digest(Place(name, call.cloud).path)[:36]} if enabled else {}
