"""CloudWatch types of metrics, signals, graphs and sections, and metrics of state machines (MON-7, MON-8)."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.state_machines import state_machine
from constructs_lib.signals import signal

Metric = cloudwatch.Metric | cloudwatch.MathExpression
Signal = signal.Signal[Metric]
Graph = signal.Graph[Metric]
Section = signal.Section[Metric]

MINUTE = Duration.minutes(1)
_HOUR = Duration.hours(1)
# Of what is measured each hour: twice the interval, so that each period has a value wherever CloudWatch begins it.
HOURLY_PERIOD = Duration.hours(2)


def expression(
    text: str, label: str, metrics: Mapping[str, cloudwatch.IMetric], *, period: Duration = MINUTE
) -> cloudwatch.MathExpression:
    """Return a metric math expression.

    Args:
        text: the expression.
        label: label of its line in a graph.
        metrics: metrics by their names in the text.
        period: period of the metrics and of the result.
    """
    return cloudwatch.MathExpression(expression=text, label=label, using_metrics=metrics, period=period)


def put_metric(
    scope: Construct, construct_id: str, *, namespace: str, name: str, dimensions: Mapping[str, str]
) -> sfn.CustomState:
    """Return the step of a state machine that writes its input as the value of a metric; needs ``may_put_metrics``.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        namespace: namespace of the metric.
        name: name of the metric.
        dimensions: dimensions of the metric.
    """
    return sfn.CustomState(
        scope,
        construct_id,
        state_json={
            "Type": "Task",
            "Resource": f"arn:{Stack.of(scope).partition}:states:::aws-sdk:cloudwatch:putMetricData",
            "Arguments": {
                "Namespace": namespace,
                "MetricData": [
                    {
                        "MetricName": name,
                        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
                        "Value": "{% $states.input %}",
                    }
                ],
            },
        },
    )


def may_put_metrics(namespace: str) -> iam.PolicyStatement:
    """Return the statement that permits to write metrics of one namespace; a metric is no resource."""
    return iam.PolicyStatement(
        actions=["cloudwatch:PutMetricData"],
        resources=["*"],
        conditions={"StringEquals": {"cloudwatch:namespace": namespace}},
    )


def measure_hourly(
    scope: Construct,
    construct_id: str,
    steps: sfn.IChainable,
    *,
    description: str,
    log_days: int,
    key: kms.IKey,
) -> None:
    """Run steps each hour that write metrics of the project; alarms on them have the period ``HOURLY_PERIOD``.

    Args:
        scope: parent construct.
        construct_id: id of the state machine below the parent.
        steps: states that measure, and ``put_metric``.
        description: purpose of the schedule.
        log_days: retention of the log.
        key: encrypts log and schedule.
    """
    log = delivered_log_group(scope, "Log", days=log_days, key=key, writer="states")
    measurement = state_machine(scope, construct_id, steps, timeout=Duration.minutes(5), log=log)
    measurement.add_to_role_policy(may_put_metrics(naming.PROJECT))
    scheduler.Schedule(
        scope,
        "Hourly",
        description=description,
        schedule=scheduler.ScheduleExpression.rate(_HOUR),
        target=targets.StepFunctionsStartExecution(measurement),
        key=key,
    )
