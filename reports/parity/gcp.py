"""Numbers that an environment promises on Google Cloud."""

import json
import re
from collections.abc import Iterator, Mapping

from assembly import Stack
from assembly.values import Json

_DAY_SECONDS = 24 * 60 * 60
_THRESHOLD = re.compile(r"[<>] bool ([\d.]+)\)")
_TIMES = re.compile(r"\[\d+m:\d+m\]\) >= (\d+)$")


def promises(stacks: Mapping[str, Stack], environment: str) -> Iterator[tuple[str, Json]]:
    """Yield the name and value of each promise of an environment, in the words that every cloud's module uses."""
    own = next(stack for stack in stacks.values() if stack.environment == environment)
    yield from _scaling(own)
    yield from _recovery(own)
    yield from _objects(own)
    # The audit trail of all projects records what access logs of buckets record on AWS.
    yield "DR-10 logs are kept, days", _trail_days(stacks)
    yield from _protection(own)
    yield "CST-5 budget, USD", _budget(stacks, environment)
    yield from sorted((f"alarm {name}", value) for name, value in _alarms(own))


def _scaling(stack: Stack) -> Iterator[tuple[str, Json]]:
    given = (values for release in stack.of("helm_release") for values in release.get("values", []))
    objects = (item for values in given for item in json.loads(values).get("objects", []))
    spec = next(item["spec"] for item in objects if item["kind"] == "ScaledObject")
    triggers = {_meaning(trigger): trigger["metadata"] for trigger in spec["triggers"]}
    behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    yield "SCL-1 CPU held at, %", triggers["cpu"]["value"]
    yield "SCL-2 memory held at, %", triggers["memory"]["value"]
    yield "SCL-3 requests in flight for each instance", triggers["in flight"]["threshold"]
    yield "SCL-4 response time, ms", triggers["response time"]["threshold"]
    yield "SCL-5 seconds before an instance goes", behavior["scaleDown"]["stabilizationWindowSeconds"]
    yield "SCL-6 fewest instances", spec["minReplicaCount"]
    yield "SCL-7 most instances", spec["maxReplicaCount"]


def _meaning(trigger: Json) -> str:
    """Return the metric of a trigger: a sum of latencies is work in flight, and with a count beside it a mean."""
    if trigger["type"] != "prometheus":
        return str(trigger["type"])
    return "response time" if "latencies_count" in trigger["metadata"]["query"] else "in flight"


def _recovery(stack: Stack) -> Iterator[tuple[str, Json]]:
    databases = list(stack.of("google_sql_database_instance"))
    original = next(database for database in databases if "master_instance_name" not in database)
    backup = original["settings"]["backup_configuration"]
    elsewhere = backup["location"] != original["region"]
    (cache,) = stack.of("google_redis_instance")
    yield "DR-1 daily backup at, UTC", backup["start_time"]
    yield "DR-2 point-in-time recovery, days", backup["transaction_log_retention_days"]
    yield "DR-3 copies of the database in the recovery region", len(databases) - 1
    kept = backup["backup_retention_settings"]["retained_backups"]
    yield "DR-3 backups kept in the recovery region, days", kept if elsewhere else 0
    yield "ENV-4 regions", len({part["region"] for part in stack.of("google_compute_subnetwork")})
    yield "ENV-4 database survives the loss of a zone", original["settings"]["availability_type"] == "REGIONAL"
    yield "ENV-4 nodes of the cache", 1 + cache.get("replica_count", 0)


def _objects(stack: Stack) -> Iterator[tuple[str, Json]]:
    buckets = {resource.path: resource.properties for resource in stack.resources.values()}
    rules = {name: buckets[f"Storage/{name}"]["lifecycle_rule"] for name in ("uploads", "backups")}
    in_archive = [rule for rule in rules["backups"] if "matches_prefix" in rule["condition"]]
    yield "DR-4 archive is cold after, days", _ages(in_archive, "SetStorageClass")[0]
    yield "DR-4 archive is kept, days", _ages(in_archive, "Delete")[0]
    yield "DR-10 objects grow colder after, days", _ages(rules["uploads"], "SetStorageClass")
    old = (rule["condition"].get("days_since_noncurrent_time") for rule in rules["uploads"])
    yield "DR-10 old versions are kept, days", next(days for days in old if days)


def _trail_days(stacks: Mapping[str, Stack]) -> Json:
    buckets = (bucket for stack in stacks.values() for bucket in stack.of("google_logging_project_bucket_config"))
    return next(bucket["retention_days"] for bucket in buckets if bucket["bucket_id"] == "audit")


def _ages(rules: list[Json], action: str) -> list[int]:
    found = (rule["condition"].get("age") for rule in rules if rule["action"]["type"] == action)
    return [age for age in found if age is not None]


def _protection(stack: Stack) -> Iterator[tuple[str, Json]]:
    periods = [int(key["rotation_period"].removesuffix("s")) for key in stack.of("google_kms_crypto_key")]
    yield "SEC-8 keys rotate after, days", min(periods) // _DAY_SECONDS
    flags = [flag for item in stack.of("google_sql_database_instance") for flag in item["settings"]["database_flags"]]
    slow = {flag["value"] for flag in flags if flag["name"] == "log_min_duration_statement"}
    yield "IMP-2 queries are slow after, ms", sorted(slow)[0]
    zones = list(stack.of("google_dns_managed_zone"))
    signed = [
        zone.get("dnssec_config", {}).get("state") == "on"
        for zone in zones
        if zone.get("visibility", "public") == "public"
    ]
    yield "AWS-8, GCP-8 the zone is signed (DNSSEC)", any(signed)


def _budget(stacks: Mapping[str, Stack], environment: str) -> Json:
    return next(
        float(budget["amount"]["specified_amount"]["units"])
        for stack in stacks.values()
        for budget in stack.of("google_billing_budget")
        if budget["display_name"] == f"Goodies{environment.title()}"
    )


def _alarms(stack: Stack) -> Iterator[tuple[str, Json]]:
    for policy in stack.of("google_monitoring_alert_policy"):
        name = policy["display_name"].partition("-")[2]
        query = policy["conditions"][0].get("condition_prometheus_query_language", {}).get("query", "")
        thresholds, times = _THRESHOLD.findall(query), _TIMES.search(query)
        # A page is made of other alarms.
        if thresholds and times and not name.endswith("-Page"):
            yield name, f"{float(thresholds[-1]):g}, {times[1]} times"
