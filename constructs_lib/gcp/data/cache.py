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
    """A replicated Redis that fails over by itself and answers only those who were let in.

    Let a client in with ``connections.allow_to(…, ports=[cache.port])`` and give it ``cache.password``: neither is
    enough alone. Valkey knows no passwords: there, let it in with ``cache.grant_connect(…)``.

    Args:
        settings: engine, nodes and snapshots.
        size: memory of a node.
        backup: when snapshots are taken.
        region: where it is.
        private_service_access: leads to a Redis.
        project: the id of the project.
        key: encrypts it.
        replication: of the password.

    Attributes:
        endpoint: private address of the primary node. It survives a failover.
        port: with TLS.
        certificate: the authority that signed its certificate, as PEM.
        password: the secret that holds the AUTH string; none with Valkey.
        instance: for metrics.
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
        """Let an identity log in to Valkey with its own token.

        Args:
            client: what the grant is called.
            member: as IAM writes it.
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
            # Memorystore makes it, so Terraform knows it and its state holds it, whatever is done with it here.
            secret_data=password,
            deletion_policy="ABANDON",
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        return secret
