"""Watchdog of deployments: rolls one back whose new tasks do not come up in time (RBK-1, PRC-4)."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from constructs_lib.aws.base import jsonata
from constructs_lib.aws.base.logs import delivered_log_group
from constructs_lib.aws.base.queues import dead_letter_queue
from constructs_lib.aws.base.state_machines import state_machine
from constructs_lib.aws.base.suppressions import acknowledge
from constructs_lib.signals.signal import RUNBOOKS
from environments import ReleasePolicy

_UNDERWAY = ["PENDING", "IN_PROGRESS"]
# Of a blue/green deployment before its new tasks are healthy (ServiceDeployment, Amazon ECS API reference).
_STARTING = ["RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP"]
# What a rolling deployment, which has no stages, is looked at after the first time.
_AGAIN = Duration.minutes(1)


class DeploymentWatchdog(Construct):
    """State machine that each deployment of the service starts, and that stops it with a rollback if it is late.

    ECS itself gives up after its circuit breaker has counted three failed tasks at least, which a task that waits
    for its image or for capacity never becomes, and CloudFormation after three hours. A stop with a rollback works even
    where no rollback is configured ("Stopping Amazon ECS service deployments", Amazon ECS developer guide).

    A blue/green deployment is up once its stage says so; what comes then is judged by hooks and alarms. A rolling one
    is up while all tasks of the new revision run, until it ends.

    Attributes:
        not_started: dead-letter queue of the rule that starts it.

    Args:
        name: of the environment, as in its alarms.
        policy: how long the new tasks may take.
        cluster_name: of the ECS cluster.
        service_name: of the ECS service.
        release: name of the parameter that records the release to deploy.
        refusal: name of the parameter that the reason is written into.
        topic: receives a text for each deployment that is stopped.
        log_days: retention of the log.
        key: encrypts topic and log.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        policy: ReleasePolicy,
        cluster_name: str,
        service_name: str,
        release: str,
        refusal: str,
        topic: sns.ITopic,
        log_days: int,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self._place = {"Cluster": cluster_name, "Service": service_name}
        place = f"{cluster_name}/{service_name}"
        stack = Stack.of(self)
        self._service = stack.format_arn(service="ecs", resource="service", resource_name=place)
        self._deployments = stack.format_arn(service="ecs", resource="service-deployment", resource_name=f"{place}/*")
        self.not_started = dead_letter_queue(self, "NotStarted")
        stop = self._stop(
            name=name,
            minutes=policy.up_minutes,
            release=release,
            refusal=refusal,
            topic=topic,
        )
        machine = state_machine(
            self,
            "Watchdog",
            self._steps(policy, stop),
            # CloudFormation ends a deployment after three hours.
            timeout=Duration.hours(4),
            log=delivered_log_group(self, "Log", days=log_days, key=key, writer="states"),
        )
        acknowledge(
            machine.role.node.find_child("DefaultPolicy"),
            f"AwsSolutions-IAM5[Resource::{self._deployments}]",
            because="ECS makes each deployment, and names it",
        )
        machine.add_to_role_policy(
            iam.PolicyStatement(actions=["kms:Decrypt", "kms:GenerateDataKey"], resources=[key.key_arn])
        )
        events.Rule(
            self,
            "Begun",
            description="Watches a deployment of the service until its new tasks run",
            event_pattern=events.EventPattern(
                source=["aws.ecs"],
                detail_type=["ECS Deployment State Change"],
                resources=[self._service],
                detail={"eventName": ["SERVICE_DEPLOYMENT_IN_PROGRESS"]},
            ),
            targets=[targets.SfnStateMachine(machine, dead_letter_queue=self.not_started)],
        )

    def _steps(self, policy: ReleasePolicy, stop: sfn.IChainable) -> sfn.IChainable:
        done = sfn.Succeed(self, "NothingToDo")
        # The event names the deployment by an id that no other call takes.
        find = tasks.CallAwsService.jsonata(
            self,
            "FindDeployment",
            service="ecs",
            action="listServiceDeployments",
            parameters={**self._place, "Status": _UNDERWAY},
            iam_resources=[self._service],
            assign={
                # An expression that yields nothing would fail the execution.
                "found": jsonata.expression(
                    "$count($states.result.ServiceDeployments) = 0 ? '' : $sort($states.result.ServiceDeployments,"
                    " function($a, $b) { $a.CreatedAt < $b.CreatedAt })[0].ServiceDeploymentArn"
                )
            },
        )
        describe = tasks.CallAwsService.jsonata(
            self,
            "ReadDeployment",
            service="ecs",
            action="describeServiceDeployments",
            parameters={"ServiceDeploymentArns": [jsonata.expression("$found")]},
            iam_resources=[self._deployments],
            assign={"deployment": jsonata.expression("$states.result.ServiceDeployments[0]")},
        )
        wait = sfn.Wait(self, "WaitForTasks", time=sfn.WaitTime.duration(Duration.minutes(policy.up_minutes)))
        again = sfn.Wait(self, "WaitForEnd", time=sfn.WaitTime.duration(_AGAIN))
        underway = f"$deployment.Status in {_UNDERWAY}"
        blue_green = "$deployment.DeploymentConfiguration.Strategy = 'BLUE_GREEN'"
        starting = f"$deployment.Status = 'PENDING' or $deployment.LifecycleStage in {_STARTING}"
        target = "$deployment.TargetServiceRevision"
        running = f"{target}.RunningTaskCount >= {target}.RequestedTaskCount"
        late = f"({blue_green}) ? ({starting}) : $not({running})"
        judged = (
            sfn.Choice.jsonata(self, "IsUp")
            .when(sfn.Condition.jsonata(jsonata.expression(f"$not({underway})")), done)
            .when(sfn.Condition.jsonata(jsonata.expression(late)), stop)
            .when(sfn.Condition.jsonata(jsonata.expression(blue_green)), done)
            .otherwise(again)
        )
        exists = sfn.Condition.jsonata(jsonata.expression("$found != ''"))
        again.next(describe)
        return find.next(
            sfn.Choice.jsonata(self, "Underway").when(exists, wait.next(describe).next(judged)).otherwise(done)
        )

    def _stop(self, *, name: str, minutes: int, release: str, refusal: str, topic: sns.ITopic) -> sfn.IChainable:
        target = "$deployment.TargetServiceRevision"
        reason = (
            f"'the new tasks were not healthy within {minutes} minutes; ' & {target}.RunningTaskCount & ' of ' &"
            f" {target}.RequestedTaskCount & ' ran'"
        )
        stop = tasks.CallAwsService.jsonata(
            self,
            "Stop",
            service="ecs",
            action="stopServiceDeployment",
            parameters={"ServiceDeploymentArn": jsonata.expression("$found"), "StopType": "ROLLBACK"},
            iam_resources=[self._deployments],
        )
        read = tasks.CallAwsService.jsonata(
            self,
            "ReadRelease",
            service="ssm",
            action="getParameter",
            parameters={"Name": release},
            iam_action="ssm:GetParameter",
            iam_resources=[self._parameter(release)],
            assign={
                "release": jsonata.expression("$states.result.Parameter.Value"),
                "reason": jsonata.expression(reason),
            },
        )
        record = tasks.CallAwsService.jsonata(
            self,
            "RecordReason",
            service="ssm",
            action="putParameter",
            parameters={
                "Name": refusal,
                "Type": "String",
                "Overwrite": True,
                "Value": jsonata.expression("$release & ' ' & $reason"),
            },
            iam_action="ssm:PutParameter",
            iam_resources=[self._parameter(refusal)],
        )
        end = jsonata.text(f". Runbook: {RUNBOOKS}/rollback.md")
        text = f"'The deployment of ' & $release & {jsonata.text(f' to {name} is rolled back: ')} & $reason & {end}"
        notify = tasks.CallAwsService.jsonata(
            self,
            "Notify",
            service="sns",
            action="publish",
            parameters={
                "TopicArn": topic.topic_arn,
                "Subject": f"{name}: a deployment is rolled back",
                "Message": jsonata.expression(text),
            },
            iam_action="sns:Publish",
            iam_resources=[topic.topic_arn],
        )
        return stop.next(read).next(record).next(notify)

    def _parameter(self, name: str) -> str:
        return Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=name.strip("/"))
