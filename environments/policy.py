"""The plan's numbers, the same in every environment and every cloud: the form of ``policy.yaml``."""

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import Field

from environments.shapes import (
    AwsAccountId,
    AwsRegionName,
    Days,
    EmailAddress,
    GcpProjectId,
    GcpRegionName,
    LogDays,
    Percent,
    Settings,
    SizeName,
)


class Receivers(Settings):
    """Who is told.

    Attributes:
        on_call: pages a person at night; receives what is critical.
        team: read during the day; receives warnings and reports.
    """

    on_call: EmailAddress
    team: EmailAddress


class AccountReceivers(Receivers):
    """Who is told about a whole account.

    Attributes:
        on_call: pages a person at night; receives critical findings.
        team: read during the day; receives other findings, tickets and reports.
        owner: answers for the bill.
    """

    owner: EmailAddress


class AwsRegion(Settings):
    """A region of AWS, with what would otherwise have to be looked up at synthesis.

    Attributes:
        name: the region.
        zones: its availability zones that are used.
        cdn_prefix_list: the id that AWS gave there to the addresses from which CloudFront calls origins
            (``com.amazonaws.global.cloudfront.origin-facing``).
    """

    name: AwsRegionName
    zones: tuple[str, ...] = Field(min_length=3, max_length=3)
    cdn_prefix_list: str = Field(pattern=r"^pl-[0-9a-f]{8,17}$")


class AwsRegions(Settings):
    """The two regions of AWS.

    Attributes:
        primary: where the environments live.
        recovery: where they recover when the primary region is lost.
    """

    primary: AwsRegion
    recovery: AwsRegion


class GcpRegion(Settings):
    """A region of Google Cloud.

    Attributes:
        name: the region.
        zones: its zones that are used.
    """

    name: GcpRegionName
    zones: tuple[str, ...] = Field(min_length=3, max_length=3)


class GcpRegions(Settings):
    """The two regions of Google Cloud; both on one continent, so that a bucket can span them.

    Attributes:
        primary: where the environments live.
        recovery: where they recover when the primary region is lost.
    """

    primary: GcpRegion
    recovery: GcpRegion


class Regions(Settings):
    """The regions of each cloud.

    Attributes:
        aws: the two of AWS (AWS-1).
        gcp: the two of Google Cloud (GCP-1).
    """

    aws: AwsRegions
    gcp: GcpRegions


class ScalingPolicy(Settings):
    """When instances are added, and how many there may be.

    Attributes:
        cpu_percent: average use of CPU above which instances are added (SCL-1).
        memory_percent: the same of memory (SCL-2).
        requests_in_flight: requests that wait or are served, over all instances (SCL-3).
        response_time_ms: average time to an answer (SCL-4).
        min_instances: never fewer (SCL-6).
        max_instances: never more (SCL-7).
        out_cooldown_seconds: what was added counts as still starting for so long; only a larger need adds more. Half an
            hour is the most that Kubernetes knows ("HPAScalingPolicy", Kubernetes API reference).
        in_cooldown_seconds: pause between two removals (SCL-5); half an hour at most as well.
    """

    cpu_percent: Percent
    memory_percent: Percent
    requests_in_flight: int = Field(ge=1)
    response_time_ms: int = Field(ge=1)
    min_instances: int = Field(ge=1)
    max_instances: int = Field(ge=1)
    out_cooldown_seconds: int = Field(ge=1, le=1800)
    in_cooldown_seconds: int = Field(ge=1, le=1800)


class GrowthPolicy(Settings):
    """When a component needs a larger size, because more instances would not help (SCL-8).

    Attributes:
        hours: for how long use must be high to count as consistently high.
        cpu_percent: average use of CPU in an hour, of the service, the database and the cache.
        memory_percent: the same of memory, of the service and the cache.
        free_memory_percent: share of the database's memory that must stay free.
        connections_percent: share of the connections that the database's size allows.
        evictions: keys that the cache drops in an hour to make room for others.
    """

    hours: int = Field(ge=2, le=24)
    cpu_percent: Percent
    memory_percent: Percent
    free_memory_percent: Percent
    connections_percent: Percent
    evictions: int = Field(ge=1)


class PercentLevels(Settings):
    """Two thresholds of a share, in percent.

    Attributes:
        critical: pages a person (MON-7).
        warning: is read during the day (MON-8).
    """

    critical: Percent
    warning: Percent


class MillisecondLevels(Settings):
    """Two thresholds of a time, in milliseconds.

    Attributes:
        critical: pages a person (MON-7).
        warning: is read during the day (MON-8).
    """

    critical: int = Field(ge=1)
    warning: int = Field(ge=1)


Levels = PercentLevels | MillisecondLevels


