"""Autoscaling of the ECS service by target tracking (SCL-1 to SCL-7, CST-1)."""

from collections.abc import Sequence

from aws_cdk import Duration, Fn, Token
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn, present
from constructs_lib.aws.service.service import Service
from constructs_lib.aws.service.task import Task
from constructs_lib.aws.service.traffic import Traffic
from environments import ScalingPolicy


class Scaling(Construct):
    """Target tracking of CPU, memory, requests in flight and response time.

    Each is a target tracking policy. It asks for more instances when its number has been above the target for three
    minutes, in proportion: twice the target, twice the instances. It asks for fewer when its number has been below nine
    tenths of the target for a quarter of an hour.

    The policies do not oscillate: ECS scales out to the highest desired count of any policy, and scales in only when
    all policies allow it. So a slow database, which is high response time at low CPU, adds instances up to the maximum
    and keeps them until it is fast again.

    The response time is the average, not a percentile: instances shorten the time that requests wait for each other,
    which all of them share, and not the time that a few slow ones take by themselves. Alarms watch the 95th percentile.

    During a blue/green deployment two sets of tasks share the average of CPU and memory, and one of them is idle. ECS
    removes no instance while it deploys; requests in flight and response time are measured at the load balancer, and
    mean the same with one set as with two.

    Sources: "How target tracking scaling works", Application Auto Scaling user guide; "Service auto scaling", Amazon
    ECS developer guide.

    Attributes:
        target: scalable target, for further policies.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ScalingPolicy,
        task: Task,
        service: Service,
        traffic: Traffic,
    ) -> None:
        super().__init__(scope, construct_id)
        self.target = service.service.auto_scale_task_count(
            # Without a release there is no image to start.
            min_capacity=Token.as_number(Fn.condition_if(task.released.logical_id, policy.min_instances, 0)),
            max_capacity=policy.max_instances,
        )
        self._policy = policy
        # The CDK does not expose the id.
        self._target_id = cfn(self.target.node.find_child("Target"), autoscaling.CfnScalableTarget).ref
        added = Duration.seconds(policy.out_cooldown_seconds)
        removed = Duration.seconds(policy.in_cooldown_seconds)
        self.target.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=policy.cpu_percent,
            scale_out_cooldown=added,
            scale_in_cooldown=removed,
        )
        self.target.scale_on_memory_utilization(
            "Memory",
            target_utilization_percent=policy.memory_percent,
            scale_out_cooldown=added,
            scale_in_cooldown=removed,
        )
        self._hold("InFlight", traffic.in_flight, at=policy.requests_in_flight)
        self._hold("ResponseTime", traffic.average, at=policy.response_time_ms)

    def _hold(self, name: str, number: cloudwatch.MathExpression, *, at: int) -> None:
        autoscaling.CfnScalingPolicy(
            self,
            name,
            policy_name=name,
            policy_type="TargetTrackingScaling",
            scaling_target_id=self._target_id,
            target_tracking_scaling_policy_configuration=(
                autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                    target_value=at,
                    scale_out_cooldown=self._policy.out_cooldown_seconds,
                    scale_in_cooldown=self._policy.in_cooldown_seconds,
                    customized_metric_specification=(
                        autoscaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty(metrics=_queries(number))
                    ),
                )
            ),
        )


def _queries(
    number: cloudwatch.MathExpression,
) -> Sequence[autoscaling.CfnScalingPolicy.TargetTrackingMetricDataQueryProperty]:
    # The CDK's own target tracking does not support metric math.
    kinds = autoscaling.CfnScalingPolicy
    queries = [kinds.TargetTrackingMetricDataQueryProperty(id="number", expression=number.expression, return_data=True)]
    for name, metric in number.using_metrics.items():
        stat = present(metric.to_metric_config().metric_stat)
        queries.append(
            kinds.TargetTrackingMetricDataQueryProperty(
                id=name,
                return_data=False,
                metric_stat=kinds.TargetTrackingMetricStatProperty(
                    stat=stat.statistic,
                    metric=kinds.TargetTrackingMetricProperty(
                        namespace=stat.namespace,
                        metric_name=stat.metric_name,
                        dimensions=[
                            kinds.TargetTrackingMetricDimensionProperty(name=item.name, value=item.value)
                            for item in stat.dimensions or []
                        ],
                    ),
                ),
            )
        )
    return queries
