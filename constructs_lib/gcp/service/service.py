"""Service ``funkygibbon`` on GKE with its service account by workload identity (GCP-3, ARC-1, ARC-2)."""

import json
from collections.abc import Mapping, Sequence

from cdktf import Fn, ITerraformDependable, Op, TerraformLocal, TerraformVariable, Token
from constructs import Construct

from constructs_lib.container import NO_RELEASE, PORT, environment_variables
from constructs_lib.gcp.data import database as postgresql
from constructs_lib.gcp.data.cache import Cache
from constructs_lib.gcp.data.database import Database
from constructs_lib.gcp.data.secrets import Secret, Secrets
from constructs_lib.gcp.edge.edge import Edge
from constructs_lib.gcp.network.network import LOAD_BALANCERS
from constructs_lib.gcp.service.cluster import NODE_SELECTOR, SPOT_SECONDS, SPOT_SELECTOR, Cluster
from constructs_lib.gcp.service.endpoints import endpoint_annotations
from constructs_lib.kubernetes.container import CERTIFICATES, SECRETS
from constructs_lib.kubernetes.network_policy import Destination, NetworkPolicies
from constructs_lib.kubernetes.objects import Objects
from constructs_lib.kubernetes.task import LABELS, SecretFiles, Task
from constructs_lib.kubernetes.workload import Workload
from environments import ServiceSettings, ServiceSize, TimeoutPolicy

_DRIVER = "secrets-store-gke.csi.k8s.io"
_SECRETS = "secrets"
# Time to end on a spot node; the service itself needs two seconds.
_SPOT_STOP_SECONDS = 5
# Files of the certificate authorities of Cloud SQL and Memorystore.
_DATABASE_AUTHORITY = "database.pem"
_CACHE_AUTHORITY = "cache.pem"
# The metadata server, which gives a pod the tokens of its identity ("Authenticate to Google Cloud APIs from GKE
# workloads", GKE documentation).
_IDENTITY = Destination(address="169.254.169.254", port=80)


