"""Memorystore instance that all pods share (GCP-5, SEC-5, SEC-6)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google.project_iam_member import ProjectIamMember
from cdktf_cdktf_provider_google.secret_manager_secret_version import SecretManagerSecretVersion
from constructs import Construct

from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.memorystore import redis_server
from constructs_lib.gcp.data.secrets import Secret, SecretReplication
from constructs_lib.gcp.data.valkey import valkey_server
from constructs_lib.gcp.network.network import PrivateServiceAccess, RegionNetwork
from environments import BackupPolicy, CacheSettings, CacheSize


class Cache(Construct):
    """Replicated Redis or Valkey with automatic failover, TLS and authentication.

    A client needs both: ``connections.allow_to(…, ports=[cache.port])`` and ``cache.password``. Valkey has no
    passwords: its clients need ``cache.grant_connect(…)`` instead.

    Args:
        settings: engine, nodes and snapshots.
        size: memory of a node.
        backup: time of the snapshots.
        region: region of the cache.
        private_service_access: network path to Redis.
        project: id of the project.
        key: encryption key.
        replication: replication of the password.

    Attributes:
        endpoint: private address of the primary node; stays the same after a failover.
        port: port with TLS.
        certificate: certificate authorities of the server, as PEM.
        password: secret that holds the AUTH string; None with Valkey.
        instance: instance, for metrics.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: CacheSettings,
        size: CacheSize,
        backup: BackupPolicy,
        region: RegionNetwork,
        private_service_access: PrivateServiceAccess,
        project: str,
        key: Key,
        replication: SecretReplication,
    ) -> None:
        super().__init__(scope, construct_id)
        self._project = project
        if settings.engine == "redis":
            server = redis_server(
                self,
                settings=settings,
                size=size,
                backup=backup,
                region=region,
                key=key,
                after=[private_service_access.connection],
            )
        else:
            server = valkey_server(
                self, settings=settings, size=size, backup=backup, region=region, project=project, key=key
            )
        self.instance = server.instance
        self.endpoint = server.endpoint
        self.port = server.port
        self.certificate = server.certificate
        self.password = self._store(server.password, replication) if server.password else None

    def grant_connect(self, client: str, member: str) -> ProjectIamMember:
        """Grant an identity the login to Valkey with its own token.

        Args:
            client: name of the grant.
            member: identity in IAM's notation.
        """
        return ProjectIamMember(
            self, client, project=self._project, role="roles/memorystore.dbConnectionUser", member=member
        )

    def _store(self, password: str, replication: SecretReplication) -> Secret:
        secret = Secret(self, "Password", name="cache-password", replication=replication)
        SecretManagerSecretVersion(
            self,
            "version",
            secret=secret.secret.id,
            # Memorystore generates the AUTH string, so Terraform's state holds it in any case.
            secret_data=password,
            deletion_policy="ABANDON",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        return secret
