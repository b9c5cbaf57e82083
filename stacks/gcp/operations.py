"""Operations of an environment: the check from outside, the dashboard and the alarms on its signals."""

from cdktf import TerraformOutput

from constructs_lib import naming
from constructs_lib.container import HEALTH_PATH
from constructs_lib.gcp.account.background_jobs import background_jobs
from constructs_lib.gcp.data.database import DatabaseReplica
from constructs_lib.gcp.edge.edge import Edge
from constructs_lib.gcp.monitoring.alarms import Alarms
from constructs_lib.gcp.monitoring.metrics.backups import BackupAges, authorities, replication_failures
from constructs_lib.gcp.monitoring.metrics.cache import cache_metrics
from constructs_lib.gcp.monitoring.metrics.database import database_metrics, replica_lag
from constructs_lib.gcp.monitoring.metrics.edge import cdn_metrics, certificate_days
from constructs_lib.gcp.monitoring.metrics.service import service_metrics
from constructs_lib.gcp.monitoring.metrics.users import user_metrics
from constructs_lib.gcp.monitoring.outside_check import OutsideCheck
from constructs_lib.gcp.monitoring.words import WORDS
from constructs_lib.signals.backups import backups
from constructs_lib.signals.cache import cache
from constructs_lib.signals.database import database, replica
from constructs_lib.signals.edge import cdn, certificates
from constructs_lib.signals.service import service as service_section
from constructs_lib.signals.users import users
from environments import Environment
from stacks.gcp.base import GoodiesTerraformStack
from stacks.gcp.data import DataPart
from stacks.gcp.foundation import FoundationPart
from stacks.gcp.service import ServicePart


def add_operations(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    foundation: FoundationPart,
    data: DataPart,
    edge: Edge,
    service: ServicePart,
    standby: DatabaseReplica | None,
) -> None:
    """Add sections of signals, from users down to data; each becomes a row of the dashboard and its alarms."""
    policy = environment.policy
    check = _outside_check(stack, environment=environment, edge=edge) if environment.outside_check else None
    resize = f"make resize ENV={environment.name} WHAT="
    ages = BackupAges(
        stack,
        "BackupAges",
        region=policy.regions.gcp.primary.name,
        project=stack.project,
        database=data.database.instance,
        cache=data.cache.instance,
        backups=data.storage.backups,
        key=foundation.key,
    )
    sections = [
        users(
            user_metrics(service.traffic, pods=service.pods, check=check, policy=policy.alarms),
            words=WORDS,
            alarms=policy.alarms,
            scaling=policy.scaling,
        ),
        service_section(
            service_metrics(service.pods),
            words=WORDS,
            alarms=policy.alarms,
            growth=policy.growth,
            resize=f"{resize}service",
        ),
        database(
            database_metrics(data.database.instance, size=environment.database_size),
            words=WORDS,
            alarms=policy.alarms,
            growth=policy.growth,
            resize=f"{resize}database",
        ),
        backups(ages.metrics, replication_failures(data.storage.replicated), policy=policy.backup),
        authorities(ages.authority_days, alarms=policy.alarms),
        background_jobs(rollback=service.rollback.workflow.name),
        cache(cache_metrics(data.cache.instance), growth=policy.growth, resize=f"{resize}cache"),
        cdn(cdn_metrics(routes=edge.routes.name)),
    ]
    if check:
        sections.append(certificates({"Cdn": certificate_days(check)}, alarms=policy.alarms))
    if standby:
        lag = replica_lag(standby.instance)
        sections.append(replica(lag, rpo_minutes=policy.backup.rpo_minutes, alarms=policy.alarms))
    name = naming.stack(environment.name)
    Alarms(
        stack,
        "Observability",
        name=name,
        sections=sections,
        notifications=foundation.notifications,
        dashboard=True,
    )
    TerraformOutput(stack, "Dashboard", value=name)


def _outside_check(stack: GoodiesTerraformStack, *, environment: Environment, edge: Edge) -> OutsideCheck:
    return OutsideCheck(
        stack,
        "OutsideCheck",
        name=naming.canary(environment.name),
        host=edge.host,
        health_path=HEALTH_PATH,
        policy=environment.policy.alarms,
        project=stack.project,
    )
