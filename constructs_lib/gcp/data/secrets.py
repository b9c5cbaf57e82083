"""Secrets of the service in Secret Manager (GCP-10, DR-7)."""

from collections.abc import Sequence

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import secret_manager_secret as secrets
from cdktf_cdktf_provider_google.kms_crypto_key_iam_member import KmsCryptoKeyIamMember
from cdktf_cdktf_provider_google.secret_manager_secret_iam_member import SecretManagerSecretIamMember
from cdktf_cdktf_provider_google.secret_manager_secret_version import SecretManagerSecretVersion
from constructs import Construct

from constructs_lib import naming
from constructs_lib.ephemeral import random_password
from constructs_lib.gcp.base.keys import Key

_SERVICE_AGENT = "gcp-sa-secretmanager"
_DAY_SECONDS = 24 * 60 * 60
# A destroyed version can be restored for this time, as on AWS (DeleteSecret, Secrets Manager API reference).
_RECOVERY = f"{30 * _DAY_SECONDS}s"


class SecretReplication(Construct):
    """Replication of secrets to each region of an environment, encrypted with that region's key.

    Args:
        keys: one key per region.

    Attributes:
        replicas: replication of a secret.
        grants: grants that a secret must depend on.
    """

    def __init__(self, scope: Construct, construct_id: str, *, keys: Sequence[Key]) -> None:
        super().__init__(scope, construct_id)
        self.replicas = secrets.SecretManagerSecretReplication(
            user_managed=secrets.SecretManagerSecretReplicationUserManaged(
                replicas=[
                    secrets.SecretManagerSecretReplicationUserManagedReplicas(
                        location=key.location,
                        customer_managed_encryption=secrets.SecretManagerSecretReplicationUserManagedReplicasCustomerManagedEncryption(
                            kms_key_name=key.key.id
                        ),
                    )
                    for key in keys
                ]
            )
        )
        self.grants: list[KmsCryptoKeyIamMember] = [key.grant_service_agent(_SERVICE_AGENT) for key in keys]


class Secret(Construct):
    """Secret without readers; add one with ``secret.grant_read("Service", member)``.

    Args:
        name: name of the secret.
        replication: replication of its versions.

    Attributes:
        secret: readers take its ``id`` and the version ``latest``.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, replication: SecretReplication) -> None:
        super().__init__(scope, construct_id)
        self.secret = secrets.SecretManagerSecret(
            self,
            "secret",
            secret_id=name,
            replication=replication.replicas,
            version_destroy_ttl=_RECOVERY,
            deletion_protection=True,
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=replication.grants,
        )

    def grant_read(self, reader: str, member: str) -> SecretManagerSecretIamMember:
        """Grant a member the reading of all versions.

        Args:
            reader: name of the grant.
            member: identity in IAM's notation.
        """
        return SecretManagerSecretIamMember(
            self,
            reader,
            secret_id=self.secret.id,
            role="roles/secretmanager.secretAccessor",
            member=member,
        )


class GeneratedSecret(Secret):
    """Generated secret whose value is in no state file.

    Args:
        name: name of the secret.
        replication: replication of its versions.
        length: number of characters.
        generation: a higher one writes a new version.

    Attributes:
        value: the value, for other write-only arguments that need it; pass the generation as their version.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        replication: SecretReplication,
        length: int,
        generation: int = 1,
    ) -> None:
        super().__init__(scope, construct_id, name=name, replication=replication)
        self.value = random_password(self, name, length=length)
        # The previous version stays enabled for the instances that started with it.
        SecretManagerSecretVersion(
            self,
            "version",
            secret=self.secret.id,
            secret_data_wo=self.value,
            secret_data_wo_version=generation,
            deletion_policy="ABANDON",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )


class Secrets(Construct):
    """Secrets of the service. Grant reading with ``secrets.jwt.grant_read(…)``, one by one.

    Attributes:
        jwt: signing key of the service's tokens, shared by all its instances.
        admin_password_hash: argon2 hash of the administrator's password. It starts as random characters, which no
            password matches, until an operator adds a version.
        application: the application's own secrets by the name of their variable, random characters at first.

    Args:
        application: names of the application's secret variables.
        replication: replication of their versions.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, application: Sequence[str], replication: SecretReplication
    ) -> None:
        super().__init__(scope, construct_id)
        self.jwt = GeneratedSecret(self, "Jwt", name="jwt-secret", replication=replication, length=64)
        self.admin_password_hash = GeneratedSecret(
            self, "AdminPasswordHash", name="admin-password-hash", replication=replication, length=32
        )
        self.application = {
            variable: GeneratedSecret(
                self,
                variable,
                name=f"application-{naming.application_secret(variable)}",
                replication=replication,
                length=64,
            )
            for variable in application
        }
