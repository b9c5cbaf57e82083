"""Microsoft.DBforPostgreSQL: flexible servers, their replicas, and their parameters."""

from collections.abc import Mapping
from typing import Any

from assembly.values import Json
from local.azure.arm import operations, verbs
from local.azure.arm.calls import Call, Cloud, handles
from local.azure.arm.errors import absent
from local.azure.arm.ids import ResourceId
from local.azure.arm.resources import get, shows, write
from local.azure.arm.services.subscriptions import zones_of
from local.azure.switches import SWITCHES
from local.proxy.api import Response
from local.proxy.values import with_defaults

SERVER = "Microsoft.DBforPostgreSQL/flexibleServers"
_PARAMETER = f"{SERVER}/configurations"
# Of its source, a replica has these unless its request says otherwise ("Read replicas").
_INHERITED = ("administratorLogin", "authConfig", "storage", "version")
# Parameters that count after a restart ("Server parameters": static).
_STATIC = frozenset({"max_connections", "shared_preload_libraries", "wal_level"})
# "Server parameters", values of a new server.
_DEFAULTS = {
    "log_lock_waits": "off",
    "log_min_duration_statement": "-1",
    "log_statement": "none",
    "log_temp_files": "-1",
    "max_connections": "859",
    "metrics.collector_database_activity": "off",
    "pg_qs.query_capture_mode": "none",
    "pgms_wait_sampling.query_capture_mode": "none",
    "require_secure_transport": "on",
    "ssl_min_protocol_version": "TLSv1.2",
    "track_io_timing": "off",
}


@handles("PUT", SERVER)
def put(call: Call) -> Json:
    """Make a server, or a replica of another.

    Raises:
        Refusal: the source of a replica is not there.
    """
    verbs.require_parent(call)
    created = call.stored is None
    return verbs.answer_change(call, write(call, _kept(call, call.body)), created=created)


@handles("restart", SERVER)
def restart(call: Call) -> Response:
    """Restart a server: nothing runs, so nothing is interrupted."""
    verbs.existing(call)
    return Response(status=202, headers=operations.start(call))


@shows(SERVER)
def show(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return where a server and its standby run, and whom it follows or leads."""
    del cloud, resource
    properties = shown["properties"]
    zone = properties.get("availabilityZone") or "1"
    found: dict[str, Any] = {"availabilityZone": zone, "replica": _replica(properties.get("replicationRole"))}
    mode = get(properties, "highAvailability.mode")
    if mode and mode != "Disabled":
        other = zone if mode == "SameZone" else get(properties, "highAvailability.standbyAvailabilityZone")
        found["highAvailability"] = {"standbyAvailabilityZone": other or "2", "state": "Healthy"}
    return {"properties": found}


@shows(_PARAMETER)
def show_parameter(cloud: Cloud, resource: ResourceId, shown: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the default of a parameter, and whether it counts at once."""
    del cloud
    given, default = get(shown, "properties.value"), _DEFAULTS.get(resource.name)
    return {
        "properties": {
            **({} if default is None else {"value": given or default, "defaultValue": default}),
            "source": "system-default" if given is None else "user-override",
            "isDynamicConfig": resource.name not in _STATIC,
            "isReadOnly": False,
            "isConfigPendingRestart": False,
        }
    }


def capabilities(cloud: Cloud, location: str) -> Json:
    """Return the machines of a region, and the standbys that they may have ("Capabilities By Location - List")."""
    zones, modes = zones_of(cloud, location), ["SameZone"]
    if takes_zone_redundant(cloud, location):
        modes.append("ZoneRedundant")
    machines = [
        {"name": f"Standard_D{cpus}{_SUFFIXES[generation]}", "supportedZones": zones, "supportedHaMode": modes}
        for generation in offered(cloud, location)
        if generation in _SUFFIXES
        for cpus in (2, 4, 8, 16, 32, 48, 64)
    ]
    burstable = [{"name": f"Standard_{name}", "supportedZones": zones} for name in ("B1ms", "B2s", "B2ms", "B4ms")]
    return {
        "name": "FlexibleServerCapabilities",
        "supportedServerEditions": [
            {"name": "Burstable", "supportedServerSkus": burstable},
            {"name": "GeneralPurpose", "supportedServerSkus": machines},
        ],
    }


# Ends of sizes with Intel's processors ("Compute options", Azure Database for PostgreSQL).
_SUFFIXES = {"v3": "s_v3", "v4": "ds_v4", "v5": "ds_v5"}


def offered(cloud: Cloud, location: str) -> list[str]:
    """Return the generations of sizes that a region has, and AMD where it has its processors."""
    name = f"postgresql_sizes.{location}"
    return SWITCHES.value(cloud.store, name).split(",") if name in SWITCHES.known else []


def takes_zone_redundant(cloud: Cloud, location: str) -> bool:
    """Return whether a region takes new servers with a standby in another zone."""
    name = f"postgresql_ha.{location}"
    return name in SWITCHES.known and SWITCHES.value(cloud.store, name) == "allowed"


def _kept(call: Call, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a request: for a replica what it has of its source, for any other no source."""
    properties = dict(body.get("properties", {}))
    source = properties.get("sourceServerResourceId")
    if get(body, "properties.createMode") != "Replica" or not source:
        properties.pop("sourceServerResourceId", None)
        return {**body, "properties": properties}
    stored = call.cloud.find(ResourceId(source))
    if stored is None:
        raise absent(ResourceId(source), SERVER)
    inherited = {key: stored["body"]["properties"][key] for key in _INHERITED if key in stored["body"]["properties"]}
    kept = with_defaults(inherited, properties) | {"replicationRole": "AsyncReplica"}
    return {"sku": stored["body"].get("sku"), **body, "properties": kept}


def _replica(role: str) -> Mapping[str, Any]:
    """Return the state of replication of a server: a source has up to five replicas ("Read replicas")."""
    if role == "AsyncReplica":
        return {"role": role, "capacity": 0, "replicationState": "Active"}
    return {"role": role, "capacity": 5}
