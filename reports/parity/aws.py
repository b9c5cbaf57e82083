"""Numbers that an environment promises on AWS."""

from collections.abc import Iterator, Mapping

from assembly import Stack
from assembly.values import Json


def promises(stacks: Mapping[str, Stack], environment: str) -> Iterator[tuple[str, Json]]:
    """Yield the name and value of each promise of an environment, in the words that every cloud's module uses."""
    own = [stack for stack in stacks.values() if stack.environment == environment]
    yield from _scaling(own)
    yield from _recovery(own)
    yield from _objects(own)
    yield from _protection(own)
    yield "CST-5 budget, USD", _budget(stacks, environment)
    yield from sorted((f"alarm {name}", value) for name, value in _alarms(own))


def _of(stacks: list[Stack], kind: str) -> Iterator[Json]:
    return (properties for stack in stacks for properties in stack.of(kind))


def _at(stacks: list[Stack], path: str) -> Json:
    return next(
        resource.properties for stack in stacks for resource in stack.resources.values() if resource.path == path
    )


def _scaling(stacks: list[Stack]) -> Iterator[tuple[str, Json]]:
    (target,) = _of(stacks, "AWS::ApplicationAutoScaling::ScalableTarget")
    policies = {}
    for policy in _of(stacks, "AWS::ApplicationAutoScaling::ScalingPolicy"):
        settings = policy.get("TargetTrackingScalingPolicyConfiguration")
        if settings is None:
            continue
        metric = settings.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", policy["PolicyName"])
        policies[metric] = settings
    yield "SCL-1 CPU held at, %", policies["ECSServiceAverageCPUUtilization"]["TargetValue"]
    yield "SCL-2 memory held at, %", policies["ECSServiceAverageMemoryUtilization"]["TargetValue"]
    yield "SCL-3 requests in flight for each instance", f"{policies['InFlight']['TargetValue']:g}"
    slow = next(alarm for alarm in _of(stacks, "AWS::CloudWatch::Alarm") if "-Scaling-" in alarm["AlarmName"])
    yield "SCL-4 response time, ms", f"{slow['Threshold']:g}"
    yield "SCL-5 seconds before an instance goes", max(settings["ScaleInCooldown"] for settings in policies.values())
    yield "SCL-6 fewest instances", target["MinCapacity"]["Fn::If"][1]
    yield "SCL-7 most instances", target["MaxCapacity"]


def _recovery(stacks: list[Stack]) -> Iterator[tuple[str, Json]]:
    databases = list(_of(stacks, "AWS::RDS::DBInstance"))
    original = next(database for database in databases if "SourceDBInstanceIdentifier" not in database)
    (cache,) = _of(stacks, "AWS::ElastiCache::ReplicationGroup")
    (plan,) = _of(stacks, "AWS::Backup::BackupPlan")
    copies = [copy for rule in plan["BackupPlan"]["BackupPlanRule"] for copy in rule.get("CopyActions", [])]
    yield "DR-1 daily backup at, UTC", original["PreferredBackupWindow"].partition("-")[0]
    yield "DR-2 point-in-time recovery, days", original["BackupRetentionPeriod"]
    yield "DR-3 copies of the database in the recovery region", len(databases) - 1
    yield "DR-3 backups kept in the recovery region, days", max((_kept(copy) for copy in copies), default=0)
    yield "ENV-4 regions", len({stack.region for stack in stacks})
    yield "ENV-4 database survives the loss of a zone", bool(original.get("MultiAZ"))
    yield "ENV-4 nodes of the cache", cache["NumCacheClusters"]


def _kept(copy: Json) -> int:
    return int(copy["Lifecycle"]["DeleteAfterDays"])


def _objects(stacks: list[Stack]) -> Iterator[tuple[str, Json]]:
    rules = {
        name: _at(stacks, f"Storage/{name}")["LifecycleConfiguration"]["Rules"]
        for name in ("Uploads", "Backups", "Logs")
    }
    colder = next(rule for rule in rules["Uploads"] if "Transitions" in rule)
    archive = next(rule for rule in rules["Backups"] if rule.get("Prefix") == "archive/")
    yield "DR-4 archive is cold after, days", archive["Transitions"][0]["TransitionInDays"]
    yield "DR-4 archive is kept, days", archive["ExpirationInDays"]
    yield "DR-10 objects grow colder after, days", [step["TransitionInDays"] for step in colder["Transitions"]]
    yield "DR-10 old versions are kept, days", colder["NoncurrentVersionExpiration"]["NoncurrentDays"]
    yield "DR-10 logs are kept, days", next(rule["ExpirationInDays"] for rule in rules["Logs"])


def _protection(stacks: list[Stack]) -> Iterator[tuple[str, Json]]:
    yield "SEC-8 keys rotate after, days", min(key["RotationPeriodInDays"] for key in _of(stacks, "AWS::KMS::Key"))
    parameters = [group["Parameters"] for group in _of(stacks, "AWS::RDS::DBParameterGroup")]
    slow = {str(given["log_min_duration_statement"]) for given in parameters if "log_min_duration_statement" in given}
    yield "IMP-2 queries are slow after, ms", sorted(slow)[0]
    yield "AWS-8, GCP-8 the zone is signed (DNSSEC)", any(True for _ in _of(stacks, "AWS::Route53::DNSSEC"))


def _budget(stacks: Mapping[str, Stack], environment: str) -> Json:
    return next(
        float(budget["Budget"]["BudgetLimit"]["Amount"])
        for stack in stacks.values()
        for budget in stack.of("AWS::Budgets::Budget")
        if f"user:environment${environment}" in budget["Budget"].get("CostFilters", {}).get("TagKeyValue", [])
    )


def _alarms(stacks: list[Stack]) -> Iterator[tuple[str, Json]]:
    for alarm in _of(stacks, "AWS::CloudWatch::Alarm"):
        name = str(alarm["AlarmName"]).partition("-")[2]
        if name.startswith("Scaling-"):
            continue
        yield name, f"{alarm['Threshold']:.12g}, {alarm['EvaluationPeriods']} times"
