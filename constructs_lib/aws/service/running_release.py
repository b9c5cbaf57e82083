"""Record of the release that runs: an SSM parameter that each successful deployment writes (AWS-3, RBK-2)."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import custom_resources as cr
from constructs import Construct, IDependable

from constructs_lib.aws.base.creation_call import prepare_function


class RunningRelease(Construct):
    """Writes a release into a parameter after the resources that bring it up.

    CloudFormation comes to it only when these have succeeded, and writes the value before again when it rolls back. So
    it differs from the release that is recorded for deployment as long as that was not deployed, or was rolled back.

    Args:
        parameter_name: name of the SSM parameter, which exists.
        release: tag of the release.
        after: what must have succeeded.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, parameter_name: str, release: str, after: Sequence[IDependable]
    ) -> None:
        super().__init__(scope, construct_id)
        arn = Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=parameter_name.strip("/"))
        write = cr.AwsSdkCall(
            service="SSM",
            action="putParameter",
            parameters={"Name": parameter_name, "Type": "String", "Value": release, "Overwrite": True},
            physical_resource_id=cr.PhysicalResourceId.of(parameter_name),
        )
        call = cr.AwsCustomResource(
            self,
            "Parameter",
            on_create=write,
            on_update=write,
            policy=cr.AwsCustomResourcePolicy.from_statements(
                [iam.PolicyStatement(actions=["ssm:PutParameter"], resources=[arn])]
            ),
            install_latest_aws_sdk=False,
        )
        call.node.add_dependency(*after)
        prepare_function(
            call, log_removal=RemovalPolicy.DESTROY, because="It holds the answer to writing one parameter"
        )
