"""Google Kubernetes Engine: clusters, their endpoints, and changes that name what is desired."""

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding

from assembly.values import Json
from local.gcp.rest import operations
from local.gcp.rest.calls import Call, handles
from local.gcp.rest.certificates import authority
from local.gcp.rest.resources import Resource, computes, read, rewrites, write
from local.gcp.rest.verbs import delete
from local.kubernetes.objects import forget

_API = "container.v1:projects.locations.clusters"
_DESIRED = "desired"
# Fields of ClusterUpdate that change a part of another field ("ClusterUpdate", GKE API reference).
_PARTS = {"dnsConfig": "networkConfig", "gatewayApiConfig": "networkConfig", "defaultSnatStatus": "networkConfig"}


@computes("container.clusters")
def cluster(resource: Resource) -> Mapping[str, Any]:
    """Endpoints, certificate and network of a cluster."""
    place, body = resource.place, resource.body
    private = f"10.203.{int(place.digits) % 250}.2"
    host = f"gke-{place.digits}-{place.number}.{place.location}.gke.goog"
    certificate = authority(place.path).public_bytes(Encoding.PEM)
    network = f"projects/{place.project}/global/networks/{body.get('network', 'default').rpartition('/')[2]}"
    subnetwork = body.get("subnetwork", "default").rpartition("/")[2]
    zones = [f"{place.location}-{letter}" for letter in "abc"]
    return {
        "controlPlaneEndpointsConfig": {
            "dnsEndpointConfig": {"endpoint": host},
            "ipEndpointsConfig": {"privateEndpoint": private},
        },
        "endpoint": private,
        "id": place.digits,
        "locations": zones,
        "masterAuth": resource.outputs.get("masterAuth")
        or {"clusterCaCertificate": base64.b64encode(certificate).decode()},
        "network": network.rpartition("/")[2],
        "networkConfig": {
            "network": network,
            "subnetwork": f"projects/{place.project}/regions/{place.location}/subnetworks/{subnetwork}",
        },
        "privateClusterConfig": {"privateEndpoint": private},
        "servicesIpv4Cidr": body["ipAllocationPolicy"]["servicesIpv4CidrBlock"],
        "subnetwork": subnetwork,
    }


@rewrites("container.clusters")
def write_encryption(cluster: dict[str, Any]) -> dict[str, Any]:
    """The state of encryption is answered in newer words (terraform-provider-google issue 26882)."""
    encryption = cluster["databaseEncryption"]
    if encryption["state"] == "ENCRYPTED":
        state = {
            "state": "ALL_OBJECTS_ENCRYPTION_ENABLED",
            "currentState": "CURRENT_STATE_ALL_OBJECTS_ENCRYPTION_ENABLED",
        }
        return cluster | {"databaseEncryption": encryption | state}
    return cluster


@handles(f"{_API}.delete")
def delete_cluster(call: Call) -> Json:
    """Remove a cluster with all that it holds."""
    host = read(call)["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"]
    forget(call.cloud.documents("kubernetes"), host)
    return delete(call)


@handles(f"{_API}.update")
def update(call: Call) -> Json:
    """Change what is desired of a cluster."""
    read(call)
    body = dict(call.documents.get(call.name)["body"])
    for desired, value in call.body["update"].items():
        if desired.startswith(_DESIRED):
            key = desired.removeprefix(_DESIRED)
            key = key[0].lower() + key[1:]
            holder = _PARTS.get(key)
            if holder:
                body[holder] = {**body.get(holder, {}), key: value}
            else:
                body[key] = value
    return operations.start(call, write(call, body))


@handles(f"{_API}.setResourceLabels")
def set_labels(call: Call) -> Json:
    """Put labels in the place of a cluster's."""
    return _set(call, "resourceLabels")


@handles(f"{_API}.setMaintenancePolicy")
def set_maintenance_policy(call: Call) -> Json:
    """Put another maintenance policy in the place of a cluster's."""
    return _set(call, "maintenancePolicy")


def _set(call: Call, key: str) -> Json:
    read(call)
    body = dict(call.documents.get(call.name)["body"])
    return operations.start(call, write(call, {**body, key: call.body[key]}))
