"""Network stack of an environment: the VPC of the primary region (AWS-2, SEC-1)."""

from aws_cdk import App

from constructs_lib.aws.network.network import Network
from environments import Environment
from stacks.aws.base import EnvironmentStack
from stacks.aws.foundation import FoundationStack


class NetworkStack(EnvironmentStack):
    """The VPC of the primary region.

    Attributes:
        vpc: public, private and isolated subnets.
    """

    def __init__(self, app: App, environment: Environment, *, foundation: FoundationStack) -> None:
        region = environment.policy.regions.aws.primary
        super().__init__(
            app,
            environment,
            "Network",
            purpose="Network: VPC, subnets, NAT and endpoints",
            region=region.name,
            zones=region.zones,
        )
        self.vpc = Network(self, "Network", settings=environment.network, zones=region.zones, key=foundation.key).vpc
