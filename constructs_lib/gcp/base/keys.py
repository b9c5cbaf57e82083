"""Key ring and keys of Cloud KMS that encrypt everything at rest, one per environment and location (SEC-5, SEC-8)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject
from cdktf_cdktf_provider_google.kms_crypto_key import KmsCryptoKey
from cdktf_cdktf_provider_google.kms_crypto_key_iam_member import KmsCryptoKeyIamMember
from cdktf_cdktf_provider_google.kms_key_ring import KmsKeyRing
from constructs import Construct

from constructs_lib.naming import PROJECT
from environments import SecurityPolicy

_DAY_SECONDS = 24 * 60 * 60


class Key(Construct):
    """KMS key of an environment in one location, for the data stored in that location.

    Grant its use to a Google Cloud service with ``key.grant_service_agent("gcp-sa-cloud-sql")``; at first there are no
    grants.

    Args:
        policy: rotation period.
        location: region or multi-region.
        project: project of the key.

    Attributes:
        key: crypto key; resources take its ``id``.
        location: location of the key.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, policy: SecurityPolicy, location: str, project: DataGoogleProject
    ) -> None:
        super().__init__(scope, construct_id)
        self.location = location
        self._project = project
        # Neither a ring nor a key can ever be deleted or its name used again ("Key rings", Cloud KMS documentation).
        kept = TerraformResourceLifecycle(prevent_destroy=True)
        self._ring = KmsKeyRing(self, "ring", name=PROJECT, location=location, lifecycle=kept)
        self.key = KmsCryptoKey(
            self,
            "key",
            name=PROJECT,
            key_ring=self._ring.id,
            purpose="ENCRYPT_DECRYPT",
            rotation_period=f"{policy.key_rotation_days * _DAY_SECONDS}s",
            lifecycle=kept,
        )

    def grant_service_agent(self, agent: str) -> KmsCryptoKeyIamMember:
        """Grant the use of the key to a service agent; resources that the service encrypts must depend on the result.

        Args:
            agent: part of the agent's address before ``.iam.gserviceaccount.com``, such as ``gcp-sa-cloud-sql``
                ("Service agents", IAM documentation).
        """
        return self.grant_use(agent, f"serviceAccount:service-{self._project.number}@{agent}.iam.gserviceaccount.com")

    def grant_use(self, name: str, member: str) -> KmsCryptoKeyIamMember:
        """Grant the use of the key to an identity, for a service agent with another form of address.

        Args:
            name: name of the grant, after the service.
            member: identity in IAM's notation.
        """
        granted = self.node.try_find_child(name)
        if isinstance(granted, KmsCryptoKeyIamMember):
            return granted
        return KmsCryptoKeyIamMember(
            self,
            name,
            crypto_key_id=self.key.id,
            role="roles/cloudkms.cryptoKeyEncrypterDecrypter",
            member=member,
        )

    def import_existing(self, project: str) -> None:
        """Import the existing key ring and key of this name instead of creating them.

        Args:
            project: id of their project.
        """
        ring = f"projects/{project}/locations/{self.location}/keyRings/{PROJECT}"
        self._ring.import_from(ring)
        self.key.import_from(f"{ring}/cryptoKeys/{PROJECT}")
