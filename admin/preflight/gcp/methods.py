"""Methods of Google's APIs that a preflight may send: each reads."""

from collections.abc import Mapping

from admin.rest import GET, POST, Method

_BILLING = "https://cloudbilling.googleapis.com/v1"
_COMPUTE = "https://compute.googleapis.com/compute/v1/projects/{project}"
_RESOURCES = "https://cloudresourcemanager.googleapis.com/v3"

# By the id in the discovery document; those that post only ask.
METHODS: Mapping[str, Method] = {
    "cloudbilling.billingAccounts.get": Method(GET, f"{_BILLING}/{{name}}"),
    "cloudbilling.billingAccounts.testIamPermissions": Method(POST, f"{_BILLING}/{{resource}}:testIamPermissions"),
    "cloudbilling.projects.getBillingInfo": Method(GET, f"{_BILLING}/{{name}}/billingInfo"),
    "cloudresourcemanager.organizations.testIamPermissions": Method(
        POST, f"{_RESOURCES}/{{resource}}:testIamPermissions"
    ),
    "cloudresourcemanager.projects.get": Method(GET, f"{_RESOURCES}/{{name}}"),
    "cloudresourcemanager.projects.getIamPolicy": Method(POST, f"{_RESOURCES}/{{resource}}:getIamPolicy"),
    "cloudresourcemanager.projects.testIamPermissions": Method(POST, f"{_RESOURCES}/{{resource}}:testIamPermissions"),
    "compute.backendBuckets.list": Method(GET, f"{_COMPUTE}/global/backendBuckets"),
    "compute.backendServices.list": Method(GET, f"{_COMPUTE}/global/backendServices"),
    "compute.firewalls.list": Method(GET, f"{_COMPUTE}/global/firewalls"),
    "compute.globalAddresses.list": Method(GET, f"{_COMPUTE}/global/addresses"),
    "compute.globalForwardingRules.list": Method(GET, f"{_COMPUTE}/global/forwardingRules"),
    "compute.healthChecks.list": Method(GET, f"{_COMPUTE}/global/healthChecks"),
    "compute.networks.list": Method(GET, f"{_COMPUTE}/global/networks"),
    "compute.projects.get": Method(GET, _COMPUTE),
    "compute.regions.get": Method(GET, f"{_COMPUTE}/regions/{{region}}"),
    "compute.securityPolicies.list": Method(GET, f"{_COMPUTE}/global/securityPolicies"),
    "compute.sslPolicies.list": Method(GET, f"{_COMPUTE}/global/sslPolicies"),
    "compute.targetHttpProxies.list": Method(GET, f"{_COMPUTE}/global/targetHttpProxies"),
    "compute.targetHttpsProxies.list": Method(GET, f"{_COMPUTE}/global/targetHttpsProxies"),
    "compute.urlMaps.list": Method(GET, f"{_COMPUTE}/global/urlMaps"),
    "dns.managedZones.list": Method(GET, "https://dns.googleapis.com/dns/v1/projects/{project}/managedZones"),
    "orgpolicy.projects.policies.getEffectivePolicy": Method(
        GET, "https://orgpolicy.googleapis.com/v2/{name}:getEffectivePolicy"
    ),
    "serviceusage.services.list": Method(GET, "https://serviceusage.googleapis.com/v1/{parent}/services"),
}
