"""VPC: public, private and isolated subnets, NAT gateways, endpoints, flow logs."""

import pytest

from tests.aws.checks import open_to_the_world
from tests.aws.iam import encrypted_with, ways_out
from tests.aws.ingress import GROUP, reaches
from tests.aws.resources import Environment


@pytest.mark.plan("AWS-2/public")
def test_the_load_balancer_stands_in_public_subnets(environment: Environment) -> None:
    balancer = environment.one("AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert ways_out(environment, balancer["Subnets"]) == {"gateway"}


@pytest.mark.plan("AWS-2/public")
def test_nat_gateways_stand_in_public_subnets(environment: Environment) -> None:
    gateways = environment.resources("AWS::EC2::NatGateway")
    assert ways_out(environment, [gateway["SubnetId"] for gateway in gateways]) == {"gateway"}


@pytest.mark.plan("AWS-2/private", "SEC-1/compute")
def test_tasks_stand_in_private_subnets_and_have_no_public_address(environment: Environment) -> None:
    network = environment.one("AWS::ECS::Service")["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert (ways_out(environment, network["Subnets"]), network["AssignPublicIp"]) == ({"nat"}, "DISABLED")


@pytest.mark.plan("AWS-2/private", "SEC-1/data")
def test_databases_and_caches_stand_in_subnets_without_a_way_out(environment: Environment) -> None:
    groups = [
        *environment.resources("AWS::RDS::DBSubnetGroup"),
        *environment.resources("AWS::ElastiCache::SubnetGroup"),
    ]
    assert {str(group): ways_out(environment, group["SubnetIds"]) for group in groups} == {
        str(group): {"none"} for group in groups
    }


@pytest.mark.plan("SEC-1/data")
def test_no_database_is_publicly_accessible(environment: Environment) -> None:
    databases = environment.resources("AWS::RDS::DBInstance")
    assert [str(database) for database in databases if database["PubliclyAccessible"] is not False] == []


@pytest.mark.plan("SEC-1/compute")
def test_no_subnet_hands_out_public_addresses(environment: Environment) -> None:
    subnets = environment.resources("AWS::EC2::Subnet")
    assert [str(subnet) for subnet in subnets if subnet.get("MapPublicIpOnLaunch")] == []


@pytest.mark.plan("ENV-4/scale")
def test_production_spreads_over_three_zones_with_a_way_out_in_each(prod: Environment) -> None:
    subnets = prod.resources("AWS::EC2::Subnet", "Network")
    gateways = prod.resources("AWS::EC2::NatGateway", "Network")
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 3
    assert len({gateway["SubnetId"]["AvailabilityZone"] for gateway in gateways}) == 3


@pytest.mark.plan("SEC-2")
def test_no_security_group_lets_everybody_in(environment: Environment) -> None:
    assert open_to_the_world(environment) == []


@pytest.mark.plan("SEC-2")
def test_the_default_security_group_is_closed_in_every_network(environment: Environment) -> None:
    closed = {
        str(closing["DefaultSecurityGroupId"]) for closing in environment.resources("Custom::VpcRestrictDefaultSG")
    }
    assert closed == {str(vpc) for vpc in environment.resources("AWS::EC2::VPC")}


@pytest.mark.plan("SEC-2")
def test_private_endpoints_of_aws_open_to_the_network_only(prod: Environment) -> None:
    endpoints = prod.one(GROUP, "Network/Network/Endpoints")
    vpc = prod.one("AWS::EC2::VPC", "Network")
    assert reaches(prod, "Network") == {vpc["CidrBlock"]}
    assert all(
        endpoint["SecurityGroupIds"] == [endpoints]
        for endpoint in prod.resources("AWS::EC2::VPCEndpoint", VpcEndpointType="Interface")
    )


@pytest.mark.plan("SEC-1/data")
def test_object_storage_is_reached_without_leaving_the_network(environment: Environment) -> None:
    endpoints = environment.resources("AWS::EC2::VPCEndpoint", "Network", VpcEndpointType="Gateway")
    assert [endpoint["ServiceName"] for endpoint in endpoints] == ["com.amazonaws.us-east-1.s3"]


@pytest.mark.plan("SEC-2")
def test_every_network_records_accepted_and_refused_connections(environment: Environment) -> None:
    flows = environment.resources("AWS::EC2::FlowLog")
    recorded = {flow["ResourceId"] for flow in flows if flow["TrafficType"] == "ALL"}
    assert recorded == set(environment.resources("AWS::EC2::VPC"))


@pytest.mark.plan("SEC-5")
def test_every_log_of_ours_is_encrypted_with_the_key_and_expires(environment: Environment) -> None:
    logs = [log for log in environment.resources("AWS::Logs::LogGroup") if "/AWS679" not in str(log)]
    assert [str(log) for log in logs if not encrypted_with(log) or not log.get("RetentionInDays")] == []
