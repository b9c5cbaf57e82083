"""Model of ``policy.yaml``: the plan's numbers, the same in every environment and every cloud."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import Field

from environments.value_types import (
    AddressRange,
    AwsAccountId,
    AwsRegionName,
    AwsZoneName,
    BillingAccountId,
    BurstableSize,
    CheckMinutes,
    CloudSqlTier,
    Count,
    CurrencyCode,
    Days,
    Dollars,
    EmailAddress,
    GcpProjectId,
    GcpRegionName,
    GcpZoneName,
    GeneralPurposeSize,
    InstanceClass,
    Line,
    LogDays,
    Milliseconds,
    NodeType,
    OrganizationNumber,
    Percent,
    Place,
    PrefixListId,
    Rate,
    RepositoryName,
    Settings,
    SizeName,
    TimeUtc,
    Title,
    Uuid,
)


class Receivers(Settings):
    """Addresses that an environment's alarms and reports go to.

    Attributes:
        on_call: pages a person at any hour; receives critical alarms.
        team: read during the day; receives warnings and reports.
    """

    on_call: EmailAddress
    team: EmailAddress


class AccountReceivers(Receivers):
    """Addresses that a whole account's findings, tickets and reports go to.

    Attributes:
        on_call: pages a person at any hour; receives critical findings.
        team: read during the day; receives other findings, tickets and reports.
        owner: answers for the bill.
    """

    owner: EmailAddress


class AwsRegion(Settings):
    """A region of AWS, with values that would have to be looked up at synthesis if they were not here.

    Attributes:
        name: name of the region.
        zones: the availability zones that are used, three of those in ``checks/aws_regions.py``.
        cdn_prefix_list: id of the managed prefix list of CloudFront's origin-facing addresses in this region
            (``com.amazonaws.global.cloudfront.origin-facing``).
    """

    name: AwsRegionName
    zones: tuple[AwsZoneName, ...] = Field(min_length=3, max_length=3)
    cdn_prefix_list: PrefixListId


class AwsRegions(Settings):
    """The two regions of AWS.

    Attributes:
        primary: region that the environments run in.
        recovery: region that they recover in when the primary is lost.
    """

    primary: AwsRegion
    recovery: AwsRegion


class GcpRegion(Settings):
    """A region of Google Cloud.

    Attributes:
        name: name of the region.
        zones: the zones that are used.
    """

    name: GcpRegionName
    zones: tuple[GcpZoneName, ...] = Field(min_length=3, max_length=3)


class GcpRegions(Settings):
    """The two regions of Google Cloud; both on one continent, so that a bucket can span them.

    Attributes:
        primary: region that the environments run in.
        recovery: region that they recover in when the primary is lost.
    """

    primary: GcpRegion
    recovery: GcpRegion


class AzureRegion(Settings):
    """A region of Azure.

    Attributes:
        name: name of the region.
        zones: the availability zones that are used. Their numbers are a subscription's own: zone 1 of two subscriptions
            need not be one place.
    """

    name: Annotated[
        str, Field(pattern=r"^[a-z]+[1-9]?$", max_length=30, description="the name of a region, such as eastus")
    ]
    # A region with zones has three ("Azure regions list", Azure reliability documentation).
    zones: tuple[Annotated[str, Field(pattern=r"^[1-3]$", description='a number, in quotes: "1"')], ...] = Field(
        min_length=3, max_length=3
    )


class AzureRegions(Settings):
    """The two regions of Azure. They are no pair: nothing that Azure copies by itself reaches the second.

    Attributes:
        primary: region that the environments run in.
        recovery: region that they recover in when the primary is lost.
        sku_generation: generation of the machines of general purpose that the databases of both regions run on; a
            replica has that of its source. The subscription says which a region offers it.
    """

    primary: AzureRegion
    recovery: AzureRegion
    # "Azure Database for PostgreSQL, regions": the first is in both regions, of the second only prices are known there.
    sku_generation: Literal["v4", "v5"]


class Regions(Settings):
    """Regions of each cloud.

    Attributes:
        aws: the two of AWS (AWS-1).
        gcp: the two of Google Cloud (GCP-1).
        azure: the two of Azure (AZR-1).
    """

    aws: AwsRegions
    gcp: GcpRegions
    azure: AzureRegions


# In the order in which people list them.
CLOUDS = tuple(Regions.model_fields)


class ScalingPolicy(Settings):
    """Autoscaling of the service: the targets, and the bounds of the number of instances.

    Attributes:
        cpu_percent: average CPU utilization above which instances are added (SCL-1).
        memory_percent: average memory utilization above which instances are added (SCL-2).
        requests_in_flight: requests that wait or are served, over the least number of instances, above which some are
            added (SCL-3).
        response_time_ms: average response time above which instances are added (SCL-4), as long as CPU of those that
            run is above half of its target. Idle ones wait for something else, and more of them would wait as well.
        response_time_step_percent: how many instances slow answers add at a time.
        min_instances: least number of instances (SCL-6).
        max_instances: greatest number of instances (SCL-7).
        out_cooldown_seconds: pause after an addition, in which only a larger need adds more. Half an hour is the most
            that Kubernetes knows ("HPAScalingPolicy", Kubernetes API reference).
        in_cooldown_seconds: pause after a removal (SCL-5); half an hour at most as well.
    """

    cpu_percent: Percent
    memory_percent: Percent
    requests_in_flight: Count
    response_time_ms: Milliseconds
    response_time_step_percent: Percent
    min_instances: int = Field(ge=1, le=1000)
    max_instances: int = Field(ge=1, le=1000)
    out_cooldown_seconds: int = Field(ge=1, le=1800)
    in_cooldown_seconds: int = Field(ge=1, le=1800)

    @property
    def requests_in_flight_each(self) -> float:
        """Requests in flight that each instance may hold."""
        return self.requests_in_flight / self.min_instances

    @property
    def loaded_cpu_percent(self) -> float:
        """CPU from which on slow answers are taken for a lack of instances: half of its target."""
        return self.cpu_percent / 2

    @property
    def idle_cpu_percent(self) -> float:
        """CPU below which slow answers keep no instance: a quarter of its target.

        Between the two nothing is removed while answers are slow. What was added has brought CPU there, and its removal
        would raise CPU above the first.
        """
        return self.cpu_percent / 4


class GrowthPolicy(Settings):
    """Thresholds above which a component needs a larger size, because more instances would not help (SCL-8).

    Attributes:
        hours: for how many hours utilization must be high to count as consistently high.
        cpu_percent: average CPU utilization in an hour, of the service, the database and the cache.
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
    evictions: Count


