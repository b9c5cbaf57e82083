"""Autoscaling of the ECS service by target tracking and by slow answers (SCL-1 to SCL-7, CST-1)."""

from collections.abc import Sequence

from aws_cdk import Duration, Fn, Token
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn, present
from constructs_lib.aws.base.metrics import expression
from constructs_lib.aws.service.service import Service
from constructs_lib.aws.service.task import Task
from constructs_lib.aws.service.traffic import Traffic
from constructs_lib.signals.signal import RUNBOOKS
from environments import ScalingPolicy

# Target tracking acts after three minutes above its target, and removes below nine tenths of it (the alarms that
# Application Auto Scaling makes; "How target tracking scaling works", its user guide).
_MINUTES = 3
_NEAR_TARGET = 0.95


class Scaling(Construct):
    """Target tracking of CPU, memory and requests in flight, and steps while answers are slow.

    A target tracking policy asks for more instances when its number has been above the target for three minutes, in
    proportion: twice the target, twice the instances. It asks for fewer when its number has been below nine tenths of
    the target for a quarter of an hour. So each number is one that falls as instances are added: an average over the
    instances, or requests in flight for each of them (CustomizedMetricSpecification, Application Auto Scaling API
    reference). ECS scales out to the highest desired count of any policy, and scales in only when all allow it.

    The response time is no such number: a slow database makes answers slow however many instances wait for it. So an
    alarm adds a share of the instances at a time, and only while they are loaded; idle ones wait for something else,
    and more of them would wait as well. What it adds stays until answers are fast again or the instances are idle,
    because requests in flight then count as near their target. The response time is the average, not a percentile:
    instances shorten the time that requests wait for each other, which all of them share. Alarms watch the 95th
    percentile.

    During a blue/green deployment two sets of tasks share the average of CPU and memory, and one of them is idle.
    Requests in flight are those of the load balancer by the number of tasks of one set, and mean the same with one set
    as with two.

    Sources: "How target tracking scaling works" and "Step scaling policies", Application Auto Scaling user guide;
    "Service auto scaling", Amazon ECS developer guide.

    Attributes:
        target: scalable target, for further policies.

    Args:
        name: of the environment; the alarm's name begins with it.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
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
        self._hold_in_flight(policy, traffic)
        self._add_while_slow(policy, traffic, name)

    def _hold_in_flight(self, policy: ScalingPolicy, traffic: Traffic) -> None:
        autoscaling.CfnScalingPolicy(
            self,
            "InFlight",
            policy_name="InFlight",
            policy_type="TargetTrackingScaling",
            # The CDK does not expose the id.
            scaling_target_id=cfn(self.target.node.find_child("Target"), autoscaling.CfnScalableTarget).ref,
            target_tracking_scaling_policy_configuration=(
                autoscaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                    target_value=policy.requests_in_flight_each,
                    scale_out_cooldown=policy.out_cooldown_seconds,
                    scale_in_cooldown=policy.in_cooldown_seconds,
                    customized_metric_specification=(
                        autoscaling.CfnScalingPolicy.CustomizedMetricSpecificationProperty(
                            metrics=_queries(_kept_while_slow(policy, traffic))
                        )
                    ),
                )
            ),
        )

    def _add_while_slow(self, policy: ScalingPolicy, traffic: Traffic, name: str) -> None:
        step = autoscaling.StepScalingAction(
            self,
            "ResponseTime",
            scaling_target=self.target,
            policy_name="ResponseTime",
            adjustment_type=autoscaling.AdjustmentType.PERCENT_CHANGE_IN_CAPACITY,
            min_adjustment_magnitude=1,
            cooldown=Duration.seconds(policy.out_cooldown_seconds),
            metric_aggregation_type=autoscaling.MetricAggregationType.AVERAGE,
        )
        step.add_adjustment(adjustment=policy.response_time_step_percent, lower_bound=0)
        alarm = cloudwatch.Alarm(
            self,
            "ResponseTimeAlarm",
            alarm_name=f"{name}-Scaling-ResponseTime",
            alarm_description="Answers are slow, and the tasks are loaded: tasks are added, and nobody is notified."
            f" First check: CPU of the database. Runbook: {RUNBOOKS}/response-time.md",
            metric=_loaded_response_time(policy, traffic),
            threshold=policy.response_time_ms,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            evaluation_periods=_MINUTES,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(actions.ApplicationScalingAction(step))


def _kept_while_slow(policy: ScalingPolicy, traffic: Traffic) -> cloudwatch.MathExpression:
    """Return the requests in flight for each task; near the target where slow answers keep tasks from being removed."""
    each, near = traffic.in_flight.expression, f"{policy.requests_in_flight_each * _NEAR_TARGET:g}"
    slow = f"{traffic.enough} AND FILL(seconds, 0) * 1000 > {policy.response_time_ms}"
    busy = f"FILL(cpu, 0) >= {policy.idle_cpu_percent:g}"
    return expression(
        f"IF({slow} AND {busy} AND {each} < {near}, {near}, {each})",
        "Requests in flight per task",
        {**traffic.counts, **traffic.in_flight.using_metrics, "cpu": traffic.cpu},
    )


def _loaded_response_time(policy: ScalingPolicy, traffic: Traffic) -> cloudwatch.MathExpression:
    """Return the average response time in milliseconds; 0 with too few requests, and while the tasks are not loaded."""
    loaded = f"FILL(cpu, 0) >= {policy.loaded_cpu_percent:g}"
    return expression(
        f"IF({traffic.enough} AND {loaded}, FILL(seconds, 0) * 1000, 0)",
        "average with loaded tasks, ms",
        {**traffic.counts, "seconds": traffic.seconds("Average"), "cpu": traffic.cpu},
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
