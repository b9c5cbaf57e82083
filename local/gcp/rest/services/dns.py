"""Cloud DNS: record sets, which change together."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from assembly.values import Json
from local.gcp.rest.calls import Call, Place, digest, handles
from local.gcp.rest.errors import Refusal
from local.gcp.rest.resources import Resource, computes, read, rewrites, view
from local.gcp.rest.verbs import create, delete, page

_SERVERS = [f"ns-cloud-e{number}.googledomains.com." for number in range(1, 5)]


@computes("dns.managedZones")
def zone(resource: Resource) -> Mapping[str, Any]:
    """A public zone has four name servers, a private one Google's own."""
    private = resource.body["visibility"] == "private"
    return {"nameServers": ["ns-gcp-private.googledomains.com."] if private else _SERVERS}


@rewrites("dns.managedZones")
def without_networks(zone: dict[str, Any]) -> dict[str, Any]:
    """A public zone is visible to no network: the answer says nothing of them, whatever was sent."""
    hidden = "privateVisibilityConfig" if zone["visibility"] == "public" else ""
    return {key: value for key, value in zone.items() if key != hidden}


@handles("dns.v1:managedZones.create")
def create_zone(call: Call) -> Json:
    """Make a zone, with the record sets that it begins with."""
    made = create(call)
    zone, name = call.at(f"{call.name}/{made['name']}"), made["dnsName"]
    servers = made["nameServers"]
    soa = f"{servers[0]} cloud-dns-hostmaster.google.com. 1 21600 3600 259200 300"
    _put(zone, {"name": name, "type": "NS", "ttl": 21600, "rrdatas": servers})
    _put(zone, {"name": name, "type": "SOA", "ttl": 21600, "rrdatas": [soa]})
    return made


@handles("dns.v1:managedZones.delete")
def delete_zone(call: Call) -> Json:
    """Remove a zone, and the list of its changes: that of the next zone of the name begins anew."""
    answer = delete(call)
    changes = call.cloud.documents("dns", "changes")
    for name in changes.list(f"{call.name}/"):
        changes.delete(name)
    return answer


@handles("dns.v1:changes.create")
def change(call: Call) -> Json:
    """Remove and add record sets, all of them or none."""
    zone = call.at(call.name.removesuffix("/changes"))
    _check_zone(zone)
    deletions, additions = call.body.get("deletions", []), call.body.get("additions", [])
    gone = {_key(zone, each) for each in deletions}
    for at, each in enumerate(additions):
        if _key(zone, each) not in gone and call.documents.get(_key(zone, each)):
            raise Refusal(
                "ALREADY_EXISTS",
                f"The resource 'entity.change.additions[{at}]' named '{each['name']} ({each['type']})' already exists",
            )
    for at, each in enumerate(deletions):
        if call.documents.get(_key(zone, each)) is None:
            raise Refusal(
                "NOT_FOUND",
                f"The 'entity.change.deletions[{at}]' resource named '{each['name']} ({each['type']})' does not exist.",
            )
        call.documents.delete(_key(zone, each))
    for each in additions:
        _put(zone, each)
    changes = call.cloud.documents("dns", "changes")
    number = len(changes.list(f"{zone.name}/")) + 1
    answer = {**call.body, "id": str(number), "kind": "dns#change", "startTime": call.cloud.now(), "status": "done"}
    changes.put(f"{zone.name}/changes/{number}", answer)
    return answer | {"status": "pending"}


@handles("dns.v1:changes.get")
def get_change(call: Call) -> Json:
    """Answer a change, which is done."""
    found = call.cloud.documents("dns", "changes").get(call.name)
    if found is None:
        raise Refusal(
            "NOT_FOUND", f"The 'parameters.changeId' resource named '{call.parameters['changeId']}' does not exist."
        )
    return found


@handles("dns.v1:changes.list")
def list_changes(call: Call) -> Json:
    """Answer the changes of a zone."""
    return {
        "changes": list(call.cloud.documents("dns", "changes").list(f"{call.name}/").values()),
        "kind": "dns#changesListResponse",
    }


@handles("dns.v1:resourceRecordSets.list")
def list_record_sets(call: Call) -> Json:
    """Answer the record sets of a zone, by name and type where they are given."""
    _check_zone(call.at(call.name.removesuffix("/rrsets")))
    found = [view(call, stored) for stored in call.documents.list(f"{call.name}/").values()]
    wanted = {key: call.parameters[key] for key in ("name", "type") if key in call.parameters}
    return page(call, [each for each in found if all(each[key] == value for key, value in wanted.items())])


@handles("dns.v1:resourceRecordSets.create")
def create_record_set(call: Call) -> Json:
    """Add a record set to a zone."""
    change(_as_change(call, call.name.removesuffix("/rrsets"), additions=[call.body]))
    return {**call.body, "kind": "dns#resourceRecordSet"}


@handles("dns.v1:resourceRecordSets.patch")
def patch_record_set(call: Call) -> Json:
    """Change a record set."""
    before = read(call)
    after = {**before, **call.body}
    change(_as_change(call, call.name.partition("/rrsets/")[0], deletions=[before], additions=[after]))
    return after


@handles("dns.v1:resourceRecordSets.delete")
def delete_record_set(call: Call) -> Json:
    """Remove a record set."""
    change(_as_change(call, call.name.partition("/rrsets/")[0], deletions=[read(call)]))
    return {}


@handles("dns.v1:dnsKeys.list")
def list_keys(call: Call) -> Json:
    """Answer the keys by which a zone is signed: made of its name, they sign nothing."""
    zone = read(call.at(call.name.removesuffix("/dnsKeys")))
    if zone.get("dnssecConfig", {}).get("state") != "on":
        return {"kind": "dns#dnsKeysListResponse"}
    return {"dnsKeys": list(_keys(zone)), "kind": "dns#dnsKeysListResponse"}


def _keys(zone: Mapping[str, Any]) -> Iterator[Json]:
    for at, kind in enumerate(("keySigning", "zoneSigning")):
        text = digest(f"{zone['name']}{kind}")
        yield {
            "algorithm": "rsasha256",
            "creationTime": zone["creationTime"],
            "digests": [{"digest": (text + text)[:64].upper(), "type": "sha256"}],
            "id": str(at),
            "isActive": True,
            "keyLength": 2048,
            "keyTag": int(text[:4], 16),
            "kind": "dns#dnsKey",
            "publicKey": text,
            "type": kind,
        }


@handles("dns.v1:projects.get")
def get_project(call: Call) -> Json:
    """Answer what Cloud DNS knows of a project."""
    place = Place(call.name, call.cloud)
    return {
        "id": place.project,
        "kind": "dns#project",
        "number": place.number,
        "quota": {"kind": "dns#quota", "managedZones": 10000},
    }


def _as_change(call: Call, zone: str, **parts: list[Json]) -> Call:
    return replace(call.at(f"{zone}/changes"), body=parts)


def _check_zone(zone: Call) -> None:
    if zone.documents.get(zone.name) is None:
        short = Place(zone.name, zone.cloud).short
        raise Refusal("NOT_FOUND", f"The 'parameters.managedZone' resource named '{short}' does not exist.")


def _put(zone: Call, record_set: Mapping[str, Any]) -> None:
    outputs = {"kind": "dns#resourceRecordSet"}
    zone.documents.put(_key(zone, record_set), {"body": dict(record_set), "outputs": outputs})


def _key(zone: Call, record_set: Mapping[str, Any]) -> str:
    return f"{zone.name}/rrsets/{record_set['name']}/{record_set['type']}"
