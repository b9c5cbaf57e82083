"""The least that the CDK synthesizes: one resource. What it costs is the floor that no application goes below."""

from aws_cdk import App, Stack
from aws_cdk import aws_sns as sns

app = App()
sns.Topic(Stack(app, "Empty"), "Topic")
app.synth()
