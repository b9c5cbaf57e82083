"""Edge of an environment: load balancer, CDN, firewall and certificate."""

from cdktf import TerraformOutput

from constructs_lib.container import HEALTH_PATH
from constructs_lib.gcp.edge.edge import Edge
from environments import Environment
from stacks.gcp.base import GoodiesTerraformStack
from stacks.gcp.data import DataPart
from stacks.gcp.foundation import FoundationPart


def add_edge(
    stack: GoodiesTerraformStack, *, environment: Environment, foundation: FoundationPart, data: DataPart
) -> Edge:
    """Add the edge, before the service, whose pods attach themselves to the backend."""
    edge = Edge(
        stack,
        "Edge",
        settings=environment.edge,
        timeouts=environment.policy.timeouts,
        zone=foundation.zone,
        domain=environment.account.domain,
        health_path=HEALTH_PATH,
        assets=data.storage.assets,
        project=stack.project,
    )
    TerraformOutput(stack, "Url", value=f"https://{edge.host}")
    return edge
