"""Boxes of the picture on AWS: the resources that a reader would name, each with what matters about it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assembly import Resource
from assembly.values import at

Describe = Callable[[Resource], str]


@dataclass(frozen=True)
class Box:
    """One thing in the picture.

    Attributes:
        lines: its name, and below it what matters.
        stands_for: the resources that are drawn as this one.
    """

    key: str
    stack: str
    region: str
    kind: str
    lines: tuple[str, ...]
    stands_for: frozenset[Resource]


def boxes(resources: Sequence[Resource]) -> list[Box]:
    """Return everything to draw, in the order of deployment."""
    return [*_alone(resources), *_grouped(resources)]


def _alone(resources: Sequence[Resource]) -> Iterator[Box]:
    for resource in resources:
        if resource.type in _ALONE:
            kind, name, describe = _ALONE[resource.type]
            yield _box(resource, kind, (name, describe(resource)), [resource])


def _grouped(resources: Sequence[Resource]) -> Iterator[Box]:
    for type_name, (kind, name) in _GROUPED.items():
        for stack in dict.fromkeys(item.stack for item in resources if item.type == type_name):
            members = [item for item in resources if item.type == type_name and item.stack == stack]
            copies = sorted(
                {str(region) for item in members for region in at(item.properties, "ReplicaRegions.Region")}
            )
            copied = f"replicated to {', '.join(copies)}" if copies else ""
            yield _box(members[0], kind, (name, copied), members)


def _box(resource: Resource, kind: str, lines: Iterable[str], members: Iterable[Resource]) -> Box:
    return Box(
        key=str(resource),
        stack=resource.stack,
        region=resource.region,
        kind=kind,
        lines=tuple(line for line in lines if line),
        stands_for=frozenset(members),
    )


def _nothing(_: Resource) -> str:
    return ""


def _own_name(resource: Resource) -> str:
    return resource.path.rpartition("/")[2].lower()


def _part(resource: Resource) -> str:
    return resource.path.partition("/")[0].lower()


def _database(resource: Resource) -> str:
    if "SourceDBInstanceIdentifier" in resource.properties:
        return "PostgreSQL, read replica"
    version = str(resource.properties["EngineVersion"]).partition(".")[0]
    return f"PostgreSQL {version}" + (", Multi-AZ" if resource.properties.get("MultiAZ") else "")


def _cache(resource: Resource) -> str:
    return str(resource.properties["Engine"]).title()


def _service(resource: Resource) -> str:
    strategy = resource.properties.get("DeploymentConfiguration", {}).get("Strategy", "ROLLING")
    return "blue/green" if strategy == "BLUE_GREEN" else "rolling"


# By type: what sort of thing it is, what it is called, and what is said about it.
_ALONE: Mapping[str, tuple[str, str, Describe]] = {
    "AWS::Route53::HostedZone": ("edge", "Route 53", _nothing),
    "AWS::CloudFront::Distribution": ("edge", "CloudFront", _nothing),
    "AWS::WAFv2::WebACL": ("edge", "WAF", _nothing),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("compute", "Load balancer", _nothing),
    "AWS::ECS::Service": ("compute", "FunkyGibbon on Fargate", _service),
    "AWS::ECR::Repository": ("compute", "ECR", _nothing),
    "AWS::StepFunctions::StateMachine": ("compute", "Step Functions", _part),
    "AWS::RDS::DBInstance": ("data", "RDS", _database),
    "AWS::ElastiCache::ReplicationGroup": ("data", "ElastiCache", _cache),
    "AWS::S3::Bucket": ("data", "S3", _own_name),
    "AWS::Backup::BackupVault": ("data", "Backup vault", _nothing),
}

# By type: all of a stack together.
_GROUPED: Mapping[str, tuple[str, str]] = {
    "AWS::SecretsManager::Secret": ("keys", "Secrets Manager"),
    "AWS::SecretsManager::RotationSchedule": ("keys", "Rotation"),
    "AWS::CloudWatch::Alarm": ("watching", "Alarms"),
}
