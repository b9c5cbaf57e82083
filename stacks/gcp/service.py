"""Service of an environment: cluster, Deployment, autoscaling, automatic rollback."""

from dataclasses import dataclass

from cdktf import TerraformVariable

from constructs_lib import naming
from constructs_lib.container import CONTAINER, NO_RELEASE, PORT
from constructs_lib.gcp.data import database as postgresql
from constructs_lib.gcp.delivery.registry import PullAccess
from constructs_lib.gcp.edge.edge import Edge
from constructs_lib.gcp.monitoring.rollback_alarms import RollbackAlarms
from constructs_lib.gcp.service.cluster import NODE_SELECTOR, Cluster
from constructs_lib.gcp.service.endpoints import Endpoints
from constructs_lib.gcp.service.pods import Pods
from constructs_lib.gcp.service.rollback import Rollback
from constructs_lib.gcp.service.scaling import Scaling
from constructs_lib.gcp.service.service import Service
from constructs_lib.gcp.service.traffic import Traffic
from constructs_lib.kubernetes.keda import Keda
from constructs_lib.kubernetes.namespace import Namespace
from environments import Environment, SharedGcpAccount
from stacks.gcp.base import GoodiesTerraformStack, continent
from stacks.gcp.data import DataPart
from stacks.gcp.foundation import FoundationPart
from stacks.gcp.network import NetworkPart


@dataclass(frozen=True, kw_only=True)
class ServicePart:
    """Metrics of the running service.

    Attributes:
        traffic: metrics of the requests.
        pods: metrics of the pods.
        rollback: automatic rollback.
    """

    traffic: Traffic
    pods: Pods
    rollback: Rollback


def add_service(
    stack: GoodiesTerraformStack,
    *,
    environment: Environment,
    shared: SharedGcpAccount,
    foundation: FoundationPart,
    network: NetworkPart,
    data: DataPart,
    edge: Edge,
) -> ServicePart:
    """Add the cluster and the service in it, which starts with the release that the variable names."""
    policy = environment.policy
    images = naming.gcp_registry(shared.project, continent(policy.regions.gcp))
    cluster = Cluster(
        stack,
        "Cluster",
        name=naming.cluster(environment.name),
        region=network.region,
        connections=network.connections,
        service_port=PORT,
        data_ports=[postgresql.PORT, data.cache.port],
        registry=images,
        deletion_protection=environment.service.deletion_protection,
        key=foundation.key,
        project=stack.project,
    )
    PullAccess(
        stack,
        "Images",
        project=shared.project,
        location=continent(policy.regions.gcp),
        member=cluster.nodes.member,
    )
    namespace = Namespace(stack, "Namespace", name=naming.PROJECT).name
    third_parties = f"{images}/{naming.GHCR}"
    charts = f"{images}/{naming.CHARTS}"
    endpoints = Endpoints(
        stack,
        "Endpoints",
        cluster=cluster,
        registry=third_parties,
        charts=charts,
        namespace=namespace,
        project=stack.project.project_id,
    )
    autoscaler = Keda(
        stack, "Keda", registry=third_parties, charts=charts, scaled_namespace=namespace, node_selector=NODE_SELECTOR
    )
    service = Service(
        stack,
        "Service",
        namespace=namespace,
        controllers=[endpoints.release, autoscaler.release],
        settings=environment.service,
        size=environment.service_size,
        min_instances=policy.scaling.min_instances,
        timeouts=policy.timeouts,
        cluster=cluster,
        edge=edge,
        release=_release(stack),
        image=f"{images}/{naming.repository('funkygibbon')}",
        database=data.database,
        database_name=environment.database.name,
        cache=data.cache,
        secrets=data.secrets,
    )
    traffic = Traffic(project=stack.project.project_id, backend=edge.api.name)
    pods = Pods(cluster=naming.cluster(environment.name), namespace=naming.PROJECT, name=CONTAINER)
    Scaling(
        stack,
        "Scaling",
        policy=policy.scaling,
        autoscaler=autoscaler,
        cluster=cluster,
        service=service,
        traffic=traffic,
        pods=pods,
        project=stack.project.project_id,
    )
    rollback = Rollback(
        stack,
        "Undo",
        settings=environment.service,
        cluster=cluster,
        service=service,
        region=network.region.name,
        project=stack.project,
        key=foundation.key,
    )
    RollbackAlarms(
        stack,
        "Rollback",
        name=naming.stack(environment.name),
        policy=policy.alarms,
        traffic=traffic,
        pods=pods,
        rollback=rollback.channel,
    )
    return ServicePart(traffic=traffic, pods=pods, rollback=rollback)


def _release(stack: GoodiesTerraformStack) -> TerraformVariable:
    return TerraformVariable(
        stack,
        "release",
        type="string",
        default=NO_RELEASE,
        nullable=False,
        description="Image tag that a new service starts with; a running service keeps its own",
    )
