"""Calls of AWS APIs while a stack is deployed, for what CloudFormation has no resource that suits."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import custom_resources as cr
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn
from constructs_lib.aws.base.suppressions import acknowledge, acknowledge_deployment_function


def creation_call(
    scope: Construct,
    construct_id: str,
    *,
    service: str,
    action: str,
    parameters: Mapping[str, str],
    identity: str,
    exists_already: str,
    permissions: Sequence[iam.PolicyStatement],
) -> None:
    """Add a call that is made once, when the stack is created; an update or a deletion makes none.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        service: name of the API in the SDK for JavaScript.
        action: action of the API.
        parameters: parameters of the action.
        identity: physical id; another one is another call.
        exists_already: regular expression of the error codes that say so; they are no failure.
        permissions: statements that permit the call.
    """
    call = cr.AwsCustomResource(
        scope,
        construct_id,
        on_create=cr.AwsSdkCall(
            service=service,
            action=action,
            parameters=dict(parameters),
            ignore_error_codes_matching=exists_already,
            physical_resource_id=cr.PhysicalResourceId.of(identity),
        ),
        policy=cr.AwsCustomResourcePolicy.from_statements(list(permissions)),
        install_latest_aws_sdk=False,
    )
    prepare_function(
        call,
        log_removal=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        because="It holds the answers to calls that carry nothing confidential",
    )


def prepare_function(call: cr.AwsCustomResource, *, log_removal: RemovalPolicy, because: str) -> None:
    """Let a call wait for the log group of the CDK's function that makes it, and suppress the rules that it breaks.

    Lambda makes the group itself at the first call, and CloudFormation then finds the name taken (aws/aws-cdk#667).

    Args:
        call: the call; all calls of a stack have one function.
        log_removal: whether the log group stays when the stack is deleted.
        because: reason for a log group without a key.
    """
    provider = Stack.of(call).node.find_child(f"AWS{cr.AwsCustomResource.PROVIDER_FUNCTION_UUID.replace('-', '')}")
    log = cfn(provider.node.find_child("LogGroup"), CfnResource)
    call.node.add_dependency(log)
    if not log.get_metadata("checkov"):
        log.apply_removal_policy(log_removal)
        acknowledge(log, "CKV_AWS_158", because=because)
        acknowledge_deployment_function(provider.node.find_child("Resource"))
        acknowledge(
            provider,
            "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
            because="The CDK's own function writes its log and nothing else by it",
        )
