"""Queries on unused resources, which cost money all the same (CST-8)."""

from aws_cdk import ArnFormat, Stack

from constructs_lib.aws.account.review_queries.query import ReviewQuery

# Answers stay below what a state may hold, 256 KiB; without a number EC2 answers with all volumes or snapshots at once.
_MAX_OF_EC2 = 100
_MAX_OF_DATABASES = 50
# The least that ElastiCache accepts (DescribeSnapshots, API reference).
_MAX_OF_CACHES = 20


def unused(stack: Stack) -> list[ReviewQuery]:
    """Return the queries on unused addresses, volumes and snapshots of an account."""
    return [
        ReviewQuery(
            name="Addresses",
            service="ec2",
            action="describeAddresses",
            permission="ec2:DescribeAddresses",
            figures="$join($states.result.Addresses[$not($exists(AssociationId))].(PublicIp & '\n'), '')",
        ),
        ReviewQuery(
            name="Volumes",
            service="ec2",
            action="describeVolumes",
            permission="ec2:DescribeVolumes",
            parameters={"Filters": [{"Name": "status", "Values": ["available"]}], "MaxResults": _MAX_OF_EC2},
            next_token=("NextToken", "NextToken"),
            figures="$join($states.result.Volumes.(VolumeId & '\n'), '')",
        ),
        ReviewQuery(
            name="VolumeSnapshots",
            service="ec2",
            action="describeSnapshots",
            permission="ec2:DescribeSnapshots",
            parameters={"OwnerIds": ["self"], "MaxResults": _MAX_OF_EC2},
            next_token=("NextToken", "NextToken"),
            figures="$join($states.result.Snapshots.(SnapshotId & '\n'), '')",
        ),
        # RDS deletes automatic snapshots itself; others were made by hand or when a database was deleted.
        ReviewQuery(
            name="DatabaseSnapshots",
            service="rds",
            action="describeDBSnapshots",
            permission="rds:DescribeDBSnapshots",
            parameters={"SnapshotType": "manual", "MaxRecords": _MAX_OF_DATABASES},
            resources=[_of(stack, "rds", "db"), _of(stack, "rds", "snapshot")],
            next_token=("Marker", "Marker"),
            figures="$join($states.result.DbSnapshots.(DbSnapshotIdentifier & '\n'), '')",
        ),
        ReviewQuery(
            name="CacheSnapshots",
            service="elasticache",
            action="describeSnapshots",
            permission="elasticache:DescribeSnapshots",
            parameters={"SnapshotSource": "manual", "MaxRecords": _MAX_OF_CACHES},
            next_token=("Marker", "Marker"),
            figures="$join($states.result.Snapshots.(SnapshotName & '\n'), '')",
        ),
    ]


def _of(stack: Stack, service: str, kind: str) -> str:
    return stack.format_arn(service=service, resource=kind, resource_name="*", arn_format=ArnFormat.COLON_RESOURCE_NAME)
