"""Records and notices of ended deployments: what runs is recorded, and a rollback is reported (RBK-1, RBK-2)."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.aws.base.jsonata import expression, text
from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.queues import dead_letter_queue
from constructs_lib.aws.base.state_machines import state_machine
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.container import CONTAINER, NO_RELEASE
from constructs_lib.signals.signal import RUNBOOKS

_FAILED = "SERVICE_DEPLOYMENT_FAILED"
_COMPLETED = "SERVICE_DEPLOYMENT_COMPLETED"
# Of a service deployment that has not ended (ServiceDeploymentStatus, Amazon ECS API reference).
_UNDERWAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
_PAGE = 100
_NO_RELEASE = ["", NO_RELEASE]
_WAY_BACK = f"($before in {_NO_RELEASE} ? 'No release ran before.' : 'ECS goes back to ' & $before & '.')"
_LINE = "\n"
_PAUSE = Duration.seconds(30)
# Times are of one form, so their order is that of the texts. Nothing stands for no deployment.
_NEWEST = "{'newest': $states.result.ServiceDeployments^(>CreatedAt)[0].ServiceDeploymentArn}"
_REASON = (
    "($found := $states.result.ServiceDeployments[0]; $alarms := $join($found.Alarms.TriggeredAlarmNames, ', ');"
    " $said := $distinct([$event, $found.StatusReason, $found.Rollback.Reason, $alarms][$ != '']);"
    " $count($said) = 0 ? 'ECS names no reason' : $join($said, '; '))"
)
_REVISIONS = (
    "[$distinct([$states.input.TargetServiceRevision.Arn, $states.input.SourceServiceRevisions.Arn,"
    " $states.input.Rollback.ServiceRevisionArn])]"
)


class DeploymentEvents(Construct):
    """State machine that follows each deployment of a service to its end: releases, restarts, what an operator starts.

    ECS rolls a failed deployment back by itself and notifies nobody, and what was recorded for deployment stays there:
    the next deploy would bring it again. So the team is notified when a deployment fails and when it has been rolled
    back, and both records name the release that runs. A restart of the same release changes no record.

    Sources: "Amazon ECS service deployment state change events" (Amazon ECS developer guide), by which a deployment
    and a rollback both end with a COMPLETED; ServiceDeployment and ServiceRevision (Amazon ECS API reference).

    Attributes:
        not_started: dead-letter queue of the rule that starts it.

    Args:
        name: of the environment, as in its alarms and on its dashboard.
        service_arn: of the ECS service.
        cluster_name: name of its cluster.
        service_name: its name.
        topic: receives a text for each failed deployment, and for each rollback.
        key: encrypts the topic and the log.
        records: names of the parameters that record the release to deploy and the one that runs.
        log_days: how long the log of its steps is kept.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        service_arn: str,
        cluster_name: str,
        service_name: str,
        topic: sns.ITopic,
        key: kms.IKey,
        records: tuple[str, str],
        log_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = name
        self._place = {"Cluster": cluster_name, "Service": service_name}
        self._topic = topic
        stack = Stack.of(self)
        self._service, self._deployments, self._revisions = (
            stack.format_arn(service="ecs", resource=kind, resource_name=f"{cluster_name}/{service_name}{below}")
            for kind, below in (("service", ""), ("service-deployment", "/*"), ("service-revision", "/*"))
        )
        self.not_started = dead_letter_queue(self, "NotStarted")
        following = state_machine(
            self,
            "Following",
            self._steps(records),
            # CloudFormation ends a deployment after three hours.
            timeout=Duration.hours(4),
            log=delivered_log_group(self, "Log", days=log_days, key=key, writer="states"),
        )
        following.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])
        )
        acknowledge(
            following.role.node.find_child("DefaultPolicy"),
            *(
                f"AwsSolutions-IAM5[Resource::{arn.replace(Aws.PARTITION, '<AWS::Partition>')}]"
                for arn in (self._deployments, self._revisions)
            ),
            because="ECS gives deployments and revisions their ids",
        )
        events.Rule(
            self,
            "Ended",
            description="A deployment of the service has failed, or has completed",
            event_pattern=events.EventPattern(
                source=["aws.ecs"],
                detail_type=["ECS Deployment State Change"],
                resources=[service_arn],
                detail={"eventName": [_FAILED, _COMPLETED]},
            ),
            targets=[targets.SfnStateMachine(following, dead_letter_queue=self.not_started)],
        )

    def _steps(self, records: tuple[str, str]) -> sfn.IChainable:
        begin = sfn.Pass.jsonata(
            self,
            "Begin",
            assign={
                "failed": expression(f"$states.input.detail.eventName = '{_FAILED}'"),
                "event": expression(f"$states.input.detail.eventName = '{_FAILED}' ? $states.input.detail.reason : ''"),
                "reported": False,
            },
        )
        wait = sfn.Wait(self, "Wait", time=sfn.WaitTime.duration(_PAUSE))
        ended = sfn.Succeed(self, "Done")
        find = self._call(
            "FindDeployments",
            "listServiceDeployments",
            {**self._place, "MaxResults": _PAGE},
            self._service,
            outputs=expression(_NEWEST),
        )
        release, running = records
        report_rollback = self._report("ReportRollback", "was rolled back", "$runs & ' runs again.'")
        record = self._record("RecordRunning", running).next(self._record("RecordRelease", release))
        is_rollback = self._choice("IsRollback", "$status != 'SUCCESSFUL' and $not($failed)", report_rollback, ended)
        report_rollback.next(ended)
        changed = self._choice(
            "IsChanged",
            f"$not($runs in {_NO_RELEASE}) and ($status != 'SUCCESSFUL' or $runs != $before)",
            record,
            is_rollback,
        )
        record.next(is_rollback)
        underway = self._choice("IsUnderway", f"$status in {list(_UNDERWAY)}", wait, changed)
        report_failure = self._report("ReportFailure", "has failed", _WAY_BACK, reported=True)
        unreported = self._choice("IsUnreported", "$failed and $not($reported)", report_failure, underway)
        report_failure.next(wait)
        # What is recorded must not wait for a topic.
        report_failure.add_catch(wait, assign={"reported": True})
        read = self._read()
        read.next(unreported)
        known = self._choice("IsKnown", "$exists($states.input.newest)", read, ended)
        wait.next(find)
        return begin.next(find.next(known))

    def _read(self) -> sfn.Chain:
        """Return the steps that read the newest deployment, and the tags of the revisions that it is about."""
        deployment = self._call(
            "ReadDeployment",
            "describeServiceDeployments",
            {"ServiceDeploymentArns": expression("[$states.input.newest]")},
            self._deployments,
            outputs=expression("$states.result.ServiceDeployments[0]"),
            assign={
                "status": expression("$states.result.ServiceDeployments[0].Status"),
                "began": expression("$states.result.ServiceDeployments[0].CreatedAt"),
                "reason": expression(_REASON),
            },
        )
        revisions = self._call(
            "ReadRevisions",
            "describeServiceRevisions",
            {"ServiceRevisionArns": expression(_REVISIONS)},
            self._revisions,
            assign={
                "release": expression(_tag("$states.input.TargetServiceRevision.Arn")),
                "before": expression(_tag("$states.input.SourceServiceRevisions[0].Arn")),
                "runs": expression(
                    f"$states.input.Status = 'SUCCESSFUL' ? {_tag('$states.input.TargetServiceRevision.Arn')}"
                    f" : {_tag('$states.input.Rollback.ServiceRevisionArn')}"
                ),
            },
        )
        return deployment.next(revisions)

    def _report(self, name: str, what: str, follows: str, *, reported: bool = False) -> tasks.CallAwsService:
        """Return the step that notifies the team: the release, what happened to it and why, and where to look."""
        region = Stack.of(self).region
        dashboard = f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#dashboards/dashboard/"
        graphs, runbook = f"\nGraphs of that time: {dashboard}{self._name}?start=", f"\nRunbook: {RUNBOOKS}/rollback.md"
        message = [
            f"{text(f'{self._name}: the deployment of ')} & $release & {text(f' {what}: ')} & $reason",
            f"{text(_LINE)} & {follows}",
            f"{text(graphs)} & $began & '&end=' & $now() & {text(runbook)}",
        ]
        return tasks.CallAwsService.jsonata(
            self,
            name,
            service="sns",
            action="publish",
            parameters={
                "TopicArn": self._topic.topic_arn,
                "Subject": expression(f"{text(f'{self._name}: ')} & $release & {text(f' {what}')}"),
                "Message": expression(" & ".join(message)),
            },
            iam_resources=[self._topic.topic_arn],
            assign={"reported": reported},
        )

    def _record(self, name: str, parameter: str) -> tasks.CallAwsService:
        arn = Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=parameter.strip("/"))
        return tasks.CallAwsService.jsonata(
            self,
            name,
            service="ssm",
            action="putParameter",
            parameters={"Name": parameter, "Value": expression("$runs"), "Type": "String", "Overwrite": True},
            iam_resources=[arn],
        )

    def _call(
        self, name: str, action: str, parameters: Mapping[str, Any], resource: str, **options: Any
    ) -> tasks.CallAwsService:
        return tasks.CallAwsService.jsonata(
            self, name, service="ecs", action=action, parameters=parameters, iam_resources=[resource], **options
        )

    def _choice(self, name: str, condition: str, then: sfn.IChainable, default: sfn.IChainable) -> sfn.Choice:
        return (
            sfn.Choice.jsonata(self, name).when(sfn.Condition.jsonata(expression(condition)), then).otherwise(default)
        )


def _tag(revision: str) -> str:
    """Return the code that finds the tag of a revision's image; an empty text where it has none."""
    found = f"$states.result.ServiceRevisions[ServiceRevisionArn = {revision}]"
    image = f"{found}.ContainerImages[ContainerName = '{CONTAINER}'].Image"
    return f"($image := {image}; $exists($image) ? $split($image, ':')[-1] : '')"
