"""Quotas: what the templates add, what is in use, and what is allowed."""

from collections.abc import Callable

import pytest

from admin.preflight.aws.needs import Needs
from admin.preflight.aws.quotas import _BUILDS, QUOTAS
from admin.preflight.model import Answer, State
from assembly import Assembly
from assembly.values import Json
from constructs_lib.aws.delivery.image_build import _ENVIRONMENTS
from tests.admin.preflight.aws.answers import DENIED, ID, NO_STACK, Answers, Given, Refused, summaries

Ask = Callable[..., Answer]


def quota(value: float) -> Json:
    return {"Quota": {"Value": value}}


def answers(**more: Given) -> Answers:
    given = {"cloudformation:ListStackResources": NO_STACK, "service-quotas:GetServiceQuota": quota(5)}
    return Answers(given | {name.replace("__", ":"): value for name, value in more.items()})


def addresses(count: int) -> Json:
    return {"Addresses": [{"PublicIp": f"192.0.2.{number}"} for number in range(count)]}


@pytest.mark.parametrize(("used", "state"), [(0, State.FINE), (2, State.FINE), (3, State.MISSING), (5, State.MISSING)])
def test_addresses_of_production_must_fit_beside_those_in_use(ask: Ask, used: int, state: State) -> None:
    answer = ask("EC2-VPC Elastic IPs, us-east-1", answers(ec2__DescribeAddresses=addresses(used)))
    assert (answer.state, answer.found) == (state, f"{used} in use, 3 to add, 5 allowed")
    if state is State.MISSING:
        (step,) = answer.next_steps
        assert f"--quota-code L-0263D0A3 --desired-value {used + 3} --region us-east-1" in step


def test_what_is_deployed_is_not_added_again(ask: Ask) -> None:
    def deployed(_: str, parameters: Json) -> Json | Refused:
        if parameters["StackName"] != "GoodiesProd-Network":
            return NO_STACK
        return summaries((f"Eip{number}", "AWS::EC2::EIP", f"eip{number}") for number in range(3))

    given = answers(ec2__DescribeAddresses=addresses(5))
    answer = ask(
        "EC2-VPC Elastic IPs, us-east-1", Answers({**given.given, "cloudformation:ListStackResources": deployed})
    )
    assert (answer.state, answer.found) == (State.FINE, "5 in use, 0 to add, 5 allowed")


def test_a_quota_that_was_never_applied_has_aws_default(ask: Ask) -> None:
    given = {
        **answers(ec2__DescribeAddresses=addresses(0)).given,
        "service-quotas:GetServiceQuota": Refused("NoSuchResourceException"),
        "service-quotas:GetAWSDefaultServiceQuota": quota(2),
    }
    assert ask("EC2-VPC Elastic IPs, us-east-1", Answers(given)).found == "0 in use, 3 to add, 2 allowed"


