"""Operations stack of an environment: dashboard, alarms and the check from outside (AWS-11, MON-1 to MON-8, SEC-8)."""

from aws_cdk import App, CfnOutput

from constructs_lib import naming
from constructs_lib.aws.edge.origin_rotation import OriginRotation
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.monitoring.metrics.backups import BackupAges, replication_failures
from constructs_lib.aws.monitoring.metrics.cache import cache_metrics
from constructs_lib.aws.monitoring.metrics.database import database_metrics
from constructs_lib.aws.monitoring.metrics.edge import cdn_metrics, certificate_days
from constructs_lib.aws.monitoring.metrics.service import service_metrics
from constructs_lib.aws.monitoring.metrics.users import user_metrics
from constructs_lib.aws.monitoring.outside_check import OutsideCheck
from constructs_lib.aws.monitoring.words import WORDS
from constructs_lib.signals.backups import backups
from constructs_lib.signals.cache import cache
from constructs_lib.signals.database import database
from constructs_lib.signals.edge import cdn, certificates
from constructs_lib.signals.service import service as service_section
from constructs_lib.signals.users import users
from environments import Environment, example_values
from stacks.aws.base import EnvironmentStack
from stacks.aws.data import DataStack
from stacks.aws.edge import EdgeStack
from stacks.aws.foundation import EDGE_REGION, FoundationStack
from stacks.aws.recovery import RecoveryStack
from stacks.aws.service import ServiceStack


class OperationsStack(EnvironmentStack):
    """``Goodies<Name>``, the environment as a whole; it depends on all other stacks, so deploying it deploys all."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        foundation: FoundationStack,
        data: DataStack,
        service: ServiceStack,
        edge: EdgeStack,
        recovery: RecoveryStack | None,
    ) -> None:
        policy = environment.policy
        super().__init__(
            app,
            environment,
            "",
            purpose=f"Environment {environment.name}: dashboard, alarms and outside check",
            region=policy.regions.aws.primary.name,
        )
        examples = example_values(environment)
        if examples:
            # An annotation would add a stack trace, and with it the paths of the machine that synthesizes.
            self.node.add_metadata(
                "aws:cdk:info", f"Example values, good for the embedded cloud only: {', '.join(examples)}"
            )
        # In this stack, because it is the last and in the secrets' region, as a rotation's function must be.
        OriginRotation(
            self,
            "OriginRotation",
            policy=policy.security,
            secrets=data.origin_secrets,
            distribution=edge.edge.distribution,
            web_acl_arn=edge.edge.firewall.arn,
            accepted=service.load_balancer.protection.accepted,
            logs=data.storage.logs,
            key=foundation.key,
        )
        check = None
        if environment.outside_check:
            check = OutsideCheck(
                self,
                "OutsideCheck",
                name=naming.canary(environment.name),
                url=f"https://{edge.edge.host}",
                policy=policy.alarms,
                signing_secret=data.secrets.jwt,
                storage=data.storage,
                key=foundation.key,
            )
        ages = BackupAges(
            self,
            "BackupAges",
            environment=environment.name,
            database=data.database.instance,
            vault=data.vault,
            copies=recovery.vault if recovery else None,
            archive=data.storage.backups,
            not_started=[
                data.archive.not_started,
                service.restart.not_started,
                service.watchdog.not_started,
                service.deployments.not_started,
            ],
            log_days=policy.security.log_days,
            key=foundation.key,
        )
        replicated = data.storage.replicated(recovery.storage) if recovery else {}
        resize = f"make resize ENV={environment.name} WHAT="
        name = naming.stack(environment.name)
        Alarms(
            self,
            "Observability",
            name=name,
            sections=[
                users(
                    user_metrics(service.traffic, check=check),
                    words=WORDS,
                    alarms=policy.alarms,
                    scaling=policy.scaling,
                ),
                service_section(
                    service_metrics(service.service.service),
                    words=WORDS,
                    alarms=policy.alarms,
                    growth=policy.growth,
                    resize=f"{resize}service",
                ),
                database(
                    database_metrics(
                        data.database.instance, settings=environment.database, size=environment.database_size
                    ),
                    words=WORDS,
                    alarms=policy.alarms,
                    growth=policy.growth,
                    resize=f"{resize}database",
                ),
                cache(cache_metrics(data.cache), growth=policy.growth, resize=f"{resize}cache"),
                backups(ages.metrics, replication_failures(replicated), policy=policy.backup),
                cdn(cdn_metrics(edge.edge.distribution, region=EDGE_REGION)),
                certificates(
                    {"LoadBalancer": certificate_days(service.load_balancer.certificate)}, alarms=policy.alarms
                ),
            ],
            notifications=foundation.notifications,
            dashboard=True,
        )
        CfnOutput(self, "Dashboard", value=name)
