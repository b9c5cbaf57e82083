"""Quotas of Compute Engine in the environment's project: what is in use, what a deploy adds, what is allowed.

What a deploy adds is counted in the stack, less what exists under the same name. Usage and limits are those of
projects.get and regions.get ("Allocation quotas", Compute Engine documentation).
"""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from admin.errors import PreflightError
from admin.gcp.api import Api
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from assembly import Resource
from assembly.values import Json, at

_GROUP = "quotas"
_CPUS = "CPUS"
_MILLI = 1000  # of a CPU ("Resource Management for Pods and Containers", Kubernetes documentation)


def _one(_: Json) -> int:
    return 1


def _rules(policy: Json) -> int:
    return len(policy["rule"])


def _expressions(policy: Json) -> int:
    return sum("expr" in rule.get("match", {}) for rule in policy["rule"])


def _external(body: Json) -> bool:
    return str(body.get("address_type", "EXTERNAL")) == "EXTERNAL"


def _always(_: Json) -> bool:
    return True


@dataclass(frozen=True)
class Quota:
    """A quota on the number of resources of a type.

    Attributes:
        metric: its name in Compute Engine.
        kind: the type that counts.
        existing: method that lists what the project holds.
        only: whether a resource of the type counts.
        units: how much a resource counts.
    """

    metric: str
    kind: str
    existing: str
    only: Callable[[Json], bool] = _always
    units: Callable[[Json], int] = _one


_POLICY = ("google_compute_security_policy", "compute.securityPolicies.list")
_ADDRESS = ("google_compute_global_address", "compute.globalAddresses.list")
QUOTAS = (
    Quota("BACKEND_BUCKETS", "google_compute_backend_bucket", "compute.backendBuckets.list"),
    Quota("GLOBAL_EXTERNAL_MANAGED_BACKEND_SERVICES", "google_compute_backend_service", "compute.backendServices.list"),
    Quota("FIREWALLS", "google_compute_firewall", "compute.firewalls.list"),
    Quota("STATIC_ADDRESSES", *_ADDRESS, only=_external),
    Quota("GLOBAL_INTERNAL_ADDRESSES", *_ADDRESS, only=lambda body: not _external(body)),
    Quota(
        "GLOBAL_EXTERNAL_MANAGED_FORWARDING_RULES",
        "google_compute_global_forwarding_rule",
        "compute.globalForwardingRules.list",
    ),
    Quota("HEALTH_CHECKS", "google_compute_health_check", "compute.healthChecks.list"),
    Quota("NETWORKS", "google_compute_network", "compute.networks.list"),
    Quota("SECURITY_POLICIES", *_POLICY),
    Quota("SECURITY_POLICY_RULES", *_POLICY, units=_rules),
    Quota("SECURITY_POLICY_CEVAL_RULES", *_POLICY, units=_expressions),
    Quota("SSL_POLICIES", "google_compute_ssl_policy", "compute.sslPolicies.list"),
    Quota("TARGET_HTTP_PROXIES", "google_compute_target_http_proxy", "compute.targetHttpProxies.list"),
    Quota("TARGET_HTTPS_PROXIES", "google_compute_target_https_proxy", "compute.targetHttpsProxies.list"),
    Quota("URL_MAPS", "google_compute_url_map", "compute.urlMaps.list"),
)


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield a check for each quota that the environment's stack counts against."""
    for quota in QUOTAS:
        resources = [each for each in needs.resources(quota.kind) if quota.only(each.properties)]
        if resources:
            yield Check(_GROUP, quota.metric, partial(_count, needs, api, quota, resources))
    region = needs.stacks[-1].region
    if cpus := cpus_of(needs):
        yield Check(_GROUP, f"{_CPUS}, {region}", partial(_cpus, needs, api, region, cpus))


def cpus_of(needs: Needs) -> int:
    """Return the CPUs of the pods of a rollout at full scale: old and new ones run together, whatever runs beside."""
    total = 0.0
    most = _most_pods(needs)
    for deployment in needs.resources("kubernetes_deployment_v1"):
        surge = next(at(deployment.properties, "spec.strategy.rolling_update.max_surge"), "25%")
        copies = most * (1 + int(str(surge).rstrip("%")) / 100) if str(surge).endswith("%") else most + int(surge)
        requests = at(deployment.properties, "spec.template.spec.container.resources.requests.cpu")
        total += copies * sum(_cpu(str(each)) for each in requests)
    return math.ceil(total)


def _most_pods(needs: Needs) -> int:
    found = [
        int(count)
        for release in needs.resources("helm_release")
        for text in release.properties.get("values", ())
        for count in at(json.loads(text), "objects.spec.maxReplicaCount")
    ]
    return max(found, default=1)


def _cpu(quantity: str) -> float:
    return int(quantity.removesuffix("m")) / _MILLI if quantity.endswith("m") else float(quantity)


def _count(needs: Needs, api: Api, quota: Quota, resources: Sequence[Resource]) -> Answer:
    existing = {str(each["name"]) for each in api.pages(quota.existing, "items", project=needs.project)}
    added = sum(quota.units(each.properties) for each in resources if each.properties["name"] not in existing)
    found = api.call("compute.projects.get", project=needs.project)
    return _compare(needs, found, quota.metric, added, "")


def _cpus(needs: Needs, api: Api, region: str, cpus: int) -> Answer:
    found = api.call("compute.regions.get", project=needs.project, region=region)
    return _compare(needs, found, _CPUS, cpus, "with this service at full scale: ")


def _compare(needs: Needs, found: Json, metric: str, added: int, what: str) -> Answer:
    quota = next((each for each in found.get("quotas", ()) if each["metric"] == metric), None)
    if quota is None:
        raise PreflightError(f"Google names no quota {metric} in {needs.project}")
    used, allowed = float(quota.get("usage", 0)), float(quota["limit"])
    text = f"{what}{used:g} in use, {added} to add, {allowed:g} allowed"
    if added == 0 or used + added <= allowed:
        return fine(text)
    return missing(
        text,
        f"Console, IAM & Admin, Quotas & System Limits, project {needs.project}, {metric}: at least {used + added:g}",
    )
