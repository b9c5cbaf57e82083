"""Cloud SQL Admin: instances, what they begin with, and users, who are named in the query."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.gcp.rest import forms, operations
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.certificates import authority, describe
from local.gcp.rest.resources import Resource, computes, read, write
from local.gcp.rest.verbs import create, remove
from local.proxy.values import merge

_API = "sqladmin.v1beta4"


@computes("sqladmin.instances")
def instance(resource: Resource) -> Mapping[str, Any]:
    """Address and certificate of an instance, and the version of its settings."""
    place, settings = resource.place, resource.body["settings"]
    version = int(resource.outputs.get("settings", {}).get("settingsVersion", "0")) + 1
    address = f"10.202.{int(place.digits) % 250}.3"
    found: dict[str, Any] = {
        "databaseInstalledVersion": f"{resource.body['databaseVersion']}_1",
        "ipAddresses": [{"ipAddress": address, "type": "PRIVATE"}] if _is_private(settings) else [],
        "settings": {"settingsVersion": str(version)},
    }
    if "serverCaCert" not in resource.outputs:
        name = f"C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA,dnQualifier={place.digits}"
        shown = describe(authority(name))
        found["serverCaCert"] = {**shown, "commonName": name, "instance": place.short, "kind": "sql#sslCert"}
    if "masterInstanceName" in resource.body:
        found["instanceType"] = "READ_REPLICA_INSTANCE"
        found["masterInstanceName"] = resource.body["masterInstanceName"].rpartition(":")[2]
    return found


def _is_private(settings: Mapping[str, Any]) -> bool:
    return "privateNetwork" in settings.get("ipConfiguration", {})


@handles(f"{_API}:instances.insert")
def insert_instance(call: Call) -> Json:
    """Make an instance, with its first user and database; a replica is listed by its primary."""
    operation = create(call)
    target = call.at(f"{call.name}/{call.body['name']}")
    primary = call.body.get("masterInstanceName", "").rpartition(":")[2]
    if primary:
        _list_replica(call.at(f"{call.name}/{primary}"), call.body["name"])
    else:
        outputs = {"instance": call.body["name"], "project": Place(call.name, call.cloud).project}
        for name in (f"{target.name}/users/postgres", f"{target.name}/databases/postgres"):
            first = {"name": "postgres", "kind": f"sql#{name.split('/')[-2].rstrip('s')}"}
            call.documents.put(name, {"body": {}, "outputs": outputs | first})
    return operation


@handles(f"{_API}:instances.update")
def update_instance(call: Call) -> Json:
    """Change what the body names; the settings as a whole (Terraform's provider sends nothing else)."""
    read(call)
    return operations.start(call, write(call, {**call.documents.get(call.name)["body"], **call.body}))


def _list_replica(primary: Call, replica: str) -> None:
    stored = primary.documents.get(primary.name)
    if stored is None:
        raise forms.absent(primary)
    stored["outputs"].setdefault("replicaNames", []).append(replica)
    primary.documents.put(primary.name, stored)


@handles(f"{_API}:instances.listServerCas")
def list_server_cas(call: Call) -> Json:
    """Answer the authorities of an instance's certificate."""
    certificate = read(call)["serverCaCert"]
    return {
        "activeVersion": certificate["sha1Fingerprint"],
        "certs": [certificate],
        "kind": "sql#instancesListServerCas",
    }


@handles(f"{_API}:instances.restart")
def restart(call: Call) -> Json:
    """Accept that an instance is started anew: the embedded cloud runs none."""
    target = call
    return operations.start(target, read(target))


@computes("sqladmin.users", "sqladmin.databases")
def part(resource: Resource) -> Mapping[str, Any]:
    """Users and databases say whose they are; a password is never given back."""
    return {"instance": resource.place.after("instances"), "project": resource.place.project}


@handles(f"{_API}:users.insert")
def insert_user(call: Call) -> Json:
    """Make a user; one of the name gets the password."""
    target = call.at(f"{call.name}/{call.body['name']}")
    write(target, _without_password(call.body))
    return operations.start(target, {})


@handles(f"{_API}:users.update")
def update_user(call: Call) -> Json:
    """Change a user who is named in the query."""
    target = call.at(f"{call.name}/{call.parameters['name']}")
    write(target, merge(read(target), _without_password(call.body)))
    return operations.start(target, {})


@handles(f"{_API}:users.delete")
def delete_user(call: Call) -> Json:
    """Remove a user who is named in the query."""
    target = call.at(f"{call.name}/{call.parameters['name']}")
    read(target)
    remove(target)
    return operations.start(target, {}, deleted=True)


def _without_password(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key != "password"}
