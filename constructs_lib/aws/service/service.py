"""ECS service of FunkyGibbon on Fargate, behind the load balancer (AWS-3)."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration, Fn, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.network.network import HTTPS
from constructs_lib.aws.service.deployment_hooks import DeploymentHooks
from constructs_lib.aws.service.load_balancer import LoadBalancer
from constructs_lib.aws.service.session import Session
from constructs_lib.aws.service.task import Task
from constructs_lib.container import CONTAINER, PORT
from environments import ServiceSettings

# A strategy in either case: between a strategy and a launch type CloudFormation would replace the service, and find its
# name taken (aws/containers-roadmap#562). A strategy is updated in place ("Amazon ECS adds support for updating
# capacity provider configuration for ECS services", What's New, May 2025).
_SPOT = ecs.CapacityProviderStrategy(capacity_provider="FARGATE_SPOT", weight=1)
_CAPACITY = {
    "on_demand": ecs.CapacityProviderStrategy(capacity_provider="FARGATE", weight=1),
    "spot": _SPOT,
}
_STRATEGIES = {"rolling": ecs.DeploymentStrategy.ROLLING, "blue_green": ecs.DeploymentStrategy.BLUE_GREEN}


class Service(Construct):
    """ECS service on Fargate.

    Without a recorded release it runs no task, so that the first deploy needs no image. The first release starts the
    least number of tasks as part of its deployment, so that the deployment fails if they do not stay up. Afterwards the
    template sets no task count: autoscaling owns it.

    Cluster and service have fixed names, because operators type them when they roll back by hand (RBK-3).

    A deployment is rolled back when its tasks do not stay up, or when one of ``rollback_alarms`` fires (RBK-1).

    Attributes:
        cluster: ECS cluster, also for one-off tasks.
        service: ECS service, for metrics, scaling and grants.
        connections: security group of the tasks.

    Args:
        cluster_name: name of the ECS cluster.
        min_instances: number of tasks that the first release starts.
        session: how operators' sessions run in the cluster.
        rollback_alarms: names of the alarms that roll a deployment back.
        hooks: functions that ECS asks during a blue/green deployment; None with a rolling one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: ServiceSettings,
        cluster_name: str,
        min_instances: int,
        vpc: ec2.IVpc,
        task: Task,
        load_balancer: LoadBalancer,
        session: Session,
        rollback_alarms: Sequence[str],
        hooks: DeploymentHooks | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=cluster_name,
            vpc=vpc,
            container_insights_v2=ecs.ContainerInsights.ENHANCED,
            execute_command_configuration=session.configuration,
        )
        # A task without a capacity provider of its own, such as a batch job, runs on spot capacity (CST-3).
        self.cluster.enable_fargate_capacity_providers()
        self.cluster.add_default_capacity_provider_strategy([_SPOT])
        self.service = self._service(settings, vpc, task, min_instances, rollback_alarms)
        if settings.execute_command:
            session.acknowledge_writer(task.definition)
        self.connections = self.service.connections
        self._register_targets(load_balancer)
        if hooks:
            self._add(hooks)

    def _service(
        self,
        settings: ServiceSettings,
        vpc: ec2.IVpc,
        task: Task,
        min_instances: int,
        rollback_alarms: Sequence[str],
    ) -> ecs.FargateService:
        group = ec2.SecurityGroup(self, "Tasks", vpc=vpc, description="Tasks of the service", allow_all_outbound=False)
        group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "HTTPS to registry, secrets and logs")
        blue_green = settings.deployment == "blue_green"
        # Without a count UpdateService keeps the one that is (Amazon ECS API reference), which is 0 before the first
        # release: its deployment would succeed without a task.
        first_or_unchanged = Fn.condition_if(task.first.logical_id, min_instances, Aws.NO_VALUE)
        service = ecs.FargateService(
            self,
            "Service",
            service_name=CONTAINER,
            cluster=self.cluster,
            task_definition=task.definition,
            desired_count=Token.as_number(Fn.condition_if(task.released.logical_id, first_or_unchanged, 0)),
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
            security_groups=[group],
            assign_public_ip=False,
            capacity_provider_strategies=[_CAPACITY[settings.capacity]],
            availability_zone_rebalancing=ecs.AvailabilityZoneRebalancing.ENABLED,
            min_healthy_percent=100,
            max_healthy_percent=200,
            health_check_grace_period=Duration.seconds(120),
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            deployment_alarms=ecs.DeploymentAlarmConfig(
                alarm_names=rollback_alarms, behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM
            ),
            deployment_strategy=_STRATEGIES[settings.deployment],
            bake_time=Duration.minutes(settings.bake_minutes) if blue_green else None,
            enable_execute_command=settings.execute_command,
            enable_ecs_managed_tags=True,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
        # ECS refuses a service on a capacity provider that its cluster does not have yet.
        service.node.add_dependency(self.cluster)
        # A service that is made again starts its tasks at once, which pull the image and the secrets with this role.
        service.node.add_dependency(task.definition.obtain_execution_role())
        if blue_green:
            acknowledge(
                service,
                "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/"
                "AmazonECSInfrastructureRolePolicyForLoadBalancers]",
                because="AWS keeps this policy in step with how ECS shifts traffic",
            )
        return service

    def _register_targets(self, load_balancer: LoadBalancer) -> None:
        alternate = None
        if load_balancer.green and load_balancer.test:
            alternate = ecs.AlternateTarget(
                "Green",
                alternate_target_group=load_balancer.green,
                production_listener=ecs.ListenerRuleConfiguration.application_listener_rule(load_balancer.production),
                test_listener=ecs.ListenerRuleConfiguration.application_listener_rule(load_balancer.test),
            )
        load_balancer.blue.add_target(
            self.service.load_balancer_target(container_name=CONTAINER, container_port=PORT, alternate_target=alternate)
        )

    def _add(self, hooks: DeploymentHooks) -> None:
        for target in hooks.targets:
            self.service.add_lifecycle_hook(target)
        hooks.connections.allow_to(self.service, ec2.Port.tcp(PORT), "Check of new tasks")
        # A service that is made again is deployed at once: its hooks must be allowed what they do, and reach the tasks.
        self.service.node.add_dependency(hooks, *self.service.connections.security_groups)