def test_all_pages_count(ask: Ask) -> None:
    pages = [{"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "a"}, {"Vpcs": [], "NextToken": "b"}, {"Vpcs": [{}, {}]}]
    given = answers(ec2__DescribeVpcs=pages)
    assert ask("VPCs per Region, us-east-1", given).found == "3 in use, 1 to add, 5 allowed"
    assert [parameters.get("NextToken") for name, _, parameters in given.calls if name == "ec2:DescribeVpcs"] == [
        None,
        "a",
        "b",
    ]


def test_gateways_count_by_zone(ask: Ask) -> None:
    given = answers(
        ec2__DescribeNatGateways={
            "NatGateways": [
                *(
                    {"SubnetId": "subnet-b", "State": state}
                    for state in ("available", "pending", "deleting", "available")
                ),
                {"SubnetId": "subnet-b", "State": "deleted"},
                {"SubnetId": "subnet-b", "State": "available"},
            ]
        },
        ec2__DescribeSubnets={"Subnets": [{"SubnetId": "subnet-b", "AvailabilityZone": "us-east-1b"}]},
    )
    answer = ask("NAT gateways per zone, us-east-1", given)
    assert (answer.state, answer.found) == (State.MISSING, "us-east-1b: 5 in use, 1 to add, 5 allowed")


def test_vcpus_of_a_full_rollout_beside_other_clusters(ask: Ask, needs: Needs) -> None:
    def tasks(_: str, parameters: Json) -> Json:
        assert parameters["cluster"].endswith("/other"), "the environment's own tasks are among those of the rollout"
        return {"taskArns": [f"arn:{number}" for number in range(150)]}

    given = answers(
        ecs__ListClusters={
            "clusterArns": [f"arn:aws:ecs:us-east-1:{ID}:cluster/{name}" for name in ("goodies-prod", "other")]
        },
        ecs__ListTasks=tasks,
        ecs__DescribeTasks=lambda _, parameters: {
            "tasks": [{"cpu": "512", "launchType": "FARGATE"}] * (len(parameters["tasks"]) - 10)
            + [{"cpu": "512", "launchType": "FARGATE", "capacityProviderName": "FARGATE_SPOT"}] * 10
        },
    )
    answer = ask("Fargate On-Demand vCPU, us-east-1", given)
    (task,) = needs.assembly.stacks["GoodiesProd-Service"].of("AWS::ECS::TaskDefinition")
    (target,) = needs.assembly.stacks["GoodiesProd-Service"].of("AWS::ApplicationAutoScaling::ScalableTarget")
    (service,) = needs.assembly.stacks["GoodiesProd-Service"].of("AWS::ECS::Service")
    percent = service["DeploymentConfiguration"]["MaximumPercent"]
    vcpus = int(task["Cpu"]) / 1024 * target["MaxCapacity"] * percent / 100
    assert vcpus > 5
    assert answer.state is State.MISSING
    assert answer.found == f"other clusters: 65 in use, {vcpus:g} to add, 5 allowed"


def test_development_takes_spot(ask: Ask) -> None:
    given = answers(ecs__ListClusters={"clusterArns": []})
    found = ask("Fargate Spot vCPU, us-east-1", given, env="dev").found
    assert found.startswith("other clusters: 0 in use")


def test_a_quota_that_does_not_answer_is_unknown(ask: Ask) -> None:
    given = {**answers(ec2__DescribeAddresses=addresses(0)).given, "service-quotas:GetServiceQuota": {"Quota": {}}}
    answer = ask("EC2-VPC Elastic IPs, us-east-1", Answers(given))
    assert (answer.state, answer.found) == (State.UNKNOWN, "AWS's answer lacks 'Value'")


def policies(*documents: tuple[str, str]) -> Json:
    return {"resourcePolicies": [{"policyName": name, "policyDocument": document} for name, document in documents]}


OWN = "".join(
    f'"arn:aws:logs:us-east-1:{ID}:log-group:aws-waf-logs-{name}:log-stream:*",'
    for name in ("GoodiesProd", "GoodiesProd-origin")
)


@pytest.mark.parametrize(
    ("given", "state", "found"),
    [
        (policies(), State.FINE, "0 policies in use, 1 to add, 10 allowed"),
        (policies(*((f"p{n}", "{}") for n in range(9))), State.FINE, "9 policies in use, 1 to add, 10 allowed"),
        (policies(*((f"p{n}", "{}") for n in range(10))), State.MISSING, "10 policies in use, 1 to add, 10 allowed"),
        (
            policies(("AWSLogDeliveryWrite20150319", "x" * (5120 - len(OWN)))),
            State.FINE,
            f"{5120 - len(OWN)} characters in use, {len(OWN)} to add, 5120 allowed",
        ),
        (
            policies(("AWSLogDeliveryWrite20150319", "x" * (5121 - len(OWN)))),
            State.MISSING,
            f"{5121 - len(OWN)} characters in use, {len(OWN)} to add, 5120 allowed",
        ),
        (
            policies(("AWSLogDeliveryWrite20150319", OWN + "x" * (5120 - len(OWN)))),
            State.FINE,
            "5120 characters in use, 0 to add, 5120 allowed",
        ),
        (DENIED, State.UNKNOWN, ""),
    ],
)
def test_the_logs_of_web_acls_fit_into_the_policy_of_delivered_logs(
    ask: Ask, given: Given, state: State, found: str
) -> None:
    answer = ask("Policy of delivered logs, us-east-1", answers(logs__DescribeResourcePolicies=given))
    assert answer.state is state
    assert found in answer.found


def test_images_of_either_architecture_are_built_by_machines_with_a_quota() -> None:
    assert {machine for machine, _ in _ENVIRONMENTS.values()} == {machine for machine, _ in _BUILDS}


def test_each_build_has_a_quota(synthesized: Assembly) -> None:
    for project in (each for stack in synthesized.stacks.values() for each in stack.of("AWS::CodeBuild::Project")):
        assert (project["Environment"]["Type"], project["Environment"]["ComputeType"]) in _BUILDS
    assert len({each.code for each in QUOTAS}) == len(QUOTAS)
