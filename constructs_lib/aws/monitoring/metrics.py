"""What an alarm of CloudWatch says, and when (MON-7, MON-8)."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.signals import signal

Metric = cloudwatch.Metric | cloudwatch.MathExpression
Signal = signal.Signal[Metric]
Graph = signal.Graph[Metric]
Section = signal.Section[Metric]
