"""ECR registry of release images, and the record of the image tag that runs (DR-5, SEC-9)."""

import json
from collections.abc import Sequence

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.cfn import cfn
from constructs_lib.aws.base.creation_call import creation_call
from constructs_lib.container import NO_RELEASE
from environments import ImagePolicy

COMPONENT = "funkygibbon"


class Registry(Construct):
    """ECR repository of the releases' images with immutable tags, and scans of its images.

    A tagged image is never deleted, because an environment may run it. One that nothing has pulled for long is
    archived, and can be restored. A rotation restarts the tasks each month, so that an image in use is pulled.

    Attributes:
        repository: repository of FunkyGibbon's images.

    Args:
        policy: age at which images are archived; a copy is never pulled, and none of it is archived.
        pulled_from_accounts: numbers of the accounts that may pull images.
        copy: whether images arrive by replication only.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: ImagePolicy,
        pulled_from_accounts: Sequence[str],
        copy: bool = False,
    ) -> None:
        super().__init__(scope, construct_id)
        self.repository = ecr.Repository(
            self,
            "FunkyGibbon",
            repository_name=naming.repository(COMPONENT),
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            image_scan_on_push=True,
            encryption=ecr.RepositoryEncryption.KMS,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        lifecycle = _lifecycle(policy, archives=not copy)
        # The construct has no rules by the last pull.
        cfn(self.repository, ecr.CfnRepository).lifecycle_policy = ecr.CfnRepository.LifecyclePolicyProperty(
            lifecycle_policy_text=lifecycle
        )
        for account in sorted(set(pulled_from_accounts) - {Stack.of(self).account}):
            self.repository.grant_pull(iam.AccountPrincipal(account))
        # Scanning is set for each region of a registry.
        ecr.CfnRegistryScanningConfiguration(
            self,
            "Scans",
            scan_type="ENHANCED",
            rules=[
                ecr.CfnRegistryScanningConfiguration.ScanningRuleProperty(
                    scan_frequency="CONTINUOUS_SCAN",
                    repository_filters=[
                        ecr.CfnRegistryScanningConfiguration.RepositoryFilterProperty(
                            filter=f"{naming.PROJECT}/*", filter_type="WILDCARD"
                        )
                    ],
                )
            ],
        )
        if copy:
            # A repository that no template declares would be made by the replication, mutable and never cleaned
            # ("Private image replication", ECR user guide).
            ecr.CfnRepositoryCreationTemplate(
                self,
                "Undeclared",
                applied_for=["REPLICATION"],
                prefix=f"{naming.PROJECT}/",
                description="Repositories of further components",
                image_tag_mutability="IMMUTABLE",
                lifecycle_policy=lifecycle,
            )


class Replication(Construct):
    """Replication of the registry's images to another region, where their repository must exist before.

    Args:
        to_region: region that images are replicated to.
    """

    def __init__(self, scope: Construct, construct_id: str, *, to_region: str) -> None:
        super().__init__(scope, construct_id)
        ecr.CfnReplicationConfiguration(
            self,
            "Copies",
            replication_configuration=ecr.CfnReplicationConfiguration.ReplicationConfigurationProperty(
                rules=[
                    ecr.CfnReplicationConfiguration.ReplicationRuleProperty(
                        destinations=[
                            ecr.CfnReplicationConfiguration.ReplicationDestinationProperty(
                                region=to_region, registry_id=Stack.of(self).account
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


def _lifecycle(policy: ImagePolicy, *, archives: bool) -> str:
    # "Lifecycle policy properties in Amazon ECR", user guide: by the last pull an image can be archived, not deleted.
    unpulled = {
        "rulePriority": 2,
        "description": "Archives images that nothing pulls",
        "selection": {
            "tagStatus": "tagged",
            "tagPatternList": ["*"],
            "countType": "sinceImagePulled",
            "countUnit": "days",
            "countNumber": policy.archive_after_days,
        },
        "action": {"type": "transition", "targetStorageClass": "archive"},
    }
    untagged = {
        "rulePriority": 1,
        "description": "Deletes images without a tag, which nothing can run",
        "selection": {
            "tagStatus": "untagged",
            "countType": "sinceImagePushed",
            "countUnit": "days",
            "countNumber": policy.untagged_keep_days,
        },
        "action": {"type": "expire"},
    }
    return json.dumps({"rules": [untagged, *([unpulled] if archives else [])]})


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
    """SSM parameter that records the release of an environment, or something about it.

    The deployment creates it once with the value "no release"; afterwards only releases write it. An ordinary resource
    would be reset by any later change of its tags or description, and the service with it.

    Attributes:
        parameter_name: name of the parameter.

    Args:
        description: what it records.
    """

    def __init__(self, scope: Construct, construct_id: str, *, parameter_name: str, description: str) -> None:
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
                "Description": description,
            },
            identity=parameter_name,
            exists_already="ParameterAlreadyExists",
            permissions=[iam.PolicyStatement(actions=["ssm:PutParameter"], resources=[arn])],
        )