class Service(Construct):
    """Deployment ``funkygibbon`` in the namespace ``goodies``.

    Without a release it runs no pod, so that the first deploy needs no image. Afterwards releases own the image and the
    autoscaler the number of pods; Terraform changes neither.

    Args:
        namespace: namespace of the Deployment.
        controllers: releases of the controllers that act on its objects: installed before them, and removed after them.
        settings: stop time, and capacity type.
        size: CPU and memory of a pod.
        min_instances: number of pods of the first release.
        timeouts: of connections and the pods' end.
        release: variable with the tag of the first image.
        image: image of the service, without a tag.
        database: database of the service.
        database_name: name of the database in the instance.
        cache: cache of the service.
        secrets: secrets of the service.

    Attributes:
        namespace: namespace of the Deployment.
        name: name of the Deployment.
        unreleased: ``true`` without a release, as a Terraform token.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        namespace: str,
        controllers: Sequence[ITerraformDependable],
        settings: ServiceSettings,
        size: ServiceSize,
        min_instances: int,
        timeouts: TimeoutPolicy,
        cluster: Cluster,
        edge: Edge,
        release: TerraformVariable,
        image: str,
        database: Database,
        database_name: str,
        cache: Cache,
        secrets: Secrets,
    ) -> None:
        super().__init__(scope, construct_id)
        self.namespace = namespace
        spot = settings.capacity == "spot"
        stop_seconds = min(settings.stop_seconds, _SPOT_STOP_SECONDS) if spot else settings.stop_seconds
        if spot:
            timeouts = timeouts.model_copy(
                update={"drain_seconds": SPOT_SECONDS - stop_seconds, "graceful_stop_seconds": stop_seconds - 1}
            )
        destinations = {
            "database": Destination(address=database.endpoint, port=postgresql.PORT),
            "cache": Destination(address=cache.endpoint, port=cache.port),
        }
        if not cache.password:
            destinations["identity"] = _IDENTITY
        NetworkPolicies(
            self,
            "Network",
            namespace=self.namespace,
            labels=LABELS,
            port=PORT,
            callers=LOAD_BALANCERS,
            destinations=destinations,
        )
        task = Task(
            self,
            "Task",
            namespace=self.namespace,
            image=f"{image}:{release.string_value}",
            size=size,
            stop_seconds=stop_seconds,
            timeouts=timeouts,
            environment=_environment(database, database_name, cache, edge, timeouts) | settings.variables,
            secrets=SecretFiles(driver=_DRIVER, provider_class=_SECRETS),
            certificates={_DATABASE_AUTHORITY: database.certificate, _CACHE_AUTHORITY: cache.certificate},
            node_selector=NODE_SELECTOR | (SPOT_SELECTOR if spot else {}),
        )
        pods = cluster.principal(self.namespace, task.account)
        mounted: dict[str, Secret] = {
            "PGPASSWORD": database.secret,
            "JWT_SECRET": secrets.jwt,
            "ADMIN_PASSWORD_HASH": secrets.admin_password_hash,
            **secrets.application,
        }
        if cache.password:
            mounted["REDIS_PASSWORD"] = cache.password
        else:
            cache.grant_connect("Service", pods)
        mounted_secrets = self._mount(mounted, pods, after=[cluster.cluster, *controllers])
        instances = Fn.conditional(Op.eq(release.string_value, NO_RELEASE), "0", str(min_instances))
        workload = Workload(
            self,
            "Workload",
            namespace=self.namespace,
            task=task,
            instances=Token.as_string(instances),
            annotations=endpoint_annotations(PORT, edge.api.name),
            after=[mounted_secrets.release, *controllers],
        )
        self.name = workload.deployment.metadata.name
        running = workload.deployment.spec.template.spec.container.get(0).image
        self.unreleased = TerraformLocal(self, "unreleased", Fn.endswith(running, f":{NO_RELEASE}")).as_string

    def _mount(self, secrets: Mapping[str, Secret], pods: str, *, after: Sequence[ITerraformDependable]) -> Objects:
        """Mount the secrets as files, each named after its variable.

        The cluster's add-on brings the kind some time after the cluster is there; controllers take longer to start.
        """
        grants = [secret.grant_read("Service", pods) for secret in secrets.values()]
        files = [
            {"resourceName": f"{secret.secret.id}/versions/latest", "path": variable}
            for variable, secret in secrets.items()
        ]
        return Objects(
            self,
            "Secrets",
            name=_SECRETS,
            namespace=self.namespace,
            objects=[
                {
                    "apiVersion": "secrets-store.csi.x-k8s.io/v1",
                    "kind": "SecretProviderClass",
                    "metadata": {"name": _SECRETS, "namespace": self.namespace},
                    # The parameter is YAML, and JSON is valid YAML.
                    "spec": {"provider": "gke", "parameters": {"secrets": json.dumps(files)}},
                }
            ],
            after=[*after, *grants],
        )


def _environment(
    database: Database, database_name: str, cache: Cache, edge: Edge, timeouts: TimeoutPolicy
) -> dict[str, str]:
    return environment_variables(
        database_host=database.endpoint,
        database_port=postgresql.PORT,
        database_name=database_name,
        # Each database has an authority of its own. The certificate names no address, and the service connects by
        # address.
        database_certificates=f"{CERTIFICATES}/{_DATABASE_AUTHORITY}",
        certificate_check="verify-ca",
        cache_host=cache.endpoint,
        cache_port=cache.port,
        timeouts=timeouts,
    ) | {
        # The load balancer appends its own address to the client's in X-Forwarded-For.
        "FORWARDED_ALLOW_IPS": ",".join([*LOAD_BALANCERS, *(address.address for address in edge.addresses)]),
        "PGUSER": postgresql.USER,
        "REDIS_LOGIN": "password" if cache.password else "identity",
        "REDIS_SSLROOTCERT": f"{CERTIFICATES}/{_CACHE_AUTHORITY}",
        "SECRETS_FOLDER": SECRETS,
    }