class PercentLevels(Settings):
    """Two thresholds of a share, in percent.

    Attributes:
        critical: threshold that pages a person (MON-7).
        warning: threshold that mails the team (MON-8).
    """

    critical: Percent
    warning: Percent


class MillisecondLevels(Settings):
    """Two thresholds of a time, in milliseconds.

    Attributes:
        critical: threshold that pages a person (MON-7).
        warning: threshold that mails the team (MON-8).
    """

    critical: Milliseconds
    warning: Milliseconds


class DayLevels(Settings):
    """Two thresholds of a time that is left, in days.

    Attributes:
        critical: threshold that pages a person (MON-7).
        warning: threshold that mails the team (MON-8).
    """

    critical: Days
    warning: Days


Levels = PercentLevels | MillisecondLevels


class AlarmPolicy(Settings):
    """Thresholds of the alarms.

    Attributes:
        error_rate_percent: error rate, the share of requests that failed.
        response_time_ms: 95th percentile of the response time.
        cpu_percent: CPU utilization, of the service as of the database.
        memory_percent: memory utilization of the service.
        disk_percent: disk utilization, of the database as of the tasks.
        critical_after_minutes: for how long a value must be critical before a person is paged.
        warning_after_minutes: for how long it must be above the warning threshold before the team is mailed.
        rollback_after_minutes: for how long it must be critical during a deployment before that is rolled back (RBK-1).
        minimum_requests: requests in a minute below which error rate and response time raise no alarm, unless most of
            the requests fail or are slow.
        minimum_failures: how many they must then be.
        probe_requests: requests that the probe sends to each set of tasks in a minute. A share says something from 20
            on: one of them may fail, or be slow, and breaches nothing.
        probe_seconds: after which a request of the probe has failed; an answer that takes longer than
            ``response_time_ms.critical`` is slow before that.
        certificate_days: days before its end from which on a certificate that is not renewed raises an alarm.
        outside_check_minutes: interval of the synthetic check from outside.
    """

    error_rate_percent: PercentLevels
    response_time_ms: MillisecondLevels
    cpu_percent: PercentLevels
    memory_percent: PercentLevels
    disk_percent: PercentLevels
    critical_after_minutes: int = Field(ge=1, le=60)
    warning_after_minutes: int = Field(ge=1, le=60)
    rollback_after_minutes: int = Field(ge=1, le=60)
    minimum_requests: Count
    minimum_failures: Count
    probe_requests: int = Field(ge=20, le=60)
    probe_seconds: int = Field(ge=2, le=10)
    certificate_days: DayLevels
    outside_check_minutes: CheckMinutes


