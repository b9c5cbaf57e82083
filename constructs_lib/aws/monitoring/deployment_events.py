"""Notification of the team when a deployment has failed and was rolled back (RBK-2)."""

from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.aws.monitoring.notifications import event_publisher
from constructs_lib.signals.signal import RUNBOOKS


class DeploymentEvents(Construct):
    """EventBridge rule on the failed deployments of a service: releases, restarts and what an operator starts.

    ECS rolls a failed deployment back by itself and notifies nobody. A restart after a password rotation that was
    rolled back leaves tasks with a password that ends with the next rotation.

    Source: "Amazon ECS service deployment state change events", Amazon ECS developer guide.

    Args:
        name: of the environment, as in its alarms.
        service_arn: of the ECS service.
        topic: receives a text for each failed deployment.
        key: encrypts the topic.
        records: names of the parameters that record the release to deploy and the one that runs.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        service_arn: str,
        topic: sns.ITopic,
        key: kms.IKey,
        records: tuple[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        publisher = event_publisher(
            self, "Publisher", description="Publishes failed deployments", topics=[topic], key=key
        )
        release, running = records
        text = (
            f"A deployment of {name} failed and is rolled back:"
            f" {events.EventField.from_path('$.detail.reason')} The next deploy would try it again as long as {release}"
            f" and {running} differ. Runbook: {RUNBOOKS}/rollback.md"
        )
        rule = events.Rule(
            self,
            "Failed",
            description="A deployment of the service has failed",
            event_pattern=events.EventPattern(
                source=["aws.ecs"],
                detail_type=["ECS Deployment State Change"],
                resources=[service_arn],
                detail={"eventName": ["SERVICE_DEPLOYMENT_FAILED"]},
            ),
            targets=[targets.SnsTopic(topic, message=events.RuleTargetInput.from_text(text), role=publisher)],
        )
        acknowledge(
            rule, "Serverless-EventBusDLQ", because="A deployment that fails also fails the command that started it"
        )
