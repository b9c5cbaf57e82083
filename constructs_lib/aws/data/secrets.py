"""Secrets of the service, and origin secrets of CDN and load balancer (AWS-10, DR-7)."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.aws.base.suppressions import acknowledge


class Secrets(Construct):
    """The service's own secrets. Grant reading with ``secrets.jwt.grant_read(role)``, one by one.

    Attributes:
        jwt: signing key of the service's tokens, shared by all its instances.
        admin_password_hash: argon2 hash of the administrator's password. It starts as random characters, which no
            password matches, until an operator sets it with ``python -m admin.admin_password``.

    Args:
        prefix: prefix of the secrets' names.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        prefix: str,
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


class OriginSecrets(Construct):
    """Secrets in the header that the CDN sends to the load balancer, of two generations.

    The load balancer accepts both while the CDN changes over. They belong to neither of the two: if one of them
    replaced a secret, the other would keep the old value.

    Attributes:
        present: secret that the CDN sends.
        accepted: secrets that the load balancer accepts.

    Args:
        generation: number of the secret that the CDN sends; the load balancer also accepts the previous one.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        generation: int,
        key: kms.IKey,
        replica_regions: list[secretsmanager.ReplicaRegion],
    ) -> None:
        super().__init__(scope, construct_id)
        self.accepted = [self._secret(number, key, replica_regions) for number in (generation, generation - 1)]
        self.present = self.accepted[0]

    def _secret(
        self, generation: int, key: kms.IKey, replica_regions: list[secretsmanager.ReplicaRegion]
    ) -> secretsmanager.Secret:
        secret = secretsmanager.Secret(
            self,
            f"Generation{generation}",
            description="Origin secret: a header that the CDN sends and the load balancer requires",
            encryption_key=key,
            replica_regions=replica_regions,
            generate_secret_string=secretsmanager.SecretStringGenerator(exclude_punctuation=True, password_length=48),
        )
        acknowledge(
            secret, "AwsSolutions-SMG4", because="It changes by its generation, a number in the environment's data"
        )
        return secret
