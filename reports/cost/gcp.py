"""Fixed costs of Google Cloud resources, by type: which prices each resource pays, and how many units of them."""

import re
from collections.abc import Callable, Iterator, Mapping

from assembly import Stack
from assembly.values import Json
from reports.cost.amounts import Amount, each, hourly

# The largest instance of each price in GiB ("Memorystore for Redis pricing": capacity tiers M1 to M5).
_CACHE_TIERS = (("m1", 4), ("m2", 10), ("m3", 35), ("m4", 100), ("m5", 300))


def _database(properties: Json, _: Stack, hours: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    settings = properties["settings"]
    place = "regional_ha" if settings["availability_type"] == "REGIONAL" else "zonal"
    size = re.fullmatch(r"db-custom-(\d+)-(\d+)", settings["tier"])
    if not size:
        raise LookupError(f"no price of the tier {settings['tier']}; known are db-custom-<CPUs>-<MiB>")
    yield f"cloud_sql/vcpu/{place}", int(size[1]) * hours
    yield f"cloud_sql/memory/{place}", int(size[2]) / 1024 * hours
    yield f"cloud_sql/ssd_storage/{place}", float(settings.get("disk_size", assumed["replica_storage_gib"]))


def _cache(properties: Json, _: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    size = properties["memory_size_gb"]
    tier = next(name for name, largest in _CACHE_TIERS if size <= largest)
    kind = "standard" if properties["tier"] == "STANDARD_HA" else "basic"
    # The price of standard is for a node and its replica; more replicas are taken to cost as much each.
    pairs = (1 + properties.get("replica_count", 1)) / 2 if kind == "standard" else 1
    yield f"memorystore_redis/{kind}_{tier}", size * pairs * hours


def _pods(properties: Json, stack: Stack, hours: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    pod = properties["spec"]["template"]["spec"]
    number = _fewest(stack) + assumed["average_tasks_above_minimum"]
    if "cloud.google.com/gke-spot" in pod.get("node_selector", {}):
        number *= assumed["spot_share_of_price"]
    for container in pod["container"]:
        requests = container["resources"]["requests"]
        yield "gke_autopilot/vcpu", number * hours * _cores(requests["cpu"])
        yield "gke_autopilot/memory", number * hours * _gibibytes(requests["memory"])
        yield "gke_autopilot/ephemeral_storage", number * hours * _gibibytes(requests["ephemeral-storage"])


def _fewest(stack: Stack) -> float:
    found = [
        int(number)
        for release in stack.of("helm_release")
        for values in release.get("values", [])
        for number in re.findall(r'"minReplicaCount": (\d+)', values)
    ]
    return max(found)


def _cores(quantity: str) -> float:
    return float(quantity.removesuffix("m")) / 1000 if quantity.endswith("m") else float(quantity)


def _gibibytes(quantity: str) -> float:
    return float(quantity[:-2]) * {"Gi": 1, "Mi": 1 / 1024}[quantity[-2:]]


def _bucket(properties: Json, stack: Stack, _: float, assumed: Mapping[str, float]) -> Iterator[Amount]:
    share = 1 / len(list(stack.of("google_storage_bucket")))
    # A bucket in one place has no objective of its replication.
    both = "rpo" in properties
    # Two regions are two prices ("Cloud Storage pricing": dual-regions are billed for each underlying region).
    yield f"cloud_storage/standard/{'dual_region' if both else 'region'}", assumed["gb_of_objects"] * share * (1 + both)
    if properties.get("rpo") == "ASYNC_TURBO":
        yield "cloud_storage/turbo_replication", assumed["gb_copied_to_recovery"] * share


def _firewall(properties: Json, *_: object) -> Iterator[Amount]:
    yield "cloud_armor/policy", 1
    yield "cloud_armor/rule", len(properties["rule"])


def _forwarding_rule(_: Json, stack: Stack, hours: float, __: Mapping[str, float]) -> Iterator[Amount]:
    rules = len(list(stack.of("google_compute_global_forwarding_rule")))
    yield "external_alb/first_five_rules", hours / rules
    yield "external_alb/additional_rule", max(0, rules - 5) * hours / rules


def _secret(properties: Json, *_: object) -> Iterator[Amount]:
    yield "secret_manager/active_version", len(properties["replication"]["user_managed"]["replicas"])


def budgets(stack: Stack) -> Iterator[tuple[str, float]]:
    """Yield the environments whose budget a stack sets, each with its US dollars."""
    for properties in stack.of("google_billing_budget"):
        amount = properties["amount"]["specified_amount"]
        # The table is in US dollars, and a budget in another currency cannot be compared with it.
        if amount["currency_code"] == "USD":
            yield properties["display_name"].removeprefix("Goodies").lower(), float(amount["units"])


PRICED: Mapping[str, Callable[..., Iterator[Amount]]] = {
    "google_compute_global_forwarding_rule": _forwarding_rule,
    "google_compute_security_policy": _firewall,
    "google_container_cluster": hourly("gke/cluster_management_fee"),
    "google_dns_managed_zone": each("cloud_dns/managed_zone"),
    "google_kms_crypto_key": each("cloud_kms/software_key_version"),
    "google_redis_instance": _cache,
    "google_secret_manager_secret": _secret,
    "google_sql_database_instance": _database,
    "google_storage_bucket": _bucket,
    "kubernetes_deployment_v1": _pods,
}
