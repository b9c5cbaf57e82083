"""Policies of resources against the needs of AWS's services: what is missing, and what is open to other accounts.

The needs are data, ``service_needs.yaml``. Each check returns the offenders, none when all is well.
"""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from assembly.values import Json, at, leaves_with_paths
from tests.aws.iam import KEYS
from tests.aws.resources import Environment, Resource, leaves

NEEDS: Any = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text())
TOPIC, QUEUE, BUCKET, ROLE = "AWS::SNS::Topic", "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::IAM::Role"
FUNCTION, PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::Permission"
# Policies that are resources of their own, with the property that names what they belong to.
_ATTACHED = {
    TOPIC: ("AWS::SNS::TopicPolicy", "Topics"),
    QUEUE: ("AWS::SQS::QueuePolicy", "Queues"),
    BUCKET: ("AWS::S3::BucketPolicy", "Bucket"),
}
# Keys of a condition that binds a service's call to an account, an organization or a resource of an account.
_BINDING = ("aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "kms:EncryptionContext:", "kms:ViaService")

# A role is taken only by a service to which somebody of its account has passed it ("Granting a user permissions to pass
# a role to an AWS service", IAM user guide). These trusts have no condition besides.
_PASSED = "no page says that the service sends the account when it takes a role; it serves only who could pass the role"
UNBOUND_TRUSTS = {
    "backup.amazonaws.com": "the CDK makes the role of a selection; it is passed in this account",
    "ecs-tasks.amazonaws.com": "the CDK makes the roles of a task; they are passed in this account",
    "ecs.amazonaws.com": _PASSED,
    "events.amazonaws.com": "the CDK makes the role of a rule's target; it is passed in this account",
    "lambda.amazonaws.com": _PASSED,
    "monitoring.rds.amazonaws.com": "the CDK makes the role of an instance; it is passed in this account",
    "s3.amazonaws.com": _PASSED,
}
# Statements without a condition in policies of other resources: the type that holds it, the service, and the reason.
UNBOUND_STATEMENTS = {
    ("AWS::S3::BucketPolicy", "delivery.logs.amazonaws.com"): (
        "only below AWSLogs/<this account>: the service writes each account's logs below its number"
        ' ("Enable access logs for your Application Load Balancer")'
    ),
}


def policy_statements(resource: Resource) -> Iterator[tuple[Resource, Json]]:
    """Yield the statements of a resource's own policy, each with the resource that holds it."""
    documents = [(resource, document) for document in resource.properties.values() if _is_policy(document)]
    if resource.type in _ATTACHED:
        kind, key = _ATTACHED[resource.type]
        documents += [
            (policy, policy["PolicyDocument"])
            for policy in resource.environment.resources(kind)
            if resource in _many(policy[key]) and policy.stack == resource.stack
        ]
    for holder, document in documents:
        for statement in document["Statement"]:
            yield holder, statement


def allows(resource: Resource, principal: str, action: str) -> bool:
    """Return whether a resource's policy allows a service an action, on behalf of the account it is in."""
    return any(
        statement["Effect"] == "Allow"
        and principal in services_of(statement)
        and any(fnmatchcase(action, pattern) for pattern in map(str, _many(statement["Action"])))
        and _for_own_account(statement, resource)
        for _, statement in policy_statements(resource)
    )


def services_of(statement: Json) -> list[str]:
    """Return the services that a statement is about."""
    principal = statement.get("Principal", {})
    return [str(name) for name in _many(principal.get("Service"))] if isinstance(principal, dict) else []


def missing_permissions(environment: Environment) -> list[str]:
    """Name each permission that a service needs and a policy does not give."""
    return [*_keys(environment), *_publishers(environment), *_trusts(environment), *_targets(environment)]


def unknown_uses(environment: Environment) -> list[str]:
    """Name the uses of keys and roles that the list of needs does not know."""
    known_keys = {need["type"] for need in NEEDS["keys"]} | NEEDS["keys_through_iam"].keys()
    known_roles = {(need["type"], need["property"]) for need in NEEDS["trusts"]}
    policies = {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}
    return [
        *(
            f"{resource} uses a key"
            for resource in environment.resources()
            if resource.type not in known_keys | policies
            for path, value in leaves_with_paths(resource.properties)
            if isinstance(value, Resource) and value.type in KEYS and "Policy" not in path
        ),
        *(
            f"{resource} has a role at {path}"
            for resource in environment.resources()
            if resource.type not in policies
            for path, value in leaves_with_paths(resource.properties)
            if isinstance(value, Resource) and value.type == ROLE and "Policy" not in path
            if (resource.type, path) not in known_roles
        ),
    ]


def unbound_services(environment: Environment) -> list[str]:
    """Name the statements that let a service act for any account, unless a reason is known."""
    found = []
    for resource in environment.resources():
        for document in resource.properties.values():
            for statement in document["Statement"] if _is_policy(document) else []:
                for service in services_of(statement):
                    excused = service in UNBOUND_TRUSTS if resource.type == ROLE else _is_excused(resource, service)
                    if statement["Effect"] == "Allow" and not _binding(statement) and not excused:
                        found.append(f"{resource} lets {service} in for any account: {statement['Action']}")
        if resource.type == PERMISSION and not {"SourceAccount", "SourceArn"} & resource.properties.keys():
            found.append(f"{resource} lets {resource['Principal']} in for any account")
    return found


def _is_excused(resource: Resource, service: str) -> bool:
    return (resource.type, service) in UNBOUND_STATEMENTS


def _keys(environment: Environment) -> Iterator[str]:
    for need in NEEDS["keys"]:
        for resource in environment.resources(need["type"]):
            key = resource.get(need["property"])
            if isinstance(key, Resource):
                yield from _not_allowed(resource, key, need["principal"], need["actions"])


def _publishers(environment: Environment) -> Iterator[str]:
    actions = NEEDS["publisher_actions"]
    for need in NEEDS["publishers"]:
        for resource in environment.resources(need["type"]):
            # An alarm may also be about a topic.
            said = {key: value for key, value in resource.properties.items() if key not in {"Dimensions", "Metrics"}}
            for topic in {leaf for leaf in leaves(said) if _is(leaf, TOPIC)}:
                yield from _not_allowed(resource, topic, need["principal"], actions["topic"])
                if isinstance(key := topic.get("KmsMasterKeyId"), Resource):
                    yield from _not_allowed(resource, key, need["principal"], actions["key"])
    for rule in environment.resources("AWS::Events::Rule"):
        for target in rule.get("Targets", []):
            # A rule without a role for its target acts as the service.
            if _is(topic := target["Arn"], TOPIC) and "RoleArn" not in target:
                yield from _not_allowed(rule, topic, "events.amazonaws.com", actions["topic"])
                if isinstance(key := topic.get("KmsMasterKeyId"), Resource):
                    yield from _not_allowed(rule, key, "events.amazonaws.com", actions["key"])


def _trusts(environment: Environment) -> Iterator[str]:
    for need in NEEDS["trusts"]:
        for resource in environment.resources(need["type"]):
            for role in at(resource.properties, need["property"]):
                if _is(role, ROLE):
                    yield from _not_allowed(resource, role, need["principal"], ["sts:AssumeRole"])


def _targets(environment: Environment) -> Iterator[str]:
    for need in [*NEEDS["buckets"], *NEEDS["queues"]]:
        for resource in environment.resources(need["type"]):
            for used in at(resource.properties, need["property"]):
                for target in (
                    [used] if isinstance(used, Resource) else [*at(resource.properties, need.get("bucket", ""))]
                ):
                    if isinstance(target, Resource) and target.type in _ATTACHED:
                        yield from _not_allowed(resource, target, need["principal"], need["actions"])
    for need in NEEDS["functions"]:
        for resource in environment.resources(need["type"]):
            for function in at(resource.properties, need["property"]):
                if _is(function, FUNCTION) and not environment.resources(
                    PERMISSION, FunctionName=function, Principal=need["principal"]
                ):
                    yield f"{resource} may not call {function}"


def _not_allowed(user: Resource, used: Resource, principal: str, actions: Iterable[str]) -> Iterator[str]:
    name = principal.format(region=used.region)
    missing = [action for action in actions if not allows(used, name, action)]
    if missing:
        yield f"{used} does not allow {name} {', '.join(missing)}, for {user}"


def _is_policy(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("Statement"), list)


def _is(value: Json, kind: str) -> bool:
    return isinstance(value, Resource) and value.type == kind


def _binding(statement: Json) -> list[str]:
    keys = [key for operands in statement.get("Condition", {}).values() for key in operands]
    return [key for key in keys if key.startswith(_BINDING)]


def _for_own_account(statement: Json, resource: Resource) -> bool:
    account = resource.environment.stacks[resource.stack].account
    named = [
        str(value)
        for operands in statement.get("Condition", {}).values()
        for key, values in operands.items()
        if key == "aws:SourceAccount"
        for value in _many(values)
    ]
    return all(value == account for value in named)


def _many(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]
