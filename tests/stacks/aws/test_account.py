"""Accounts on AWS: alone, the payer of an organization, and a member of one; what is deployed first; names."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from aws_cdk import App
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from constructs_lib.aws.account.service_linked_roles import SERVICE_LINKED_ROLES
from environments import AwsOrganization, DeliveryAccount, Policy, load
from stacks.aws.account import AccountStack
from stacks.aws.budgets import CostsStack
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment
from tests.synthesis import CHECKOUT, cdk_context

ENVIRONMENTS = load()
POLICY = ENVIRONMENTS[0].policy
ACCOUNT = POLICY.account.aws_account_id
RESOURCE_TYPES = {
    "detector": {"AWS::GuardDuty::Detector"},
    "recorder": {"AWS::Config::ConfigurationRecorder", "AWS::Config::DeliveryChannel"},
    "trail": {"AWS::CloudTrail::Trail"},
}
# The services that act by a service-linked role, by the types of resources that need it ("AWS services that work with
# IAM", IAM user guide; "Service-linked roles for Application Auto Scaling", its user guide).
NEEDED = {
    "AWS::ECS::Cluster": "ecs.amazonaws.com",
    "AWS::ApplicationAutoScaling::ScalableTarget": "ecs.application-autoscaling.amazonaws.com",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing.amazonaws.com",
    "AWS::RDS::DBInstance": "rds.amazonaws.com",
    "AWS::ElastiCache::ReplicationGroup": "elasticache.amazonaws.com",
}


def resources(change: Callable[[DeliveryAccount], DeliveryAccount]) -> dict[str, dict[str, Any]]:
    """Return the resources of an account's stacks, by stack and logical id, after a change of its settings."""
    policy = POLICY.model_copy(update={"account": change(POLICY.account)})
    return templates(policy)


def templates(policy: Policy) -> dict[str, dict[str, Any]]:
    app = App(context=cdk_context(), analytics_reporting=False)
    main = AccountStack(app, "GoodiesAccount", policy, account=ACCOUNT)
    CostsStack(app, "GoodiesAccount", policy=policy, regional=main, environments=ENVIRONMENTS)
    made = app.synth()
    return {artifact.stack_name: artifact.template["Resources"] for artifact in made.stacks}


def organization(payer: str, *runs: Any) -> Callable[[DeliveryAccount], DeliveryAccount]:
    settings = AwsOrganization(payer=payer, runs=runs)
    return lambda account: account.model_copy(update={"aws_organization": settings})


def types(made: dict[str, dict[str, Any]]) -> set[str]:
    return {resource["Type"] for stack in made.values() for resource in stack.values()}


@pytest.mark.plan("CST-5/budgets")
def test_a_member_of_an_organization_has_no_budget_or_monitor_by_a_tag_that_only_the_payer_has() -> None:
    costs = resources(organization("444455556666"))["GoodiesAccount-Costs"]
    assert "AWS::CE::AnomalyMonitor" not in {resource["Type"] for resource in costs.values()}
    assert "TagKeyValue" not in str(costs)
    (whole,) = (
        resource["Properties"]["Budget"]
        for resource in costs.values()
        if resource["Type"] == "AWS::Budgets::Budget" and resource["Properties"]["Budget"]["BudgetType"] == "COST"
    )
    assert "CostFilters" not in whole


@pytest.mark.plan("CST-5/budgets")
def test_the_payer_of_an_organization_has_what_an_account_alone_has() -> None:
    alone, payer = templates(POLICY), resources(organization(ACCOUNT))
    assert alone["GoodiesAccount-Costs"].keys() == payer["GoodiesAccount-Costs"].keys()
    assert types(payer) >= {"AWS::CE::AnomalyMonitor", *set().union(*RESOURCE_TYPES.values())}


@pytest.mark.plan("SEC-11")
@pytest.mark.parametrize("singleton", RESOURCE_TYPES)
def test_what_the_organization_runs_is_not_made_again(singleton: str) -> None:
    made = types(resources(organization(ACCOUNT, singleton)))
    for name, kinds in RESOURCE_TYPES.items():
        assert (kinds & made == set()) if name == singleton else kinds <= made, name
    # What reads it stays: findings, judgements and acts are events of the account all the same.
    assert {"AWS::Config::ConfigRule", "AWS::Events::Rule"} <= made


def test_every_service_that_acts_by_a_role_of_its_own_has_it_before_its_first_resource(
    account: Environment, assembly: Assembly
) -> None:
    used = {
        resource.type for name in ("GoodiesProd", "GoodiesDev") for resource in assembly.environment(name).resources()
    }
    made = {
        json.loads(each["Create"])["parameters"]["AWSServiceName"]: each
        for each in account.resources("Custom::AWS")
        if "createServiceLinkedRole" in each["Create"]
    }
    assert {service for kind, service in NEEDED.items() if kind in used} == made.keys() == SERVICE_LINKED_ROLES.keys()
    for each in made.values():
        assert re.search(json.loads(each["Create"])["ignoreErrorCodesMatching"], "InvalidInput"), each


def test_every_stack_that_is_no_part_of_an_environment_is_named_where_the_first_deploy_is_explained(
    assembly: Assembly,
) -> None:
    text = (CHECKOUT / "docs" / "deploy" / "aws.md").read_text()
    steps = set(re.findall(r"Goodies\w+(?:-\w+)?", text.split("## ")[0]))
    environments = {f"Goodies{environment.title}" for environment in ENVIRONMENTS}
    assert {name for name in assembly.stacks if name.split("-")[0] not in environments} <= steps


def test_a_changed_setting_replaces_nothing_under_the_same_name() -> None:
    """Every setting of an account changed at once: a resource with a name of its own keeps it or is not replaced."""
    before, after = templates(POLICY), templates(_all_changed(POLICY))
    taken = []
    for stack, made in before.items():
        for logical_id, resource in made.items():
            changed = after[stack].get(logical_id)
            if changed is None:
                continue
            schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
            replaced = [
                path for path in schema.get("createOnlyProperties", []) if _at(resource, path) != _at(changed, path)
            ]
            names = [path for path in schema.get("createOnlyProperties", []) if path.endswith("Name")]
            if replaced and any(_at(resource, path) and _at(resource, path) == _at(changed, path) for path in names):
                taken.append(f"{stack} {logical_id}: {replaced}")
    assert taken == []


def _at(resource: dict[str, Any], path: str) -> Any:
    value: Any = resource.get("Properties", {})
    for part in path.removeprefix("/properties/").split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _all_changed(policy: Policy) -> Policy:
    account = policy.account
    receivers = account.receivers.model_copy(
        update={"on_call": "a@b.example", "team": "c@d.example", "owner": "e@f.example"}
    )
    return policy.model_copy(
        update={
            "account": account.model_copy(update={"receivers": receivers}),
            "costs": policy.costs.model_copy(
                update={name: value + 1 for name, value in policy.costs.model_dump().items()}
            ),
            "security": policy.security.model_copy(
                update={
                    "key_rotation_days": 180,
                    "log_days": 731,
                    "audit_lock": "compliance",
                    "unused_days": 30,
                    "critical_severity": 8,
                }
            ),
            "objects": policy.objects.model_copy(
                update={
                    name: value + 1 for name, value in policy.objects.model_dump().items() if name != "logs_keep_days"
                }
            ),
        }
    )
