"""Stacks on AWS: regions, order, references between them, tags, state apart from compute."""

import itertools

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

from assembly import Stack
from assembly.values import Json
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment, Resource
from tests.aws.stateful import STATEFUL_FILE, perishable_state, replaced_state, stateful

ENVIRONMENTS = ["GoodiesProd", "GoodiesStaging", "GoodiesDev"]


def borrowed(value: Json) -> set[tuple[str, str, str]]:
    """Return stack, region and output of what a template takes from other stacks."""
    match value:
        case {"Fn::GetStackOutput": {"StackName": stack, "Region": region, "OutputName": output}}:
            return {(stack, region, output)}
        case dict():
            return set().union(*map(borrowed, value.values()))
        case list():
            return set().union(*map(borrowed, value))
    return set()


def lenders(stack: Stack) -> set[str]:
    return {name for name, _, _ in borrowed(stack.template)}


def before(assembly: Assembly, name: str) -> set[str]:
    """Return every stack that is deployed before another."""
    needs = assembly.stacks[name].dependencies
    return set(needs).union(*(before(assembly, need) for need in needs))


def tags_of(resource: Resource) -> dict[str, str] | None:
    """Return a resource's tags, those of its stack included; None where the registry knows of none."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(resource.region, resource.type).schema
    tagging = schema.get("tagging", {})
    if not tagging.get("taggable"):
        return None
    own = resource.get(tagging.get("tagProperty", "/properties/Tags").rpartition("/")[2], [])
    stack = resource.environment.stacks[resource.stack].tags
    return {**stack, **(own if isinstance(own, dict) else {tag["Key"]: tag["Value"] for tag in own})}


@pytest.mark.plan("AWS-1/primary", "AWS-1/recovery", "ENV-4/regions")
def test_production_lives_in_us_east_1_and_us_west_2(prod: Environment) -> None:
    regions = {stack.name.partition("-")[2]: stack.region for stack in prod.stacks.values()}
    west = {part for part, region in regions.items() if region == "us-west-2"}
    assert set(regions.values()) == {"us-east-1", "us-west-2"}
    assert west == {"RecoveryKey", "Recovery", "Standby"}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_deploying_the_environment_deploys_all_its_stacks(assembly: Assembly, name: str) -> None:
    assert before(assembly, name) == set(assembly.environment(name).stacks) - {name}


def test_a_stack_is_deployed_after_those_it_borrows_from(assembly: Assembly) -> None:
    early = {
        f"{name} before {lender}"
        for name, stack in assembly.stacks.items()
        for lender in lenders(stack) - before(assembly, name)
    }
    assert early == set()


def test_what_stacks_borrow_exists(assembly: Assembly) -> None:
    missing = [
        f"{name} asks {lender} in {region} for {output}"
        for name, stack in assembly.stacks.items()
        for lender, region, output in borrowed(stack.template)
        if assembly.stacks[lender].region != region or output not in assembly.stacks[lender].template["Outputs"]
    ]
    assert missing == []


def test_no_export_can_stop_an_update(assembly: Assembly) -> None:
    strong = [name for name, stack in assembly.stacks.items() if {"Fn::ImportValue", "Export"} & keys(stack.template)]
    assert strong == []


def keys(value: Json) -> set[str]:
    """Return every key in a structure."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_the_service_can_be_destroyed_and_deployed_again_without_the_data(environment: Environment) -> None:
    disposable = {environment.stack(part).name for part in ("Service", "Edge", "")}
    keeping = [stack for stack in environment.stacks.values() if stack.name not in disposable]
    assert [stack.name for stack in keeping if disposable & (lenders(stack) | stack.dependencies)] == []


def test_nothing_that_holds_state_stands_in_a_stack_that_can_be_deleted(assembly: Assembly) -> None:
    for name in (*ENVIRONMENTS, "GoodiesDelivery"):
        environment = assembly.environment(name)
        exposed = [str(item) for item in stateful(environment) if not environment.stacks[item.stack].protected]
        assert exposed == []


