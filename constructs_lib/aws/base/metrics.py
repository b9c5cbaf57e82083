"""CloudWatch types of metrics, signals, graphs and sections (MON-7, MON-8)."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.signals import signal

Metric = cloudwatch.Metric | cloudwatch.MathExpression
Signal = signal.Signal[Metric]
Graph = signal.Graph[Metric]
Section = signal.Section[Metric]

MINUTE = Duration.minutes(1)


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
