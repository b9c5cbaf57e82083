"""Smallest CDK application, one resource: the floor of a synthesis, which no application goes below."""

from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns

app = App()
sns.Topic(Stack(app, "Empty"), "Topic")
app.synth()