class ReleasePolicy(Settings):
    """Time limits of a release, after which it is refused or rolled back.

    Attributes:
        up_minutes: minutes after which a deployment is rolled back whose new tasks do not run: pull, migration, start
            and first health checks of all of them.
        check_seconds: what the check of the new tasks may take in all, before users reach them; a function of Lambda
            runs 900 seconds at most (quotas, Lambda developer guide).
    """

    up_minutes: int = Field(ge=3, le=120)
    check_seconds: int = Field(ge=30, le=840)


class TimeoutPolicy(Settings):
    """Time-outs of a request on its way, from the client to the container; each waits for the one behind it.

    Attributes:
        client_seconds: what the client waits for an answer: the default of URLSession ("timeoutIntervalForRequest",
            Foundation), which WildThing does not change.
        cdn_attempts: how often the CDN tries to connect; it repeats reads that were not answered in time, too.
        cdn_connect_seconds: what the CDN waits for a connection; CloudFront takes 1 to 10.
        cdn_response_seconds: what the CDN waits for an answer; the longest that a request may take.
        cdn_idle_seconds: how long the CDN keeps an idle connection to the load balancer.
        balancer_idle_seconds: how long the load balancer on AWS waits for the container, and keeps an idle connection.
        server_idle_seconds: how long the container keeps an idle connection; more than any load balancer does, or one
            sends a request into a connection that is just being closed, and answers 502. Google Cloud's keeps it for
            600 seconds ("Timeouts and retries", Cloud Load Balancing documentation).
        drain_seconds: how long a container that is to be stopped still gets answers out, but no new requests.
        graceful_stop_seconds: how long the service lets requests end after SIGTERM.
        liveness_timeout_seconds: what a check that decides on life and death waits for an answer. The service answers
            on the event loop that carries the load, so an overloaded instance answers late; it is dead only if the CDN
            would have given up, too. Restarting instances under load adds their load to the others.
        liveness_interval_seconds: pause between two such checks.
        liveness_failures: failed checks in a row after which an instance is replaced.
    """

    client_seconds: int = Field(ge=1, le=3600)
    cdn_attempts: int = Field(ge=1, le=3)
    cdn_connect_seconds: int = Field(ge=1, le=10)
    cdn_response_seconds: int = Field(ge=1, le=60)
    cdn_idle_seconds: int = Field(ge=1, le=60)
    balancer_idle_seconds: int = Field(ge=1, le=4000)
    server_idle_seconds: int = Field(ge=1, le=86400)
    drain_seconds: int = Field(ge=1, le=3600)
    graceful_stop_seconds: int = Field(ge=1, le=120)
    liveness_timeout_seconds: int = Field(ge=2, le=60)
    liveness_interval_seconds: int = Field(ge=5, le=300)
    liveness_failures: int = Field(ge=2, le=10)


class BackupPolicy(Settings):
    """Backups of the database: schedule and retention.

    Attributes:
        daily_at_utc: start of the daily backup, ``HH:MM``.
        point_in_time_days: days back that any second can be restored, and that daily snapshots are kept.
        archive_after_days: age at which a monthly backup moves to cold storage.
        archive_keep_days: age at which a monthly backup is deleted; cold storage is billed for 90 days at least (AWS
            Backup pricing).
        copy_keep_days: age at which a copy in the recovery region is deleted.
        daily_late_hours: age of the newest daily backup or copy from which on the team is mailed: a day, and the time
            that a backup and its copy may take.
        monthly_late_days: age of the newest monthly archive from which on the team is mailed.
        rpo_minutes: recovery point objective: minutes of work that may be lost with the primary region (DR-12).
    """

    daily_at_utc: TimeUtc
    point_in_time_days: int = Field(ge=7, le=35)
    archive_after_days: Days
    archive_keep_days: Days
    copy_keep_days: Days
    daily_late_hours: int = Field(ge=25, le=168)
    monthly_late_days: int = Field(ge=32, le=62)
    rpo_minutes: int = Field(ge=1, le=1440)