@pytest.mark.plan("DR-5/kept", "DR-8/storage")
@pytest.mark.parametrize("name", [*ENVIRONMENTS, "GoodiesDelivery"])
def test_what_holds_state_survives_its_stack(assembly: Assembly, name: str) -> None:
    assert perishable_state(assembly.environment(name)) == []


@pytest.mark.parametrize("name", [*ENVIRONMENTS, "GoodiesDelivery"])
def test_what_holds_state_keeps_its_name(assembly: Assembly, name: str) -> None:
    gone = replaced_state(assembly.environment(name))
    assert gone == [], (
        "CloudFormation takes a resource under another logical id for a new, empty one, and lets go of the old one with"
        f" all its data. Give the old name back. If the data may go, take the line out of {STATEFUL_FILE}."
    )


@pytest.mark.plan("CST-6")
@pytest.mark.parametrize("name", [*ENVIRONMENTS, "GoodiesDelivery"])
def test_whatever_can_carry_tags_says_what_its_costs_are_split_by(assembly: Assembly, name: str) -> None:
    environment = assembly.environment(name)
    standard = [resource for resource in environment.resources() if resource.type.startswith("AWS::")]
    # ECS moves the weights of these rules, which cost nothing: an update for another tag would write the old ones back.
    standard = [resource for resource in standard if resource.type != "AWS::ElasticLoadBalancingV2::ListenerRule"]
    tags = {str(resource): tags_of(resource) for resource in standard}
    wanted = {"project", "environment", "component", "managed-by"}
    assert [resource for resource, own in tags.items() if own is not None and not wanted <= set(own)] == []


@pytest.mark.plan("CST-6")
def test_tags_name_the_environment(environment: Environment) -> None:
    names = {tags["environment"] for item in environment.resources("AWS::EC2::VPC") if (tags := tags_of(item))}
    assert names == {environment.name.removeprefix("Goodies").lower()}


@pytest.mark.plan("ENV-2/minimal", "ENV-3/scaled-down", "ENV-4/scale")
def test_development_is_smaller_than_staging_and_staging_than_production(
    dev: Environment, staging: Environment, prod: Environment
) -> None:
    def size(environment: Environment) -> tuple[int, ...]:
        cache = environment.one("AWS::ElastiCache::ReplicationGroup")
        task = environment.one("AWS::ECS::TaskDefinition")
        database = environment.one("AWS::RDS::DBInstance", "Data")
        return (
            len(environment.stacks),
            len(environment.resources()),
            cache["NumCacheClusters"],
            int(task["Cpu"]),
            int(task["Memory"]),
            int(database["AllocatedStorage"]),
        )

    for smaller, larger in itertools.pairwise((size(dev), size(staging), size(prod))):
        assert all(small <= large for small, large in zip(smaller, larger, strict=True)), (smaller, larger)
        assert smaller != larger


@pytest.mark.plan("ENV-4/regions")
def test_only_production_pays_for_a_second_region(dev: Environment, staging: Environment, prod: Environment) -> None:
    regions = [len({stack.region for stack in environment.stacks.values()}) for environment in (dev, staging, prod)]
    assert regions == [1, 1, 2]


def test_environments_are_made_of_the_same_kinds(dev: Environment, prod: Environment) -> None:
    recovery = {
        "AWS::KMS::ReplicaKey",
        "AWS::IAM::ManagedPolicy",
    }
    kinds = {resource.type for resource in prod.resources()} - {resource.type for resource in dev.resources()}
    assert kinds <= recovery | {"AWS::EC2::VPCEndpoint", "AWS::Synthetics::Canary"}


def test_no_template_knows_of_an_emulator(assembly: Assembly) -> None:
    words = ("localhost", "localstack", "ministack", "emulator", "4566")
    for name, stack in assembly.stacks.items():
        text = str(stack.template).lower()
        assert [word for word in words if word in text] == [], name


def test_the_load_balancer_accepts_the_next_secret_before_the_cdn_sends_it(
    assembly: Assembly, environment: Environment
) -> None:
    assert f"{environment.name}-Service" in before(assembly, f"{environment.name}-Edge")
