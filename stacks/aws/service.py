"""Service stack of an environment: load balancer, ECS service, scaling and rollback alarms (AWS-3, SCL-1, RBK-1)."""

from aws_cdk import App, CfnOutput
from aws_cdk import aws_ec2 as ec2

from constructs_lib import naming
from constructs_lib.aws.data.rotation import RestartAfterRotation
from constructs_lib.aws.delivery.registry import shared_repository
from constructs_lib.aws.monitoring.deployment_events import DeploymentEvents
from constructs_lib.aws.monitoring.rollback_alarms import RollbackAlarms
from constructs_lib.aws.service.deployment_hooks import DeploymentHooks
from constructs_lib.aws.service.deployment_watchdog import DeploymentWatchdog
from constructs_lib.aws.service.load_balancer import LoadBalancer
from constructs_lib.aws.service.probe import Probe
from constructs_lib.aws.service.running_release import RunningRelease
from constructs_lib.aws.service.scaling import Scaling
from constructs_lib.aws.service.service import Service
from constructs_lib.aws.service.session import Session
from constructs_lib.aws.service.task import Task
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.container import CONTAINER, PORT
from environments import Environment
from stacks.aws.base import EnvironmentStack
from stacks.aws.data import DataStack
from stacks.aws.foundation import FoundationStack
from stacks.aws.network import NetworkStack


class ServiceStack(EnvironmentStack):
    """The service and its load balancer; they can be destroyed and deployed again without touching the data.

    Attributes:
        load_balancer: origin of the CDN.
        traffic: metrics of the requests.
        service: the ECS service.
        deployments: what follows each deployment to its end.
        restart: restart of the service's tasks after a rotation.
        watchdog: rollback of deployments whose tasks do not come up.
    """

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        foundation: FoundationStack,
        network: NetworkStack,
        data: DataStack,
    ) -> None:
        policy = environment.policy
        super().__init__(
            app,
            environment,
            "Service",
            purpose="Service: load balancer, tasks and scaling",
            region=policy.regions.aws.primary.name,
            hand_down_tags=False,
        )
        settings = environment.service
        self.load_balancer = LoadBalancer(
            self,
            "Entrance",
            name=naming.stack(environment.name),
            vpc=network.vpc,
            zone=foundation.zone.zone,
            domain=environment.account.domain,
            cdn_prefix_list=policy.regions.aws.primary.cdn_prefix_list,
            secrets=data.origin_secrets,
            deletion_protection=settings.deletion_protection,
            blue_green=settings.deployment == "blue_green",
            port=PORT,
            timeouts=policy.timeouts,
            logs=data.storage.logs,
            log_days=environment.edge.log_days,
            key=foundation.key,
        )
        task = Task(
            self,
            "Task",
            settings=settings,
            size=environment.service_size,
            timeouts=policy.timeouts,
            image=shared_repository(
                self, "Images", account=policy.account.aws_account_id, region=policy.regions.aws.primary.name
            ),
            release_parameter=data.release.parameter_name,
            running_parameter=data.running.parameter_name,
            database=data.database,
            database_name=environment.database.name,
            cache=data.cache,
            secrets=data.secrets,
            key=foundation.key,
        )
        cluster_name = naming.cluster(environment.name)
        self.traffic = Traffic(
            self.load_balancer, policy=policy.alarms, cluster_name=cluster_name, service_name=CONTAINER
        )
        probe = Probe(
            self,
            "Probe",
            environment=environment.name,
            policy=policy.alarms,
            vpc=network.vpc,
            load_balancer=self.load_balancer,
            signing_secret=data.secrets.jwt,
            log_days=settings.log_days,
            key=foundation.key,
        )
        rollback_alarms = RollbackAlarms(
            self,
            "Rollback",
            name=naming.stack(environment.name),
            policy=policy.alarms,
            traffic=self.traffic,
            probe=probe,
            cluster_name=cluster_name,
            service_name=CONTAINER,
            notifications=foundation.notifications,
        )
        session = Session(self, "Session", log_days=settings.log_days, key=foundation.key)
        hooks = None
        if settings.deployment == "blue_green":
            hooks = DeploymentHooks(
                self,
                "Hooks",
                name=naming.stack(environment.name),
                policy=policy.releases,
                vpc=network.vpc,
                cluster_name=cluster_name,
                service_name=CONTAINER,
                alarm_prefix=rollback_alarms.prefix,
                signing_secret=data.secrets.jwt,
                release=data.release.parameter_name,
                urgent=data.urgent.parameter_name,
                refusal=data.refusal.parameter_name,
                on_call=foundation.notifications.on_call,
                team=foundation.notifications.team,
                log_days=policy.security.log_days,
                key=foundation.key,
            )
        self.service = Service(
            self,
            "Service",
            settings=settings,
            cluster_name=cluster_name,
            min_instances=policy.scaling.min_instances,
            vpc=network.vpc,
            task=task,
            load_balancer=self.load_balancer,
            session=session,
            rollback_alarms=rollback_alarms.names,
            hooks=hooks,
        )
        self.service.service.node.add_dependency(rollback_alarms.alarms)
        probe.connections.allow_to(self.service.connections, ec2.Port.tcp(PORT), "Probe of the tasks")
        self.service.connections.allow_to_default_port(data.database.connections, "PostgreSQL from tasks")
        self.service.connections.allow_to_default_port(data.cache.connections, "Redis from tasks")
        scaling = Scaling(
            self,
            "Scaling",
            name=naming.stack(environment.name),
            policy=policy.scaling,
            task=task,
            service=self.service,
            traffic=self.traffic,
        )
        RunningRelease(
            self,
            "Running",
            parameter_name=data.running.parameter_name,
            release=task.release,
            after=[self.service, scaling],
        )
        self.deployments = DeploymentEvents(
            self,
            "Deployments",
            name=naming.stack(environment.name),
            service_arn=self.service.service.service_arn,
            cluster_name=cluster_name,
            service_name=CONTAINER,
            topic=foundation.notifications.team,
            key=foundation.key,
            records=(data.release.parameter_name, data.running.parameter_name),
            log_days=policy.security.log_days,
        )
        self.watchdog = DeploymentWatchdog(
            self,
            "Watchdog",
            name=naming.stack(environment.name),
            policy=policy.releases,
            cluster_name=cluster_name,
            service_name=CONTAINER,
            release=data.release.parameter_name,
            refusal=data.refusal.parameter_name,
            topic=foundation.notifications.team,
            log_days=policy.security.log_days,
            key=foundation.key,
        )
        self.restart = RestartAfterRotation(
            self,
            "Restart",
            policy=policy.security,
            secret=data.database.secret,
            service=self.service.service,
            key=foundation.key,
        )
        self.add_stack_dependency(data)
        # One-off tasks, such as a migration or a session, run where the service does.
        subnets = network.vpc.select_subnets(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS).subnet_ids
        (group,) = self.service.connections.security_groups
        CfnOutput(self, "TaskDefinition", value=task.definition.task_definition_arn)
        CfnOutput(self, "TaskSubnets", value=",".join(subnets))
        CfnOutput(self, "TaskSecurityGroup", value=group.security_group_id)
        CfnOutput(self, "SessionRole", value=session.role.role_arn)
        CfnOutput(self, "TeamTopic", value=foundation.notifications.team.topic_arn)
