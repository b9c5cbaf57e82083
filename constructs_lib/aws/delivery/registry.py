"""ECR registry of release images, and the record of the image tag that runs (DR-5, SEC-9)."""

from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.creation_call import creation_call
from constructs_lib.container import NO_RELEASE
from environments import ImagePolicy

COMPONENT = "funkygibbon"


class Registry(Construct):
    """ECR repository of the releases' images, replicated to both regions, with immutable tags.

    Attributes:
        repository: repository of FunkyGibbon's images.

    Args:
        copy_to_region: region that images are replicated to.
        pulled_from_accounts: numbers of the accounts that may pull images.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ImagePolicy,
        copy_to_region: str,
        pulled_from_accounts: Sequence[str],
    ) -> None:
        super().__init__(scope, construct_id)
        self.repository = ecr.Repository(
            self,
            "FunkyGibbon",
            repository_name=naming.repository(COMPONENT),
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            encryption=ecr.RepositoryEncryption.KMS,
            lifecycle_rules=[
                ecr.LifecycleRule(max_image_count=policy.keep_releases, description="Expires older releases")
            ],
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        for account in sorted(set(pulled_from_accounts) - {Stack.of(self).account}):
            self.repository.grant_pull(iam.AccountPrincipal(account))
        ecr.CfnReplicationConfiguration(
            self,
            "Copies",
            replication_configuration=ecr.CfnReplicationConfiguration.ReplicationConfigurationProperty(
                rules=[
                    ecr.CfnReplicationConfiguration.ReplicationRuleProperty(
                        destinations=[
                            ecr.CfnReplicationConfiguration.ReplicationDestinationProperty(
                                region=copy_to_region, registry_id=Stack.of(self).account
                            )
                        ],
                        repository_filters=[
                            ecr.CfnReplicationConfiguration.RepositoryFilterProperty(
                                filter=f"{naming.PROJECT}/", filter_type="PREFIX_MATCH"
                            )
                        ],
                    )
                ]
            ),
        )


def shared_repository(scope: Construct, construct_id: str, *, account: str, region: str) -> ecr.IRepository:
    """Return the registry's repository for use in an environment's stack, also from another account.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        account: number of the registry's account.
        region: region of the registry that the environment pulls from.
    """
    return ecr.Repository.from_repository_attributes(
        scope,
        construct_id,
        repository_name=naming.repository(COMPONENT),
        repository_arn=f"arn:aws:ecr:{region}:{account}:repository/{naming.repository(COMPONENT)}",
    )


class ReleaseRecord(Construct):
    """SSM parameter that records the release of an environment.

    The deployment creates it once with the value "no release"; afterwards only releases write it. An ordinary resource
    would be reset by any later change of its tags or description, and the service with it.

    Attributes:
        parameter_name: name of the parameter.
    """

    def __init__(self, scope: Construct, construct_id: str, *, parameter_name: str) -> None:
        super().__init__(scope, construct_id)
        self.parameter_name = parameter_name
        arn = Stack.of(self).format_arn(service="ssm", resource="parameter", resource_name=parameter_name.strip("/"))
        creation_call(
            self,
            "Parameter",
            service="SSM",
            action="putParameter",
            parameters={
                "Name": parameter_name,
                "Type": "String",
                "Value": NO_RELEASE,
                "Description": "Release that the environment runs",
            },
            identity=parameter_name,
            exists_already="ParameterAlreadyExists",
            permissions=[iam.PolicyStatement(actions=["ssm:PutParameter"], resources=[arn])],
        )
