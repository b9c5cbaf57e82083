"""What nothing uses, and what is billed all the same (CST-8)."""

from aws_cdk import ArnFormat, Stack

from constructs_lib.aws.account.review_queries.query import Fact


def unused(stack: Stack) -> list[Fact]:
    """Return the addresses, volumes and snapshots of an account that nothing uses."""
    return [
        Fact(
            name="Addresses",
            service="ec2",
            action="describeAddresses",
            permission="ec2:DescribeAddresses",
            figures="$join($states.result.Addresses[$not($exists(AssociationId))].(PublicIp & '\n'), '')",
        ),
        Fact(
            name="Volumes",
            service="ec2",
            action="describeVolumes",
            permission="ec2:DescribeVolumes",
            parameters={"Filters": [{"Name": "status", "Values": ["available"]}]},
            page=("NextToken", "NextToken"),
            figures="$join($states.result.Volumes.(VolumeId & '\n'), '')",
        ),
        Fact(
            name="VolumeSnapshots",
            service="ec2",
            action="describeSnapshots",
            permission="ec2:DescribeSnapshots",
            parameters={"OwnerIds": ["self"]},
            page=("NextToken", "NextToken"),
            figures="$join($states.result.Snapshots.(SnapshotId & '\n'), '')",
        ),
        # Automatic snapshots go by themselves; what is left was made by hand or when something was deleted.
        Fact(
            name="DatabaseSnapshots",
            service="rds",
            action="describeDBSnapshots",
            permission="rds:DescribeDBSnapshots",
            parameters={"SnapshotType": "manual"},
            resources=[_of(stack, "rds", "db"), _of(stack, "rds", "snapshot")],
            page=("Marker", "Marker"),
            figures="$join($states.result.DbSnapshots.(DbSnapshotIdentifier & '\n'), '')",
        ),
        Fact(
            name="CacheSnapshots",
            service="elasticache",
            action="describeSnapshots",
            permission="elasticache:DescribeSnapshots",
            parameters={"SnapshotSource": "manual"},
            page=("Marker", "Marker"),
            figures="$join($states.result.Snapshots.(SnapshotName & '\n'), '')",
        ),
    ]


def _of(stack: Stack, service: str, kind: str) -> str:
    return stack.format_arn(service=service, resource=kind, resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME)
