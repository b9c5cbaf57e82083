"""Model of an environment's file, such as ``prod.yaml``.

Every field that may be left out has the default that is safe, or the cheapest where safety is no question. Fields that
only one cloud understands carry that cloud's name.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from environments.policy import CacheSize, DatabaseSize, Policy, Receivers, ServiceSize, find_size
from environments.value_types import (
    AddressRange,
    AwsAccountId,
    Count,
    DatabaseName,
    Dollars,
    DomainName,
    EndpointName,
    EnvironmentName,
    GcpProjectId,
    InsightsDays,
    LogDays,
    Milliseconds,
    Place,
    PostgresVersion,
    Settings,
    SizeName,
    Uuid,
    VariableName,
    VariableText,
    VaultLock,
)


class GcpAccount(Place):
    """Place of an environment on Google Cloud.

    Attributes:
        project: the project that holds the environment and nothing else.
    """

    examples: ClassVar[Mapping[str, str]] = {"project": "example-goodies-"}
    project: GcpProjectId


class Subscription(Place):
    """Place of an environment on Azure.

    Attributes:
        subscription_id: the subscription that holds the environment; others may lie in it, too.
        vault_generation: number in the names of the vaults. A deleted vault keeps its name for as long as it can be
            recovered: add one to make the environment again before.
        vault_recovery_days: how long a deleted vault, key or secret can be recovered, at creation only.
        database_generation: number in the names of the databases. A restore makes a new server, with a new name: add
            one to take that into the code (docs/clouds/azure.md).
    """

    examples: ClassVar[Mapping[str, str]] = {"subscription_id": "00000000-0000-0000-0000-"}
    subscription_id: Uuid
    vault_generation: int = Field(default=1, ge=1, le=99)
    vault_recovery_days: int = Field(default=90, ge=7, le=90)
    database_generation: int = Field(default=1, ge=1, le=99)


class EnvironmentAccount(Settings):
    """Accounts, domain and receivers of an environment; set before a real deploy.

    Attributes:
        aws_account_id: the account that the environment lives in.
        gcp: its place on Google Cloud; left out where nothing is deployed there.
        azure: its place on Azure; left out where nothing is deployed there.
        domain: the zone that Route 53 serves for this environment, at creation only; the API answers at
            ``api.<domain>``.
        receivers: the addresses that alarms and reports go to.
    """

    aws_account_id: AwsAccountId
    gcp: GcpAccount | None = None
    azure: Subscription | None = None
    domain: DomainName
    receivers: Receivers


class NetworkSettings(Settings):
    """Private network of an environment.

    The range and the masks are set at creation only: another value would replace subnets in which a database and a
    cache stand, and RDS and ElastiCache move neither.

    Attributes:
        cidr: address range, at creation only; overlaps with no other network's.
        availability_zones: how many zones the subnets spread over. It may grow; ranges for three zones are reserved.
        nat_gateways: how many; one costs least, one per zone survives the loss of a zone.
        public_mask: prefix length of each zone's public subnet (load balancer, NAT), at creation only.
        private_mask: the same of the private subnet (tasks), at creation only.
        isolated_mask: the same of the isolated subnet (database, cache), at creation only.
        interface_endpoints: AWS services reached without leaving the network, by the last part of their endpoint name.
        flow_log_days: retention of the log of accepted and refused connections.
        internet_egress: whether the cluster on Google Cloud may call the internet, through Cloud NAT. Nothing in it
            needs to: Google's APIs and registries have private addresses.
    """

    cidr: AddressRange
    availability_zones: int = Field(default=2, ge=2, le=3)
    nat_gateways: int = Field(default=1, ge=1, le=3)
    public_mask: int = Field(default=24, ge=16, le=28)
    private_mask: int = Field(default=20, ge=16, le=28)
    isolated_mask: int = Field(default=24, ge=16, le=28)
    interface_endpoints: tuple[EndpointName, ...] = ()
    flow_log_days: LogDays = 30
    internet_egress: bool = False


class DatabaseSettings(Settings):
    """Settings of the PostgreSQL database.

    Attributes:
        engine_version: major version of PostgreSQL; the cloud applies minor ones in the maintenance window. To raise
            it, follow docs/runbooks/change/database-upgrade.md.
        major_upgrade: whether RDS may upgrade to another major version; true for the one deployment that changes
            ``engine_version``. Cloud SQL asks for no such consent.
        name: the database that the service uses, at creation only.
        size: name of one of the policy's sizes.
        multi_az: whether a synchronous standby runs in another zone.
        azure_standby: where it runs on Azure: in another zone (``ZoneRedundant``), or beside the database
            (``SameZone``) where the region takes no new servers of the first kind.
        storage_gib: storage allocated at first, which may only grow; RDS refuses less than autoscaling has reached.
        max_storage_gib: limit of storage autoscaling; a flexible server on Azure has none.
        deletion_protection: whether the engine refuses to be deleted.
        slow_query_ms: duration from which on a statement is logged (IMP-2).
        insights_days: retention of query statistics (Database Insights, in RDS's API Performance Insights): a week, a
            month or two years.
        log_days: retention of the exported logs.
        password_generation: add one to give the service's user on Google Cloud or Azure a new password; AWS rotates by
            itself.
    """

    engine_version: PostgresVersion = "18"
    major_upgrade: bool = False
    name: DatabaseName = "goodies"
    size: SizeName
    multi_az: bool = False
    azure_standby: Literal["ZoneRedundant", "SameZone"] = "ZoneRedundant"
    storage_gib: int = Field(default=20, ge=20, le=65536)
    max_storage_gib: int = Field(default=100, ge=20, le=65536)
    deletion_protection: bool = True
    slow_query_ms: Milliseconds = 500
    insights_days: InsightsDays = 7
    log_days: LogDays = 30
    password_generation: Count = 1


class CacheSettings(Settings):
    """Settings of the cache, Redis or Valkey.

    Attributes:
        engine: ``redis`` or ``valkey``; Azure has Redis alone.
        size: name of one of the policy's sizes.
        nodes: number of the primary and its replicas; two or more fail over by themselves. Azure has two at most.
        snapshot_days: days that a daily snapshot is kept; 0 takes none. Azure writes the last one over that before.
        log_days: retention of the log of slow commands.
    """

    engine: Literal["redis", "valkey"] = "redis"
    size: SizeName
    nodes: int = Field(default=2, ge=1, le=6)
    snapshot_days: int = Field(default=1, ge=0, le=35)
    log_days: LogDays = 30


class ServiceSettings(Settings):
    """Settings of FunkyGibbon's containers.

    Attributes:
        size: name of one of the policy's sizes.
        architecture: CPU architecture of the image on AWS; GKE Autopilot's general-purpose nodes are x86_64.
        deployment: ``rolling`` replaces tasks in place, ``blue_green`` shifts traffic to a second set. To change it,
            follow docs/runbooks/change/deployment.md.
        bake_minutes: how long the previous tasks stay up after the shift, ready to take the traffic back; on
            Kubernetes, how long the rollback alarms are watched after a release's pods have had time to start.
        stop_seconds: time from SIGTERM to SIGKILL; the service itself needs two seconds.
        capacity: ``spot`` costs up to 70 % less and is taken back with two minutes' notice (AWS Fargate pricing page),
            on GKE with 25 seconds'.
        execute_command: whether an operator may open a shell in a task (ECS Exec).
        deletion_protection: whether the load balancer, on Google Cloud the cluster, refuses to be deleted.
        log_days: retention of the container's log.
        variables: environment variables of the application, besides those that the platform sets, by name.
        secrets: names of the application's secret variables. Each is a secret of the environment, drawn at random
            until an operator gives it a value (docs/deploy/aws.md, docs/deploy/gcp.md).
    """

    size: SizeName
    architecture: Literal["arm64", "x86_64"] = "arm64"
    deployment: Literal["rolling", "blue_green"] = "rolling"
    bake_minutes: int = Field(default=5, ge=0, le=1440)
    stop_seconds: int = Field(default=30, ge=2, le=120)
    capacity: Literal["on_demand", "spot"] = "on_demand"
    execute_command: bool = False
    deletion_protection: bool = True
    log_days: LogDays = 90
    variables: dict[VariableName, VariableText] = Field(default_factory=dict, max_length=32)
    secrets: tuple[VariableName, ...] = Field(default=(), max_length=32)


class EdgeSettings(Settings):
    """Settings of the CDN and the web application firewall.

    Attributes:
        login_requests_per_five_minutes: rate limit of one address; more are refused for a while. A million is the
            most that Cloud Armor counts.
        shield_advanced: whether AWS Shield Advanced protects the CDN, 3,000 USD a month (AWS Shield pricing page). The
            account must be subscribed first, for a year, which no template can do: ``aws shield
            describe-subscription`` says whether it is.
        price_class: CloudFront's price class: the locations that serve.
        log_days: retention of the firewall's log.
    """

    login_requests_per_five_minutes: int = Field(default=100, ge=10, le=1_000_000)
    shield_advanced: bool = False
    price_class: Literal["100", "200", "all"] = "100"
    log_days: LogDays = 30


class RecoverySettings(Settings):
    """Standby in the recovery region.

    Attributes:
        network: network there, ready to run the service.
        database_size: size of the database's read replica; one of the policy's.
    """

    network: NetworkSettings
    database_size: SizeName


class EnvironmentFile(Settings):
    """Content of one environment's file.

    Attributes:
        account: accounts, domain and receivers; set before a real deploy.
        stage: purpose of the environment; ``production`` demands every protection.
        approval: whether a person must approve a release before it is deployed.
        budget_usd: budget of a month in US dollars; more than ``make cost`` computes (CST-5).
        outside_check: whether a synthetic check (canary, uptime check) calls the service from outside; 10 USD a month
            if it runs every five minutes (CloudWatch pricing page, canary runs).
        vault_lock: who may delete a backup before its time: anybody with the permission (``none``), a privileged person
            (``governance``), nobody (``compliance``, which cannot be taken back).
        network: private network.
        database: PostgreSQL database.
        cache: cache, Redis or Valkey.
        service: FunkyGibbon's containers.
        edge: CDN and web application firewall.
        recovery: standby in the recovery region; left out where losing the region is acceptable.
    """

    account: EnvironmentAccount
    stage: Literal["development", "staging", "production"]
    approval: bool = False
    budget_usd: Dollars
    outside_check: bool = False
    vault_lock: VaultLock = "none"
    network: NetworkSettings
    database: DatabaseSettings
    cache: CacheSettings
    service: ServiceSettings
    edge: EdgeSettings = EdgeSettings()
    recovery: RecoverySettings | None = None


class Environment(EnvironmentFile):
    """One environment: its own file and the policy that all share.

    Attributes:
        name: the file's name without its ending, ``prod`` for ``prod.yaml``.
        policy: the plan's numbers.
    """

    name: EnvironmentName
    policy: Policy

    @property
    def title(self) -> str:
        """Name as part of stack names: ``Prod``."""
        return self.name.capitalize()

    @property
    def service_size(self) -> ServiceSize:
        """Size that ``service.size`` names."""
        return find_size(self.policy.sizes.service, self.service.size)

    @property
    def database_size(self) -> DatabaseSize:
        """Size that ``database.size`` names."""
        return find_size(self.policy.sizes.database, self.database.size)

    @property
    def cache_size(self) -> CacheSize:
        """Size that ``cache.size`` names."""
        return find_size(self.policy.sizes.cache, self.cache.size)
