"""Edge stack of an environment: CDN, WAF, public DNS names and certificate (AWS-7, AWS-8, AWS-9, SEC-3)."""

from aws_cdk import App, CfnOutput

from constructs_lib import naming
from constructs_lib.aws.data.secrets import secret_in
from constructs_lib.aws.edge.edge import Edge
from constructs_lib.aws.monitoring.alarms import Alarms
from constructs_lib.aws.monitoring.metrics.edge import certificate_days
from constructs_lib.signals.edge import certificates
from environments import Environment
from stacks.aws.base import EnvironmentStack
from stacks.aws.data import DataStack
from stacks.aws.foundation import EDGE_REGION, EdgeFoundationStack, FoundationStack
from stacks.aws.recovery import RecoveryStack
from stacks.aws.service import ServiceStack


class EdgeStack(EnvironmentStack):
    """CDN and WAF in front of the load balancer, and the alarm on the CDN's certificate.

    Args:
        foundation: zone of the environment.
        regional: stack in the CDN's region that holds key and notifications.

    Attributes:
        edge: the CDN and the name that clients call.
    """

    def __init__(
        self,
        app: App,
        environment: Environment,
        *,
        foundation: FoundationStack,
        regional: FoundationStack | RecoveryStack | EdgeFoundationStack,
        data: DataStack,
        service: ServiceStack,
    ) -> None:
        super().__init__(app, environment, "Edge", purpose="Edge: CDN, firewall and DNS records", region=EDGE_REGION)
        self.edge = Edge(
            self,
            "Edge",
            settings=environment.edge,
            timeouts=environment.policy.timeouts,
            name=naming.stack(environment.name),
            zone=foundation.zone.zone,
            domain=environment.account.domain,
            origin_host=service.load_balancer.host,
            origin_secret=secret_in(self, data.origin_secrets.sent),
            assets=data.storage.assets,
            logs=data.storage.logs,
            key=regional.key,
        )
        Alarms(
            self,
            "Alarms",
            name=naming.stack(environment.name),
            sections=[certificates({"Cdn": certificate_days(self.edge.certificate)}, alarms=environment.policy.alarms)],
            notifications=regional.notifications,
        )
        # The load balancer accepts the secret before the CDN sends it.
        self.add_stack_dependency(service)
        CfnOutput(self, "Url", value=f"https://{self.edge.host}")
        CfnOutput(self, "Distribution", value=self.edge.distribution.distribution_id)