class ObjectPolicy(Settings):
    """Lifecycle rules of the buckets.

    Attributes:
        infrequent_after_days: age at which an object moves to the class for infrequent access.
        archive_after_days: age at which an object is archived.
        old_versions_keep_days: days that an overwritten or deleted object can be restored.
        logs_keep_days: age at which logs are deleted.
    """

    infrequent_after_days: int = Field(ge=30, le=36500)
    archive_after_days: Days
    old_versions_keep_days: Days
    logs_keep_days: LogDays


class SecurityPolicy(Settings):
    """Rotation of keys and secrets, retention of audit logs, thresholds of findings.

    Attributes:
        key_rotation_days: age at which a key is rotated; KMS accepts 90 to 2560 (EnableKeyRotation, API reference).
        secret_rotation_days: age at which the database's password is changed.
        log_days: retention of audit logs.
        audit_lock: who may delete the audit trail before its time: a privileged person (``governance``), nobody
            (``compliance``, which cannot be taken back).
        unused_days: days without use after which a permission is a finding; a person's key of that age is one too.
        critical_severity: severity from which on a finding of GuardDuty pages a person; AWS's "high" begins at 7
            ("Severity levels of GuardDuty findings", GuardDuty user guide).
    """

    key_rotation_days: int = Field(ge=90, le=2560)
    secret_rotation_days: int = Field(ge=1, le=1000)
    log_days: LogDays
    audit_lock: Literal["governance", "compliance"]
    unused_days: int = Field(ge=1, le=365)
    critical_severity: int = Field(ge=1, le=10)


class CostPolicy(Settings):
    """Thresholds of the budgets and of the cost reports.

    Attributes:
        shared_budget_usd: monthly budget of all that belongs to no environment, in US dollars.
        warning_percent: share of a budget from which on its receivers are mailed.
        anomaly_alert_usd: unexpected costs of a day from which on the owner is mailed, in US dollars.
        reserved_coverage_percent: share of the baseline that reservations and savings plans should cover.
        reserved_utilization_percent: share of reservations and savings plans that should be used.
    """

    shared_budget_usd: Dollars
    warning_percent: Percent
    anomaly_alert_usd: Dollars
    reserved_coverage_percent: Percent
    reserved_utilization_percent: Percent


class Review(Settings):
    """A recurring review, opened as a ticket.

    Attributes:
        title: title of the ticket; no other review has it.
        every: interval at which the ticket is opened; each week is on Monday, each quarter begins in January.
        day: day of the month, of those that are opened each month or quarter. On the 5th the costs of the month before
            are complete.
        at_utc: time of day.
        due_days: days until the ticket must be resolved; a later one raises an alarm.
        only_with_figures: whether the ticket is opened only when its queries have found something.
        checklist: things to do, one line each, in free text.
    """

    title: Title
    every: Literal["week", "month", "quarter"]
    day: int = Field(default=5, ge=1, le=28)
    at_utc: TimeUtc = "06:00"
    due_days: int = Field(ge=1, le=90)
    only_with_figures: bool = False
    checklist: tuple[Line, ...] = Field(min_length=1, max_length=50)


