"""VPC with its subnets, endpoints, their security group and flow logs (AWS-2, SEC-1)."""

from collections.abc import Sequence

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.aws.base.cfn import cfn
from constructs_lib.aws.base.logs import log_group
from constructs_lib.aws.base.principals import service_for_account
from constructs_lib.aws.base.suppressions import acknowledge_deployment_function
from environments import NetworkSettings

HTTPS = 443


class Network(Construct):
    """VPC with public subnets for load balancer and NAT, private ones for tasks, isolated ones for data.

    The default security group is closed: a resource without a group of its own reaches nothing.

    Attributes:
        vpc: the VPC.

    Args:
        zones: availability zones of the region. The first ones are used, as many as the settings ask for; the ranges of
            the others are reserved.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: NetworkSettings,
        zones: Sequence[str],
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(str(settings.cidr)),
            availability_zones=list(zones[: settings.availability_zones]),
            # Every zone has its ranges from the first day on, so that a zone can be added: the ranges of its subnets
            # would otherwise move those of the others, in which the database and the cache stand.
            reserved_azs=len(zones) - settings.availability_zones,
            nat_gateways=settings.nat_gateways,
            restrict_default_security_group=True,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="Public",
                    subnet_type=ec2.SubnetType.PUBLIC,
                    cidr_mask=settings.public_mask,
                    map_public_ip_on_launch=False,
                ),
                ec2.SubnetConfiguration(
                    name="Private", subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=settings.private_mask
                ),
                ec2.SubnetConfiguration(
                    name="Isolated", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=settings.isolated_mask
                ),
            ],
            gateway_endpoints={"S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)},
        )
        restrict = Stack.of(self).node.find_child("Custom::VpcRestrictDefaultSGCustomResourceProvider")
        function = restrict.node.find_child("Handler")
        acknowledge_deployment_function(function)
        # A log group that Lambda makes itself belongs to no stack, is kept for ever and stays after a failed create.
        log = log_group(
            self,
            "RestrictLog",
            days=settings.flow_log_days,
            key=key,
            name=f"/aws/lambda/{cfn(function, CfnResource).ref}",
        )
        self.vpc.node.find_child("RestrictDefaultSecurityGroupCustomResource").node.add_dependency(log)
        self._record_flows(days=settings.flow_log_days, key=key)
        self._add_interface_endpoints(settings.interface_endpoints, source=str(settings.cidr))

    def _record_flows(self, *, days: int, key: kms.IKey) -> None:
        group = log_group(self, "FlowLog", days=days, key=key)
        # "IAM role for publishing flow logs to CloudWatch Logs", VPC user guide.
        role = iam.Role(self, "FlowLogRole", assumed_by=service_for_account(self, "vpc-flow-logs"))
        flows = self.vpc.add_flow_log(
            "Flows",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )
        # A flow log whose role may not write yet is in error from its first minute on.
        flows.node.add_dependency(role)

    def _add_interface_endpoints(self, services: Sequence[str], *, source: str) -> None:
        if not services:
            return
        group = ec2.SecurityGroup(
            self,
            "Endpoints",
            vpc=self.vpc,
            description="Interface endpoints of AWS services",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(source), ec2.Port.tcp(HTTPS), "HTTPS from the network")
        for service in services:
            self.vpc.add_interface_endpoint(
                service.replace(".", "-"),
                service=ec2.InterfaceVpcEndpointAwsService(service),
                security_groups=[group],
                open=False,
            )
