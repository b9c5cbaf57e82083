"""CodeBuild project that builds a release's image, so that a patch needs no engine and no checkout (IMP-8)."""

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import Duration, Fn
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3_assets as assets
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.logs import log_group
from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.suppressions import acknowledge

_ROOT = Path(__file__).parents[3]
# What the build adds to the application's checkout (images/funkygibbon/README.md).
_PLATFORM = ("images/funkygibbon/Dockerfile", "images/funkygibbon/entrypoint.py", "operations/migrate.py")
_SOURCE = "platform"
# By the architecture of the image, so that nothing is emulated ("Docker images provided by CodeBuild", user guide).
_ENVIRONMENTS = {
    "arm64": ("ARM_CONTAINER", "aws/codebuild/amazonlinux-aarch64-standard:3.0"),
    "x86_64": ("LINUX_CONTAINER", "aws/codebuild/amazonlinux-x86_64-standard:5.0"),
}
_TIMEOUT = Duration.minutes(30)
# The commit of a tag is short, and CodeBuild documents sourceVersion for full ids only (StartBuild, API reference); git
# resolves both in the clone.
# --pull and --no-cache: building the same commit again must take the new base image and packages.
_COMMANDS = (
    'git checkout --quiet --detach "$COMMIT"',
    "mkdir .platform",
    f'cp "$CODEBUILD_SRC_DIR_{_SOURCE}"/* .platform/',
    'aws ecr get-login-password | docker login --username AWS --password-stdin "${REPOSITORY%%/*}"',
    'docker build --pull --no-cache --file .platform/Dockerfile --tag "$REPOSITORY:$TAG" .',
    'docker push "$REPOSITORY:$TAG"',
)


class ImageBuild(Construct):
    """CodeBuild project. Start it with a commit (``COMMIT``, also shortened) and an image tag (``TAG``).

    It reads a public repository, which needs no credentials.

    Args:
        source: owner and name of the application's repository on GitHub.
        architecture: of the image and of the build's environment: ``arm64`` or ``x86_64``.
        log_days: retention of the build's log.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        source: str,
        architecture: str,
        repository: ecr.Repository,
        log_days: int,
    ) -> None:
        super().__init__(scope, construct_id)
        with TemporaryDirectory() as folder:
            for name in _PLATFORM:
                shutil.copy(_ROOT / name, folder)
            platform = assets.Asset(self, "Platform", path=folder)
        log = log_group(self, "Log", days=log_days)
        acknowledge(log, "CKV_AWS_158", because="It holds what a public repository prints while it is built")
        # "Cross-service confused deputy prevention", CodeBuild user guide.
        role = iam.Role(self, "Role", assumed_by=service_for_account(self, "codebuild"))
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["s3:GetObject", "s3:GetObjectVersion"],
                resources=[platform.bucket.arn_for_objects(platform.s3_object_key)],
            )
        )
        log.grant_write(role)
        repository.grant_push(role)
        # A push asks for the manifest first (docker's containerd image store).
        repository.grant(role, "ecr:BatchGetImage")
        acknowledge(
            role,
            "AwsSolutions-IAM5[Resource::*]",
            because="ecr:GetAuthorizationToken supports no resource-level permissions",
        )
        environment_type, image = _ENVIRONMENTS[architecture]
        self.project = codebuild.CfnProject(
            self,
            "Project",
            name=naming.IMAGE_BUILD,
            service_role=role.role_arn,
            timeout_in_minutes=_TIMEOUT.to_minutes(),
            source=codebuild.CfnProject.SourceProperty(
                type="GITHUB",
                location=f"https://github.com/{source}.git",
                # The whole history, so that any commit can be built.
                git_clone_depth=0,
                build_spec=json.dumps({"version": "0.2", "phases": {"build": {"commands": _COMMANDS}}}),
            ),
            secondary_sources=[
                codebuild.CfnProject.SourceProperty(
                    type="S3",
                    source_identifier=_SOURCE,
                    location=Fn.join("/", [platform.s3_bucket_name, platform.s3_object_key]),
                )
            ],
            artifacts=codebuild.CfnProject.ArtifactsProperty(type="NO_ARTIFACTS"),
            environment=codebuild.CfnProject.EnvironmentProperty(
                type=environment_type,
                image=image,
                compute_type="BUILD_GENERAL1_SMALL",
                privileged_mode=True,
                environment_variables=[
                    codebuild.CfnProject.EnvironmentVariableProperty(name="REPOSITORY", value=repository.repository_uri)
                ],
            ),
            logs_config=codebuild.CfnProject.LogsConfigProperty(
                cloud_watch_logs=codebuild.CfnProject.CloudWatchLogsConfigProperty(
                    status="ENABLED", group_name=log.log_group_name
                )
            ),
        )
        acknowledge(
            self.project, "AwsSolutions-CB3", "CKV_AWS_316", because="docker build needs it, and nothing else runs here"
        )
        acknowledge(self.project, "AwsSolutions-CB4", "CKV_AWS_147", because="It writes no artifacts")
