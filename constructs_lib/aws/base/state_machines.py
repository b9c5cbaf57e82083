"""Step Functions state machines: in JSONata, with tracing and a log."""

from aws_cdk import Duration
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge


def state_machine(
    scope: Construct, construct_id: str, steps: sfn.IChainable, *, timeout: Duration, log: logs.ILogGroup
) -> sfn.StateMachine:
    """Return a state machine whose executions are traced and logged.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        steps: its states, in JSONata.
        timeout: longest execution; a longer one fails.
        log: log group of all its steps.
    """
    made = sfn.StateMachine(
        scope,
        construct_id,
        definition_body=sfn.DefinitionBody.from_chainable(steps),
        query_language=sfn.QueryLanguage.JSONATA,
        timeout=timeout,
        tracing_enabled=True,
        logs=sfn.LogOptions(destination=log, level=sfn.LogLevel.ALL),
    )
    # "Actions defined by CloudWatch Logs", "… by X-Ray" (service authorization reference).
    acknowledge(
        made.role.node.find_child("DefaultPolicy"),
        "AwsSolutions-IAM5[Resource::*]",
        "CKV_AWS_111",
        because="The actions of log delivery and tracing support no resource-level permissions",
    )
    return made