class Reviews(Settings):
    """The recurring reviews.

    Attributes:
        access: permissions of people and roles (SEC-12).
        penetration_test: attack by a tester under contract (IMP-6).
        security: protection and the findings about it (IMP-7).
        vulnerabilities: findings of the image scans (IMP-5).
        cost: spending, by tag (CST-7).
        purchases: recommendations of reservations and savings plans (CST-2).
        right_sizing: recommendations of other sizes (CST-4).
        unused: addresses, volumes and snapshots that nothing uses (CST-8).
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
    """Registry of the releases' images.

    Attributes:
        keep_releases: number of releases that Azure keeps, and Google Cloud when they lose their tag; it deletes no
            tagged image.
        archive_after_days: days without a pull after which AWS archives an image; archived ones stay for 90 days at
            least ("Archiving an image in Amazon ECR", user guide), and can be restored. An image in use is pulled
            whenever tasks restart, so at least once per rotation of secrets.
        untagged_keep_days: days after which an image without a tag is deleted on AWS and Azure.
    """

    keep_releases: int = Field(ge=10, le=10_000)
    archive_after_days: int = Field(ge=90, le=36500)
    untagged_keep_days: Days


class ServiceSize(Settings):
    """One size of the service.

    Attributes:
        name: name that the environments' files use.
        cpu: CPU units of an instance; 1024 are one vCPU.
        memory_mib: memory of an instance, in MiB.
    """

    name: SizeName
    cpu: int = Field(ge=256, le=32768)
    memory_mib: int = Field(ge=512, le=249856)


class FlexibleServerSize(Settings):
    """One size of the database on Azure: a flexible server of PostgreSQL.

    Attributes:
        burstable: size of a server that stands alone. Burstable ones have neither a standby nor a replica ("Compute
            options", Azure Database for PostgreSQL); without, such a server is of general purpose as well.
        general_purpose: size of any other server.
    """

    burstable: BurstableSize | None = None
    general_purpose: GeneralPurposeSize

    def sku(self, *, generation: str, alone: bool) -> str:
        """Return the name of a server's SKU: ``B_Standard_B2s``, ``GP_Standard_D2ds_v4``.

        Args:
            generation: generation of machines of general purpose.
            alone: whether the server has neither a standby nor a replica, and is none.
        """
        if alone and self.burstable:
            return f"B_Standard_{self.burstable}"
        return f"GP_Standard_{self.general_purpose}_{generation}"


class DatabaseSize(Settings):
    """One size of the database.

    Attributes:
        name: name that the environments' files use.
        memory_gib: memory of an instance, in GiB.
        max_connections: connections that the database accepts in every cloud, whose own defaults differ: 4 GiB are
            about 410 on RDS ("Maximum number of database connections", Amazon RDS user guide) and 100 on Cloud SQL
            ("Configure database flags", Cloud SQL documentation). A connection costs memory: at most 200 per GiB, 5 MiB
            each.
        aws: instance class of RDS.
        gcp: tier of Cloud SQL.
        azure: sizes of a flexible server.
    """

    name: SizeName
    memory_gib: int = Field(ge=1, le=65536)
    max_connections: int = Field(ge=25, le=5000)
    aws: InstanceClass
    gcp: CloudSqlTier
    azure: FlexibleServerSize


class CacheSize(Settings):
    """One size of the cache.

    Attributes:
        name: name that the environments' files use.
        memory_gib: least memory of a node, in GiB; Memorystore for Redis is sized by it.
        aws: node type of ElastiCache.
        gcp: node type of Memorystore for Valkey, with 1.4, 6.5, 13 or 58 GB ("Instance and node specification").
        azure: SKU of Managed Redis, of those that hold all keys in one shard ("Azure Managed Redis architecture").
    """

    name: SizeName
    memory_gib: int = Field(ge=1, le=65536)
    aws: NodeType
    gcp: Literal["SHARED_CORE_NANO", "STANDARD_SMALL", "HIGHMEM_MEDIUM", "HIGHMEM_XLARGE"]
    azure: Literal["Balanced_B0", "Balanced_B1", "Balanced_B3", "Balanced_B5", "Balanced_B10", "Balanced_B20"]


class Sizes(Settings):
    """Sizes of each component, smallest first (SCL-9).

    Attributes:
        service: sizes of the service's instances.
        database: sizes of the database's instances.
        cache: sizes of the cache's nodes.
        azure_storage_gib: amounts of storage that a flexible server has; the next one that holds ``storage_gib``.
    """

    service: tuple[ServiceSize, ...] = Field(min_length=1)
    database: tuple[DatabaseSize, ...] = Field(min_length=1)
    cache: tuple[CacheSize, ...] = Field(min_length=1)
    azure_storage_gib: tuple[Annotated[int, Field(ge=32, le=32767)], ...] = Field(min_length=1)

    def azure_storage(self, gib: int) -> int:
        """Return the least amount of storage that a flexible server has for some GiB, in GiB.

        Args:
            gib: what is asked for; the checks have made sure that there is as much.
        """
        return min(step for step in self.azure_storage_gib if step >= gib)


_Size = TypeVar("_Size", ServiceSize, DatabaseSize, CacheSize)


def find_size(sizes: Sequence[_Size], name: str) -> _Size:
    """Return the size with a name.

    Args:
        sizes: sizes of one component.
        name: name of one of them; the checks have made sure that it is there.
    """
    return next(size for size in sizes if size.name == name)


class SharedGcpAccount(Place):
    """Place on Google Cloud of all that belongs to no environment.

    Attributes:
        project: project of the registry and the Terraform state.
        billing_account: billing account of all projects.
        organization: number of the organization, if there is one; its policies then hold for all projects.
        currency: currency of the billing account, in which its budgets are set.
        currency_per_usd: rate that budgets, which are in US dollars here, are converted by.
    """

    examples: ClassVar[Mapping[str, str]] = {"project": "example-goodies-", "billing_account": "000000-000000-000000"}
    project: GcpProjectId
    billing_account: BillingAccountId
    organization: OrganizationNumber | None = None
    # The Cloud Billing Budget API refuses any other ("specifiedAmount", API reference).
    currency: CurrencyCode = "USD"
    currency_per_usd: Rate = 1


class SharedSubscription(Place):
    """Place on Azure of what belongs to no environment.

    Attributes:
        tenant_id: the tenant of all subscriptions.
        subscription_id: subscription of the state.
        deployers: object id of the group of Entra whose members deploy; they may read and write the state.
        deployer_ranges: public addresses that they deploy from. The vaults of all environments answer these, their own
            networks, and no other.
        vault_generation: number in the name of the vault with the registry's key. A deleted vault keeps its name for as
            long as it can be recovered: add one to make all of it again before.
        vault_recovery_days: how long that vault or its key can be recovered, at creation only.
    """

    examples: ClassVar[Mapping[str, str]] = {
        "subscription_id": "00000000-0000-0000-0000-",
        "tenant_id": "00000000-0000-0000-0000-",
        "deployers": "00000000-0000-0000-0000-",
        "deployer_ranges": "203.0.113.",
    }
    tenant_id: Uuid
    subscription_id: Uuid
    deployers: Uuid
    deployer_ranges: tuple[AddressRange, ...] = Field(min_length=1, max_length=100)
    vault_generation: int = Field(default=1, ge=1, le=99)
    vault_recovery_days: int = Field(default=90, ge=7, le=90)


class AwsOrganization(Settings):
    """Organization that the accounts on AWS belong to.

    Attributes:
        payer: number of the management account, which pays for all others. Only it has cost allocation tags and may
            make anomaly monitors by tag ("Getting started with AWS Cost Anomaly Detection", Cost Management guide).
        runs: singletons that the organization runs in every account and region, which may not have a second one:
            ``detector`` of GuardDuty, ``recorder`` of Config with its delivery channel, ``trail`` of CloudTrail.
    """

    payer: AwsAccountId
    runs: tuple[Literal["detector", "recorder", "trail"], ...] = ()


class DeliveryAccount(Settings):
    """Accounts, repository and receivers that all environments share; set before a real deploy.

    Attributes:
        aws_account_id: account of the registry and the pipeline.
        aws_organization: the organization of all accounts on AWS; left out where they belong to none.
        gcp: the place of the same on Google Cloud; left out where nothing is deployed there.
        azure: the place of the same on Azure; left out where nothing is deployed there.
        repository: the application's GitHub repository, ``owner/name``.
        receivers: the addresses that whole accounts' findings, tickets and reports go to.
    """

    aws_account_id: AwsAccountId
    aws_organization: AwsOrganization | None = None
    gcp: SharedGcpAccount | None = None
    azure: SharedSubscription | None = None
    repository: RepositoryName
    receivers: AccountReceivers

    def pays(self, account: str) -> bool:
        """Return whether an account on AWS pays its own bill: the payer of the organization, or one without any."""
        return self.aws_organization is None or self.aws_organization.payer == account

    def organization_runs(self, singleton: str) -> bool:
        """Return whether the organization runs a singleton (``detector``, ``recorder``, ``trail``) in all accounts."""
        return self.aws_organization is not None and singleton in self.aws_organization.runs


class Policy(Settings):
    """The plan's numbers, the same in every environment and every cloud.

    Attributes:
        account: accounts, repository and receivers that all environments share; set before a real deploy.
        regions: regions of each cloud.
        scaling: autoscaling of the service.
        growth: thresholds above which a component needs a larger size.
        alarms: thresholds of the alarms.
        releases: time limits of a release.
        timeouts: time-outs of a request on its way.
        backup: backups of the database.
        objects: lifecycle rules of the buckets.
        security: rotation of keys and secrets, retention of audit logs, thresholds of findings.
        images: registry of the releases' images.
        costs: thresholds of the budgets and of the cost reports.
        reviews: the recurring reviews.
        sizes: sizes of each component, smallest first.
    """

    account: DeliveryAccount
    regions: Regions
    scaling: ScalingPolicy
    growth: GrowthPolicy
    alarms: AlarmPolicy
    releases: ReleasePolicy
    timeouts: TimeoutPolicy
    backup: BackupPolicy
    objects: ObjectPolicy
    security: SecurityPolicy
    images: ImagePolicy
    costs: CostPolicy
    reviews: Reviews
    sizes: Sizes
