"""What an alarm of CloudWatch says, and when (MON-7, MON-8)."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib import alarms

Metric = cloudwatch.Metric | cloudwatch.MathExpression
Signal = alarms.Signal[Metric]
Graph = alarms.Graph[Metric]
Section = alarms.Section[Metric]
