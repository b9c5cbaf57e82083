"""Methods of Google's APIs that the bootstrap sends."""

from collections.abc import Mapping

from admin.gcp.methods import DELETE, GET, PATCH, POST, PUT, Method

_BILLING = "https://cloudbilling.googleapis.com/v1"
_COMPUTE = "https://compute.googleapis.com/compute/v1/projects/{project}"
_KMS = "https://cloudkms.googleapis.com/v1"
_RESOURCES = "https://cloudresourcemanager.googleapis.com/v3"
_SERVICES = "https://serviceusage.googleapis.com"
_STORAGE = "https://storage.googleapis.com/storage/v1"
_COMPUTE_OPERATION = "compute.globalOperations.get"
_RESOURCES_OPERATION = "cloudresourcemanager.operations.get"
_SERVICES_OPERATION = "serviceusage.operations.get"

# By the id in the discovery document. The permissions: "IAM roles and permissions index", IAM documentation, and the
# page of each method.
METHODS: Mapping[str, Method] = {
    "cloudbilling.projects.getBillingInfo": Method(
        GET, f"{_BILLING}/{{name}}/billingInfo", ["resourcemanager.projects.get"]
    ),
    "cloudbilling.projects.updateBillingInfo": Method(
        PUT,
        f"{_BILLING}/{{name}}/billingInfo",
        ["billing.resourceAssociations.create", "resourcemanager.projects.createBillingAssignment"],
    ),
    "cloudkms.projects.locations.keyRings.create": Method(
        POST, f"{_KMS}/{{parent}}/keyRings", ["cloudkms.keyRings.create"]
    ),
    "cloudkms.projects.locations.keyRings.get": Method(GET, f"{_KMS}/{{name}}", ["cloudkms.keyRings.get"]),
    "cloudkms.projects.locations.keyRings.cryptoKeys.create": Method(
        POST, f"{_KMS}/{{parent}}/cryptoKeys", ["cloudkms.cryptoKeys.create"]
    ),
    "cloudkms.projects.locations.keyRings.cryptoKeys.get": Method(GET, f"{_KMS}/{{name}}", ["cloudkms.cryptoKeys.get"]),
    "cloudkms.projects.locations.keyRings.cryptoKeys.getIamPolicy": Method(
        GET, f"{_KMS}/{{resource}}:getIamPolicy", ["cloudkms.cryptoKeys.getIamPolicy"]
    ),
    "cloudkms.projects.locations.keyRings.cryptoKeys.setIamPolicy": Method(
        POST, f"{_KMS}/{{resource}}:setIamPolicy", ["cloudkms.cryptoKeys.setIamPolicy"]
    ),
    _RESOURCES_OPERATION: Method(GET, f"{_RESOURCES}/{{name}}"),
    "cloudresourcemanager.projects.create": Method(
        POST, f"{_RESOURCES}/projects", ["resourcemanager.projects.create"], _RESOURCES_OPERATION
    ),
    "cloudresourcemanager.projects.get": Method(GET, f"{_RESOURCES}/{{name}}", ["resourcemanager.projects.get"]),
    "cloudresourcemanager.projects.getIamPolicy": Method(
        POST, f"{_RESOURCES}/{{resource}}:getIamPolicy", ["resourcemanager.projects.getIamPolicy"]
    ),
    "cloudresourcemanager.projects.setIamPolicy": Method(
        POST, f"{_RESOURCES}/{{resource}}:setIamPolicy", ["resourcemanager.projects.setIamPolicy"]
    ),
    "compute.firewalls.delete": Method(
        DELETE,
        f"{_COMPUTE}/global/firewalls/{{firewall}}",
        ["compute.firewalls.delete", "compute.networks.updatePolicy"],
        _COMPUTE_OPERATION,
    ),
    "compute.firewalls.list": Method(GET, f"{_COMPUTE}/global/firewalls", ["compute.firewalls.list"]),
    _COMPUTE_OPERATION: Method(GET, f"{_COMPUTE}/global/operations/{{operation}}", ["compute.globalOperations.get"]),
    "compute.instances.aggregatedList": Method(GET, f"{_COMPUTE}/aggregated/instances", ["compute.instances.list"]),
    "compute.networks.delete": Method(
        DELETE, f"{_COMPUTE}/global/networks/{{network}}", ["compute.networks.delete"], _COMPUTE_OPERATION
    ),
    "compute.networks.get": Method(GET, f"{_COMPUTE}/global/networks/{{network}}", ["compute.networks.get"]),
    _SERVICES_OPERATION: Method(GET, f"{_SERVICES}/v1/{{name}}"),
    "serviceusage.services.batchEnable": Method(
        POST, f"{_SERVICES}/v1/{{parent}}/services:batchEnable", ["serviceusage.services.enable"], _SERVICES_OPERATION
    ),
    # Only v1beta1 has it.
    "serviceusage.services.generateServiceIdentity": Method(
        POST,
        f"{_SERVICES}/v1beta1/{{parent}}:generateServiceIdentity",
        ["serviceusage.services.enable"],
        _SERVICES_OPERATION,
    ),
    "serviceusage.services.list": Method(GET, f"{_SERVICES}/v1/{{parent}}/services", ["serviceusage.services.list"]),
    "storage.buckets.insert": Method(POST, f"{_STORAGE}/b", ["storage.buckets.create"]),
    "storage.buckets.list": Method(GET, f"{_STORAGE}/b", ["storage.buckets.list"]),
    "storage.buckets.patch": Method(PATCH, f"{_STORAGE}/b/{{bucket}}", ["storage.buckets.update"]),
    "storage.projects.serviceAccount.get": Method(
        GET, f"{_STORAGE}/projects/{{projectId}}/serviceAccount", ["resourcemanager.projects.get"]
    ),
}
