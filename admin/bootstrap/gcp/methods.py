"""Methods of Google's APIs that the bootstrap sends."""

from collections.abc import Mapping
from dataclasses import replace

from admin.rest import DELETE, GET, PATCH, POST, PUT, Method
from local.gcp.iam.permissions import of_method

_BILLING = "https://cloudbilling.googleapis.com/v1"
_COMPUTE = "https://compute.googleapis.com/compute/v1/projects/{project}"
_KMS = "https://cloudkms.googleapis.com/v1"
_RESOURCES = "https://cloudresourcemanager.googleapis.com/v3"
_SERVICES = "https://serviceusage.googleapis.com"
_STORAGE = "https://storage.googleapis.com/storage/v1"
_COMPUTE_OPERATION = "compute.globalOperations.get"
_RESOURCES_OPERATION = "cloudresourcemanager.operations.get"
_SERVICES_OPERATION = "serviceusage.operations.get"

_ROWS = {
    "cloudbilling.projects.getBillingInfo": Method(GET, f"{_BILLING}/{{name}}/billingInfo"),
    "cloudbilling.projects.updateBillingInfo": Method(
        PUT,
        f"{_BILLING}/{{name}}/billingInfo",
    ),
    "cloudkms.projects.locations.keyRings.create": Method(POST, f"{_KMS}/{{parent}}/keyRings"),
    "cloudkms.projects.locations.keyRings.get": Method(GET, f"{_KMS}/{{name}}"),
    "cloudkms.projects.locations.keyRings.cryptoKeys.create": Method(POST, f"{_KMS}/{{parent}}/cryptoKeys"),
    "cloudkms.projects.locations.keyRings.cryptoKeys.get": Method(GET, f"{_KMS}/{{name}}"),
    "cloudkms.projects.locations.keyRings.cryptoKeys.getIamPolicy": Method(GET, f"{_KMS}/{{resource}}:getIamPolicy"),
    "cloudkms.projects.locations.keyRings.cryptoKeys.setIamPolicy": Method(POST, f"{_KMS}/{{resource}}:setIamPolicy"),
    _RESOURCES_OPERATION: Method(GET, f"{_RESOURCES}/{{name}}"),
    "cloudresourcemanager.projects.create": Method(POST, f"{_RESOURCES}/projects", operation=_RESOURCES_OPERATION),
    "cloudresourcemanager.projects.get": Method(GET, f"{_RESOURCES}/{{name}}"),
    "cloudresourcemanager.projects.getIamPolicy": Method(POST, f"{_RESOURCES}/{{resource}}:getIamPolicy"),
    "cloudresourcemanager.projects.setIamPolicy": Method(POST, f"{_RESOURCES}/{{resource}}:setIamPolicy"),
    "compute.firewalls.delete": Method(
        DELETE,
        f"{_COMPUTE}/global/firewalls/{{firewall}}",
        operation=_COMPUTE_OPERATION,
    ),
    "compute.firewalls.list": Method(GET, f"{_COMPUTE}/global/firewalls"),
    _COMPUTE_OPERATION: Method(GET, f"{_COMPUTE}/global/operations/{{operation}}"),
    "compute.instances.aggregatedList": Method(GET, f"{_COMPUTE}/aggregated/instances"),
    "compute.networks.delete": Method(DELETE, f"{_COMPUTE}/global/networks/{{network}}", operation=_COMPUTE_OPERATION),
    "compute.networks.get": Method(GET, f"{_COMPUTE}/global/networks/{{network}}"),
    _SERVICES_OPERATION: Method(GET, f"{_SERVICES}/v1/{{name}}"),
    "serviceusage.services.batchEnable": Method(
        POST, f"{_SERVICES}/v1/{{parent}}/services:batchEnable", operation=_SERVICES_OPERATION
    ),
    # Only v1beta1 has it.
    "serviceusage.services.generateServiceIdentity": Method(
        POST,
        f"{_SERVICES}/v1beta1/{{parent}}:generateServiceIdentity",
        operation=_SERVICES_OPERATION,
    ),
    "serviceusage.services.list": Method(GET, f"{_SERVICES}/v1/{{parent}}/services"),
    "storage.buckets.insert": Method(POST, f"{_STORAGE}/b"),
    "storage.buckets.list": Method(GET, f"{_STORAGE}/b"),
    "storage.buckets.patch": Method(PATCH, f"{_STORAGE}/b/{{bucket}}"),
    "storage.projects.serviceAccount.get": Method(GET, f"{_STORAGE}/projects/{{projectId}}/serviceAccount"),
}

# By the id in the discovery document.
METHODS: Mapping[str, Method] = {name: replace(row, permissions=of_method(name)) for name, row in _ROWS.items()}
