"""Secrets of the service, and origin secrets of CDN and load balancer (AWS-10, DR-7, SEC-2, SEC-8)."""

from collections.abc import Sequence

from aws_cdk import ArnFormat, Fn, RemovalPolicy, Stack
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib import naming
from constructs_lib.aws.base.cfn import present
from constructs_lib.aws.base.suppressions import acknowledge


class Secrets(Construct):
    """The service's own secrets. Grant reading with ``secrets.jwt.grant_read(role)``, one by one.

    Attributes:
        jwt: signing key of the service's tokens, shared by all its instances.
        admin_password_hash: argon2 hash of the administrator's password. It starts as random characters, which no
            password matches, until an operator sets it with ``python -m admin.admin_password``.
        application: the application's own secrets by the name of their variable, random characters at first.

    Args:
        prefix: prefix of the secrets' names.
        application: names of the application's secret variables.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
        application: Sequence[str],
        key: kms.IKey,
        replica_regions: list[secretsmanager.ReplicaRegion],
    ) -> None:
        super().__init__(scope, construct_id)
        self.jwt = secretsmanager.Secret(
            self,
            "Jwt",
            secret_name=f"{prefix}/jwt-secret",
            description="Key that signs the service's tokens",
            encryption_key=key,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            replica_regions=replica_regions,
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=64),
        )
        self.admin_password_hash = secretsmanager.Secret(
            self,
            "AdminPasswordHash",
            secret_name=f"{prefix}/admin-password-hash",
            description="argon2 hash of the administrator's password, set by an operator",
            encryption_key=key,
            removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
            replica_regions=replica_regions,
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True),
        )
        acknowledge(
            self.jwt, "AwsSolutions-SMG4", because="A rotation signs all users out, so it is no schedule's decision"
        )
        acknowledge(
            self.admin_password_hash, "AwsSolutions-SMG4", because="It is the hash of a password that a person chooses"
        )
        self.application = {
            variable: secretsmanager.Secret(
                self,
                variable,
                secret_name=f"{prefix}/application/{naming.application_secret(variable)}",
                description=f"{variable} of the application, set by an operator",
                encryption_key=key,
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
                replica_regions=replica_regions,
                generate_secret_string=secretsmanager.SecretStringGenerator(
                    exclude_punctuation=True, password_length=64
                ),
            )
            for variable in application
        }
        for secret in self.application.values():
            acknowledge(secret, "AwsSolutions-SMG4", because="An operator gives the application its secrets")


def secret_in(scope: Construct, secret: secretsmanager.ISecret) -> secretsmanager.ISecret:
    """Return a secret as the scope's stack may resolve it: of another region its replica in the stack's own.

    "Get a secret or secret value from Secrets Manager" (CloudFormation user guide) says nothing of other regions. A
    replica has the name and the last characters of the primary ("Replicate secrets", Secrets Manager user guide).
    """
    stack = Stack.of(scope)
    if Stack.of(secret).region == stack.region:
        return secret
    name = Fn.select(6, Fn.split(":", secret.secret_arn))
    arn = stack.format_arn(
        service="secretsmanager", resource="secret", resource_name=name, arn_format=ArnFormat.COLON_RESOURCE_NAME
    )
    return secretsmanager.Secret.from_secret_complete_arn(scope, f"{secret.node.id}Replica", arn)


class OriginSecrets(Construct):
    """Values of the header with which the CDN proves itself to the load balancer: the one that it sends, and the next.

    The load balancer accepts both at all times. A rotation makes the next one the sent one (``operations/
    origin_rotation.py``), so both secrets and every reference to them stay; only their values change.

    Attributes:
        sent: value that the CDN sends.
        next: value that it sends after the next rotation.
        replica_keys: keys of their replicas in other regions.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        key: kms.IKey,
        replica_regions: list[secretsmanager.ReplicaRegion],
    ) -> None:
        super().__init__(scope, construct_id)
        self.replica_keys = [present(replica.encryption_key) for replica in replica_regions]
        self.sent = self._secret("Sent", "Origin header that the CDN sends", key, replica_regions)
        self.next = self._secret("Next", "Origin header that the CDN sends next", key, replica_regions)
        acknowledge(self.sent, "AwsSolutions-SMG4", because="Its rotation stands in a stack that knows the CDN")
        acknowledge(self.next, "AwsSolutions-SMG4", because="The rotation of the other secret renews it")

    def _secret(
        self, construct_id: str, description: str, key: kms.IKey, replica_regions: list[secretsmanager.ReplicaRegion]
    ) -> secretsmanager.Secret:
        return secretsmanager.Secret(
            self,
            construct_id,
            description=description,
            encryption_key=key,
            replica_regions=replica_regions,
            # Letters and digits only: each value is also a regular expression that matches itself.
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=48),
        )
