"""Relations between AWS resources: connections, replication, DNS names."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from assembly import Assembly, Resource
from assembly.values import at


@dataclass(frozen=True)
class Relation:
    """From some resources to others, and in what way."""

    starts: Iterable[Resource]
    ends: Iterable[Resource]
    text: str


def relations(assembly: Assembly, resource: Resource) -> Iterator[Relation]:
    """Yield the relations that a resource defines."""
    read = _READERS.get(resource.type)
    if read:
        yield from read(assembly, resource)


def _security_group_rule(assembly: Assembly, rule: Resource) -> Iterator[Relation]:
    port = rule.properties.get("FromPort")
    if isinstance(port, dict):  # a database's own attribute
        port = next((item.properties.get("Port") for item in assembly.references_of(rule, "FromPort")), None)
    text = f"port {port}" if port else ""
    yield Relation(assembly.references_of(rule, "SourceSecurityGroupId"), assembly.references_of(rule, "GroupId"), text)


def _alias(assembly: Assembly, record: Resource) -> Iterator[Relation]:
    targets = assembly.references_of(record, "AliasTarget.DNSName")
    yield Relation(assembly.references_of(record, "HostedZoneId"), targets, "alias")


def _distribution(assembly: Assembly, distribution: Resource) -> Iterator[Relation]:
    yield Relation(assembly.references_of(distribution, "DistributionConfig.WebACLId"), [distribution], "filters")
    for host in at(distribution.properties, "DistributionConfig.Origins.DomainName"):
        if isinstance(host, str):
            records = _records(assembly, host)
            targets = [target for each in records for target in assembly.references_of(each, "AliasTarget.DNSName")]
        else:
            targets = list(assembly.references_in(host, distribution.stack))
        yield Relation([distribution], targets, "origin")


def _web_acl(assembly: Assembly, association: Resource) -> Iterator[Relation]:
    protected = assembly.references_of(association, "ResourceArn")
    yield Relation(assembly.references_of(association, "WebACLArn"), protected, "filters")


def _records(assembly: Assembly, host: str) -> Iterator[Resource]:
    for resource in assembly.resources.values():
        if resource.type == "AWS::Route53::RecordSet" and resource.properties.get("Name") == f"{host}.":
            yield resource


def _bucket(assembly: Assembly, bucket: Resource) -> Iterator[Relation]:
    copies = assembly.references_of(bucket, "ReplicationConfiguration.Rules.Destination.Bucket")
    yield Relation([bucket], copies, "replication")


def _database(assembly: Assembly, database: Resource) -> Iterator[Relation]:
    yield Relation(assembly.references_of(database, "SourceDBInstanceIdentifier"), [database], "replication")


def _backup_selection(assembly: Assembly, selection: Resource) -> Iterator[Relation]:
    plans = assembly.references_of(selection, "BackupPlanId")
    vaults = [v for plan in plans for v in assembly.references_of(plan, "BackupPlan.BackupPlanRule.TargetBackupVault")]
    yield Relation(assembly.references_of(selection, "BackupSelection.Resources"), vaults, "backup")


def _backup_plan(assembly: Assembly, plan: Resource) -> Iterator[Relation]:
    for rule in at(plan.properties, "BackupPlan.BackupPlanRule"):
        copies = list(at(rule, "CopyActions.DestinationBackupVaultArn"))
        source = assembly.references_in(rule["TargetBackupVault"], plan.stack)
        yield Relation(source, list(assembly.references_in(copies, plan.stack)), "copy")


def _task(assembly: Assembly, task: Resource) -> Iterator[Relation]:
    yield Relation([task], list(assembly.references_of(task, "ContainerDefinitions.Secrets.ValueFrom")), "reads")
    images = [str(image) for image in at(task.properties, "ContainerDefinitions.Image")]
    for resource in assembly.resources.values():
        if resource.type == "AWS::ECR::Repository":
            name = f"/{resource.properties['RepositoryName']}:"
            if any(name in image for image in images):
                yield Relation([resource], [task], "image")


def _rotation(assembly: Assembly, schedule: Resource) -> Iterator[Relation]:
    yield Relation([schedule], assembly.references_of(schedule, "SecretId"), "rotates")


def _state_machine(assembly: Assembly, state_machine: Resource) -> Iterator[Relation]:
    subjects = assembly.references_of(state_machine, "DefinitionString")
    yield Relation([state_machine], (item for item in subjects if item.type not in _SUPPORTING_TYPES), "works on")


def _alarm(assembly: Assembly, alarm: Resource) -> Iterator[Relation]:
    monitored = assembly.references_of(alarm, "Dimensions.Value", "Metrics.MetricStat.Metric.Dimensions.Value")
    yield Relation([alarm], monitored, "watches")


def _service(assembly: Assembly, service: Resource) -> Iterator[Relation]:
    names = set(at(service.properties, "DeploymentConfiguration.Alarms.AlarmNames"))
    alarms = (item for item in assembly.resources.values() if item.properties.get("AlarmName") in names)
    yield Relation(alarms, [service], "rollback")


# What a state machine works with rather than on.
_SUPPORTING_TYPES = {"AWS::IAM::Role", "AWS::KMS::Key"}

_READERS: Mapping[str, Callable[[Assembly, Resource], Iterator[Relation]]] = {
    "AWS::EC2::SecurityGroupIngress": _security_group_rule,
    "AWS::Route53::RecordSet": _alias,
    "AWS::CloudFront::Distribution": _distribution,
    "AWS::WAFv2::WebACLAssociation": _web_acl,
    "AWS::S3::Bucket": _bucket,
    "AWS::RDS::DBInstance": _database,
    "AWS::Backup::BackupSelection": _backup_selection,
    "AWS::Backup::BackupPlan": _backup_plan,
    "AWS::ECS::TaskDefinition": _task,
    "AWS::SecretsManager::RotationSchedule": _rotation,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::ECS::Service": _service,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
