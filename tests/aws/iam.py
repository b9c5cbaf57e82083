"""Policy statements, encryption keys, replication and routes of synthesized resources."""

from collections.abc import Iterator
from dataclasses import dataclass

from assembly.values import Json
from tests.aws.resources import Environment, Resource, leaves

KEYS = {"AWS::KMS::Key", "AWS::KMS::ReplicaKey"}


@dataclass(frozen=True)
class Statement:
    """A statement of a policy; the holder is the policy or the role."""

    holder: Resource
    effect: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    principals: tuple[str, ...]
    conditions: Json


def encrypted_with(resource: Resource) -> set[Resource]:
    """Return the keys that a resource names."""
    return {value for value in leaves(resource.properties) if isinstance(value, Resource) and value.type in KEYS}


def replicated_to(bucket: Resource) -> list[Resource]:
    """Return the buckets to which every object is copied, deletions and encrypted objects included."""
    rules = bucket.get("ReplicationConfiguration", {}).get("Rules", [])
    return [
        rule["Destination"]["Bucket"]
        for rule in rules
        if rule["Status"] == "Enabled"
        and rule.get("Filter", {}).get("Prefix", "") == ""
        and rule["DeleteMarkerReplication"]["Status"] == "Enabled"
        and (
            not encrypted_with(bucket)
            or rule["SourceSelectionCriteria"]["SseKmsEncryptedObjects"]["Status"] == "Enabled"
        )
    ]


def statements(environment: Environment) -> Iterator[Statement]:
    """Return the statements of all policies of identities."""
    for policy in environment.resources("AWS::IAM::Policy") + environment.resources("AWS::IAM::ManagedPolicy"):
        yield from read_policy(policy, policy["PolicyDocument"])
    for role in environment.resources("AWS::IAM::Role"):
        for policy in role.get("Policies", []):
            yield from read_policy(role, policy["PolicyDocument"])


def read_policy(holder: Resource, document: Json) -> Iterator[Statement]:
    """Return the statements of a policy document."""
    for statement in document["Statement"]:
        yield Statement(
            holder,
            statement["Effect"],
            _many(statement.get("Action")),
            _many(statement.get("Resource")),
            tuple(str(leaf) for leaf in leaves(statement.get("Principal", {}))),
            statement.get("Condition", {}),
        )


def attributes(resource: Resource, key: str) -> dict[str, str]:
    """Return a list of ``Key`` and ``Value`` pairs, which load balancers, target groups and tags have, as a mapping."""
    return {pair["Key"]: str(pair["Value"]) for pair in resource.get(key, [])}


def environment_variables(environment: Environment) -> Iterator[tuple[Resource, str, Json]]:
    """Return the holder, name and value of each variable of a container or a function."""
    for task in environment.resources("AWS::ECS::TaskDefinition"):
        for container in task["ContainerDefinitions"]:
            yield from ((task, pair["Name"], pair["Value"]) for pair in container.get("Environment", []))
    for function in environment.resources("AWS::Lambda::Function"):
        variables = function.get("Environment", {}).get("Variables", {})
        yield from ((function, name, value) for name, value in variables.items())
    for project in environment.resources("AWS::CodeBuild::Project"):
        for pair in project["Environment"].get("EnvironmentVariables", []):
            if pair.get("Type", "PLAINTEXT") == "PLAINTEXT":
                yield project, pair["Name"], pair["Value"]


def _many(value: Json) -> tuple[str, ...]:
    return tuple(str(item) for item in (value if isinstance(value, list) else [] if value is None else [value]))


def way_out(environment: Environment, subnet: Resource) -> str:
    """Return how a subnet reaches the internet: ``gateway``, ``nat`` or ``none``."""
    association = environment.one("AWS::EC2::SubnetRouteTableAssociation", SubnetId=subnet)
    routes = environment.resources("AWS::EC2::Route", RouteTableId=association["RouteTableId"])
    if any(route.get("GatewayId") for route in routes):
        return "gateway"
    return "nat" if any(route.get("NatGatewayId") for route in routes) else "none"


def ways_out(environment: Environment, subnets: list[Resource]) -> set[str]:
    """Return how any of some subnets reach the internet."""
    return {way_out(environment, subnet) for subnet in subnets}