class AlarmPolicy(Settings):
    """Thresholds of the alarms.

    Attributes:
        error_rate_percent: share of requests that failed.
        response_time_ms: the 95th percentile of the response time.
        cpu_percent: CPU utilization, of the service as of the database.
        memory_percent: memory utilization, of the service.
        disk_percent: how full the disks of the database and of the tasks are.
        critical_after_minutes: for how long a value must be critical to page.
        warning_after_minutes: for how long it must be worth a warning.
        rollback_after_minutes: for how long it must be critical during a deployment to roll it back (RBK-1).
        minimum_requests: in a minute; with fewer, error rate and response time say nothing.
        certificate_days: a certificate that is not renewed so long before its end is a warning.
        outside_check_minutes: how often the service is called from outside.
    """

    error_rate_percent: PercentLevels
    response_time_ms: MillisecondLevels
    cpu_percent: PercentLevels
    memory_percent: PercentLevels
    disk_percent: PercentLevels
    critical_after_minutes: int = Field(ge=1, le=60)
    warning_after_minutes: int = Field(ge=1, le=60)
    rollback_after_minutes: int = Field(ge=1, le=60)
    minimum_requests: int = Field(ge=1)
    certificate_days: Days
    outside_check_minutes: int = Field(ge=1, le=60)


class BackupPolicy(Settings):
    """How the database can be brought back.

    Attributes:
        daily_at_utc: start of the daily backup, ``HH:MM``.
        point_in_time_days: how far back any second can be restored.
        archive_after_days: age at which a monthly backup moves to cold storage.
        archive_keep_days: age at which it is deleted; cold storage is billed for 90 days at least (AWS Backup pricing).
        copy_keep_days: age at which a copy in the recovery region is deleted.
        rpo_minutes: how much of the latest work may be lost with the primary region (DR-12).
    """

    daily_at_utc: str = Field(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description='hours and minutes, in quotes: "03:00"'
    )
    point_in_time_days: int = Field(ge=7, le=35)
    archive_after_days: Days
    archive_keep_days: Days
    copy_keep_days: Days
    rpo_minutes: int = Field(ge=1)


class ObjectPolicy(Settings):
    """When objects become cheaper to keep, and when they go.

    Attributes:
        infrequent_after_days: age at which an object is kept where reading costs more and keeping less.
        archive_after_days: age at which it is archived.
        old_versions_keep_days: how long an overwritten or deleted object can be brought back.
        logs_keep_days: age at which logs are deleted.
    """

    infrequent_after_days: int = Field(ge=30)
    archive_after_days: Days
    old_versions_keep_days: Days
    logs_keep_days: LogDays


class SecurityPolicy(Settings):
    """How long a key, a secret and a trace live.

    Attributes:
        key_rotation_days: 90 to 2560, what KMS accepts (EnableKeyRotation, API reference).
        secret_rotation_days: age at which the database's password is changed.
        log_days: retention of audit logs.
        audit_lock: who may delete the audit trail before its time: a privileged person (``governance``), nobody
            (``compliance``, which cannot be taken back).
        unused_days: a permission that nobody used for so long is a finding, and so is a person's key that is older.
        critical_severity: findings of GuardDuty from here on page a person; 7 is where AWS's "high" begins
            ("Severity levels of GuardDuty findings", GuardDuty user guide).
    """

    key_rotation_days: int = Field(ge=90, le=2560)
    secret_rotation_days: int = Field(ge=1, le=1000)
    log_days: LogDays
    audit_lock: Literal["governance", "compliance"]
    unused_days: int = Field(ge=1, le=365)
    critical_severity: int = Field(ge=1, le=10)


class CostPolicy(Settings):
    """When money is talked about.

    Attributes:
        shared_budget_usd: what a month may cost of all that belongs to no environment.
        warning_percent: share of a budget from which on its receivers are told.
        anomaly_alert_usd: a day's unexpected costs from which on the owner is told.
        reserved_coverage_percent: share of the baseline that should be paid for in advance.
        reserved_utilization_percent: share of what was paid for in advance that should be used.
    """

    shared_budget_usd: int = Field(ge=1)
    warning_percent: Percent
    anomaly_alert_usd: int = Field(ge=1)
    reserved_coverage_percent: Percent
    reserved_utilization_percent: Percent


class Review(Settings):
    """What a person does at regular times.

    Attributes:
        title: of the ticket.
        every: how often the ticket is opened.
        due_days: days until it must be resolved; an older one alarms.
        checklist: what to do, one line each.
    """

    title: str = Field(min_length=1, max_length=100)
    every: Literal["week", "month", "quarter"]
    due_days: int = Field(ge=1)
    checklist: tuple[str, ...] = Field(min_length=1)


