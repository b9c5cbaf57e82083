"""Resources that stay in an account after an environment was deleted: their costs, and what removes them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from admin.aws import Client
from assembly import Stack
from assembly.revisions import CHECKOUT

_PRICES = CHECKOUT / "reports" / "cost" / "prices.yaml"
_CACHE = "AWS::ElastiCache::ReplicationGroup"
_DATABASE = "AWS::RDS::DBInstance"


@dataclass(frozen=True)
class Kind:
    """A type of resource that a deletion leaves.

    Attributes:
        price: id of its price in ``reports/cost/prices.yaml``; empty where that has none, ``free`` where it is free.
        remove: command that removes it; ``{id}`` and ``{region}`` stand in it.
        first: what a person does before that.
    """

    price: str
    remove: str
    first: str = ""


@dataclass(frozen=True)
class Retained:
    """A resource that stays.

    Attributes:
        type: of CloudFormation, or what it is.
        id: its physical id.
        region: name of the region.
    """

    type: str
    id: str
    region: str


_FREE = "free"
_RECORD = "SSM parameter"
# In the order of their removal: the key is the last, because it opens the rest.
KINDS = {
    # A new environment would start that release at once, on a database without tables.
    _RECORD: Kind(_FREE, "aws ssm delete-parameter --name {id} --region {region}"),
    "AWS::S3::Bucket": Kind(
        "s3/standard_storage_first_50tb",
        "aws s3api delete-bucket --bucket {id} --region {region}",
        "empty it with all versions (console, S3, Empty)",
    ),
    "AWS::Logs::LogGroup": Kind(
        "cloudwatch/logs_storage", "aws logs delete-log-group --log-group-name {id} --region {region}"
    ),
    "AWS::SecretsManager::Secret": Kind(
        "secrets_manager/secret",
        "aws secretsmanager delete-secret --secret-id {id} --recovery-window-in-days 7 --region {region}",
    ),
    "AWS::Backup::BackupVault": Kind(
        "rds_postgresql/backup_above_free_allocation",
        "aws backup delete-backup-vault --backup-vault-name {id} --region {region}",
        "delete its recovery points (aws backup list-recovery-points-by-backup-vault)",
    ),
    "RDS snapshot": Kind(
        "rds_postgresql/backup_above_free_allocation",
        "aws rds delete-db-snapshot --db-snapshot-identifier {id} --region {region}",
    ),
    "ElastiCache snapshot": Kind("", "aws elasticache delete-snapshot --snapshot-name {id} --region {region}"),
    "AWS::Route53::HostedZone": Kind(
        "route53/hosted_zone_first_25",
        "aws route53 delete-hosted-zone --id {id}",
        "delete records that no stack made, and the delegation in the parent zone",
    ),
    "AWS::KMS::ReplicaKey": Kind(
        "kms/customer_managed_key",
        "aws kms schedule-key-deletion --key-id {id} --pending-window-in-days 30 --region {region}",
        "remove all that it encrypts: nothing opens it afterwards",
    ),
    "AWS::KMS::Key": Kind(
        "kms/customer_managed_key",
        "aws kms schedule-key-deletion --key-id {id} --pending-window-in-days 30 --region {region}",
        "remove all that it encrypts: nothing opens it afterwards",
    ),
}


def retained(client: Client, stacks: Iterable[Stack], records: Sequence[str], region: str) -> list[Retained]:
    """Return what the last deletion of each stack has left, as CloudFormation recorded it, and the last snapshots.

    Args:
        client: makes a client of AWS by the name of a service, and of a region.
        stacks: of the environment.
        records: names of the parameters that record its releases; no stack owns them.
        region: of these.
    """
    found = [each for stack in stacks for each in _left_by(client, stack)]
    parameters = client("ssm", region_name=region).get_parameters(Names=list(records))["Parameters"]
    found += [Retained(_RECORD, each["Name"], region) for each in parameters]
    order = list(KINDS)
    return sorted(set(found), key=lambda each: (_place(order, each.type), each.region, each.id))


def show(left: Iterable[Retained], say: Callable[[str], None]) -> None:
    """Print each resource with what it costs and the command that removes it."""
    rows = list(left)
    if not rows:
        say("Nothing of it stays.")
        return
    say("\nWhat stays, in the order in which it can be removed. No command of this repository does:")
    for each in rows:
        kind = KINDS.get(each.type)
        say(f"\n  {each.type.removeprefix('AWS::')}  {each.id}  ({each.region})")
        if kind is None:
            say("    costs: see docs/cost.md; remove it in the console")
            continue
        say(f"    costs: {_cost(kind.price, each.region)}")
        if kind.first:
            say(f"    first: {kind.first}")
        say(f"    {kind.remove.format(id=each.id, region=each.region)}")
    say("\nDo not remove what the next deploy of the environment shall adopt: docs/deploy/aws.md, Teardown.")


def _place(order: list[str], kind: str) -> int:
    return order.index(kind) if kind in order else -1


def _left_by(client: Client, stack: Stack) -> Iterator[Retained]:
    api = client("cloudformation", region_name=stack.region)
    pages = api.get_paginator("list_stacks").paginate(StackStatusFilter=["DELETE_COMPLETE"])
    deleted = [each for page in pages for each in page["StackSummaries"] if each["StackName"] == stack.name]
    if not deleted:
        return
    # CloudFormation keeps the record of a deleted stack for 90 days, under its id (ListStacks, API reference).
    last = max(deleted, key=lambda each: each.get("DeletionTime", each["CreationTime"]))["StackId"]
    events = api.get_paginator("describe_stack_events").paginate(StackName=last)
    for event in (each for page in events for each in page["StackEvents"]):
        kind, name = event["ResourceType"], event.get("PhysicalResourceId", "")
        match event["ResourceStatus"]:
            case "DELETE_SKIPPED" if name:
                yield Retained(kind, name, stack.region)
            case "DELETE_COMPLETE" if kind == _DATABASE:
                yield from _database_snapshots(client, name, stack.region)
            case "DELETE_COMPLETE" if kind == _CACHE:
                yield from _cache_snapshots(client, name, stack.region)


def _database_snapshots(client: Client, name: str, region: str) -> Iterator[Retained]:
    pages = client("rds", region_name=region).get_paginator("describe_db_snapshots")
    for each in _items(pages.paginate(DBInstanceIdentifier=name, SnapshotType="manual"), "DBSnapshots"):
        yield Retained("RDS snapshot", each["DBSnapshotIdentifier"], region)


def _cache_snapshots(client: Client, name: str, region: str) -> Iterator[Retained]:
    pages = client("elasticache", region_name=region).get_paginator("describe_snapshots")
    for each in _items(pages.paginate(ReplicationGroupId=name, SnapshotSource="user"), "Snapshots"):
        yield Retained("ElastiCache snapshot", each["SnapshotName"], region)


def _items(pages: Iterable[Any], key: str) -> Iterator[Any]:
    return (each for page in pages for each in page[key])


@cache
def _prices() -> dict[tuple[str, str], tuple[float, str]]:
    rows = yaml.safe_load(_PRICES.read_text(encoding="utf-8"))["prices"]
    return {(row["id"], row["region"]): (row["usd"], row["unit"]) for row in rows}


def _cost(price: str, region: str) -> str:
    if price == _FREE:
        return "nothing"
    for place in (region, "us-east-1", "global"):
        if found := _prices().get((price, place)):
            return f"USD {found[0]:g} per {found[1]}"
    return "by GB and month"