class Reviews(Settings):
    """What is looked at regularly, by a person.

    Attributes:
        access: who may do what (SEC-12).
        penetration_test: an attack by somebody who is paid for it (IMP-6).
        security: whether the protection is still the right one (IMP-7).
        vulnerabilities: what the scans of images found (IMP-5); a ticket only when they found something.
        cost: what was spent, by tag (CST-7).
        purchases: what could be paid for in advance (CST-2).
        right_sizing: what is too large or too small (CST-4).
        unused: addresses, volumes and snapshots that nothing uses (CST-8); a ticket only when there are any.
    """

    access: Review
    penetration_test: Review
    security: Review
    vulnerabilities: Review
    cost: Review
    purchases: Review
    right_sizing: Review
    unused: Review


class ImagePolicy(Settings):
    """The registry of the releases' images.

    Attributes:
        keep_releases: how many releases stay.
    """

    keep_releases: int = Field(ge=10)


class ServiceSize(Settings):
    """One size of the service.

    Attributes:
        name: what the environments call it.
        cpu: CPU units of an instance, 1024 to the core.
        memory_mib: memory of an instance.
    """

    name: SizeName
    cpu: int
    memory_mib: int


class DatabaseSize(Settings):
    """One size of the database.

    Attributes:
        name: what the environments call it.
        memory_gib: its memory.
        aws: the instance class of RDS.
        gcp: the tier of Cloud SQL.
    """

    name: SizeName
    memory_gib: Annotated[int, Field(gt=0, le=65536)]
    aws: str
    gcp: str


class CacheSize(Settings):
    """One size of the cache.

    Attributes:
        name: what the environments call it.
        memory_gib: its memory, at least; Memorystore for Redis is sized by it.
        aws: the node type of ElastiCache.
        gcp: the node type of Memorystore for Valkey, with 1.4, 6.5, 13 or 58 GB ("Instance and node specification").
    """

    name: SizeName
    memory_gib: Annotated[int, Field(gt=0, le=65536)]
    aws: str
    gcp: Literal["SHARED_CORE_NANO", "STANDARD_SMALL", "HIGHMEM_MEDIUM", "HIGHMEM_XLARGE"]


class Sizes(Settings):
    """Sizes of each component, smallest first (SCL-9).

    Attributes:
        service: sizes of the service's instances.
        database: sizes of the database's instances.
        cache: sizes of the cache's nodes.
    """

    service: tuple[ServiceSize, ...] = Field(min_length=1)
    database: tuple[DatabaseSize, ...] = Field(min_length=1)
    cache: tuple[CacheSize, ...] = Field(min_length=1)


_Size = TypeVar("_Size", ServiceSize, DatabaseSize, CacheSize)


def find_size(sizes: Sequence[_Size], name: str) -> _Size:
    """Return the size with a name; the loader has made sure that there is one."""
    return next(size for size in sizes if size.name == name)


class SharedGcpAccount(Settings):
    """Where on Google Cloud everything lives that belongs to no environment.

    Attributes:
        project: holds the registry and the Terraform state.
        billing_account: pays for all projects.
        organization: the number of the organization, if there is one: its policies then hold for all projects.
    """

    project: GcpProjectId
    billing_account: str = Field(
        pattern=r"^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", description="an id such as 01ABCD-23EF45-678901"
    )
    organization: str | None = Field(default=None, pattern=r"^[0-9]{6,20}$", description="a number, in quotes")


class DeliveryAccount(Settings):
    """What a user must set before a real deploy.

    Attributes:
        aws_account_id: the account of the registry and the pipeline.
        gcp: the place of the same on Google Cloud; left out where nobody deploys there.
        repository: the application's GitHub repository, ``owner/name``.
        receivers: who is told about whole accounts.
    """

    aws_account_id: AwsAccountId
    gcp: SharedGcpAccount | None = None
    repository: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}$",
        description="owner/name, such as example/the-goodies",
    )
    receivers: AccountReceivers


class Policy(Settings):
    """The plan's numbers, the same in every environment and every cloud.

    Attributes:
        account: what a user must set before a real deploy.
        regions: where everything lives.
        scaling: when instances are added, and how many there may be.
        growth: when a component needs a larger size.
        alarms: what is said when the service gets worse.
        backup: how the database can be brought back.
        objects: when objects become cheaper to keep, and when they go.
        security: how long a key, a secret and a trace live.
        images: the registry of the releases' images.
        costs: when money is talked about.
        reviews: what is looked at regularly, by a person.
        sizes: sizes of each component, smallest first.
    """

    account: DeliveryAccount
    regions: Regions
    scaling: ScalingPolicy
    growth: GrowthPolicy
    alarms: AlarmPolicy
    backup: BackupPolicy
    objects: ObjectPolicy
    security: SecurityPolicy
    images: ImagePolicy
    costs: CostPolicy
    reviews: Reviews
    sizes: Sizes
