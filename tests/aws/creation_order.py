"""Order of creation within a stack: which resource waits for which, by ``DependsOn`` and by references."""

from collections.abc import Iterator

from assembly import Resource, Stack
from assembly.references import Reference, reference
from assembly.values import Json, at
from tests.aws.service_needs import NEEDS

_POLICIES = {"AWS::IAM::Policy": "Roles", "AWS::IAM::ManagedPolicy": "Roles"}

# Resources that act as a role while they are created, or whose creation AWS refuses if the role lacks a permission.
ACTS_AT_CREATION = {
    "AWS::Config::ConfigurationRecorder": "recording starts with it (aws/aws-cdk#3577)",
    "AWS::Config::DeliveryChannel": "it writes a test object as the recorder's role (aws/aws-cdk#3577)",
    "AWS::Lambda::Function": 'network interfaces are made as its role ("Giving Lambda functions access to a VPC")',
    "AWS::SecretsManager::RotationSchedule": "the first rotation runs at once (RotateSecret, API reference)",
    "AWS::StepFunctions::StateMachine": 'the log group is asked for as its role ("Logging in CloudWatch Logs")',
    "AWS::Synthetics::Canary": "the canary's first run starts with it (CreateCanary, API reference)",
    "AWS::ECS::Service": "the first tasks are pulled and started as its roles (CreateService, API reference)",
    "AWS::EC2::FlowLog": "a role without the permissions gives a flow log in error (CreateFlowLogs, API reference)",
    "AWS::Backup::BackupSelection": "the plan may run at once (CreateBackupSelection, API reference)",
}
# Resources with a role that act later, as long as each failure is repeated or seen.
ACTS_LATER = {
    "AWS::Backup::RestoreTestingSelection": "it restores once a month; its role has a managed policy, attached with it",
    "AWS::CodeBuild::Project": "it runs when an operator starts it",
    "AWS::ECS::TaskDefinition": "the service starts it, and waits for the roles' policies",
    "AWS::Events::Rule": "an event before the policy is there has no deployment's data",
    "AWS::RDS::DBInstance": "the monitoring role has a managed policy, attached with it",
    "AWS::Scheduler::Schedule": "it runs at its time, and a start that fails is tried again for a day, or comes anew"
    " within a minute",
    "AWS::S3::Bucket": "S3 does not look at the role's permissions (PutBucketReplication); the bucket is empty, and the"
    " role's policy names the bucket, so that it cannot come first",
}


# What a resource starts, at which property.
_STARTED = {
    "AWS::ECS::Service": ["TaskDefinition"],
    "AWS::SecretsManager::RotationSchedule": ["RotationLambdaARN"],
}


def waits_for(stack: Stack, name: str) -> set[str]:
    """Return the logical ids of all resources that exist before a resource's creation begins."""
    found: set[str] = set()
    pending = [name]
    while pending:
        for needed in _direct(stack, pending.pop()):
            if needed not in found:
                found.add(needed)
                pending.append(needed)
    return found


def _direct(stack: Stack, name: str) -> set[str]:
    body = stack.resources[name].body
    depends = body.get("DependsOn", [])
    named = {*([depends] if isinstance(depends, str) else depends), *references(body.get("Properties", {}))}
    return {other for other in named if other in stack.resources}


def references(value: Json) -> Iterator[str]:
    """Yield the logical ids that a value refers to."""
    if isinstance(found := reference(value), Reference):
        yield found.name
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from references(item)


def roles_of(stack: Stack, resource: Resource) -> set[str]:
    """Return the roles of the stack that a resource acts as, or that what it starts acts as."""
    if resource.type == "AWS::Config::DeliveryChannel":
        recorders = [each for each in stack.resources.values() if each.type == "AWS::Config::ConfigurationRecorder"]
        return {role for recorder in recorders for role in roles_of(stack, recorder)}
    properties = resource.body.get("Properties", {})
    started = ["ServiceToken"] if resource.type.startswith("Custom::") else _STARTED.get(resource.type, [])
    paths = [need["property"] for need in NEEDS["trusts"] if need["type"] == resource.type]
    roles = {name for path in paths for value in at(properties, path) for name in references(value)}
    functions = {name for path in started for value in at(properties, path) for name in references(value)}
    return {
        role
        for name in (roles | functions) & stack.resources.keys()
        for role in (
            {name} if stack.resources[name].type == "AWS::IAM::Role" else roles_of(stack, stack.resources[name])
        )
    }


def policies_of(stack: Stack, role: str) -> set[str]:
    """Return the policies of the stack that are attached to a role by themselves."""
    return {
        name
        for name, resource in stack.resources.items()
        if resource.type in _POLICIES
        and role in references(resource.body.get("Properties", {}).get(_POLICIES[resource.type], []))
    }


def unordered(stack: Stack) -> list[str]:
    """Name the resources that act as a role at creation and do not wait for its policies."""
    found = []
    for name, resource in stack.resources.items():
        in_network = resource.type != "AWS::Lambda::Function" or "VpcConfig" in resource.body["Properties"]
        if (resource.type in ACTS_AT_CREATION and in_network) or resource.type.startswith("Custom::"):
            policies = {policy for role in roles_of(stack, resource) for policy in policies_of(stack, role)}
            policies = {policy for policy in policies if not _of_another_call(resource, stack.resources[policy])}
            # A policy that grants the use of the resource itself can only come after it.
            early = {policy for policy in policies if name not in waits_for(stack, policy)}
            if missing := early - waits_for(stack, name):
                found.append(f"{resource} does not wait for {', '.join(sorted(missing))}")
    return found


def _of_another_call(resource: Resource, policy: Resource) -> bool:
    """Return whether a policy is for another custom resource that shares the function."""
    parent, _, name = policy.path.rpartition("/")
    return name == "CustomResourcePolicy" and parent != resource.path.rpartition("/")[0]


def without_log_group(stack: Stack) -> list[str]:
    """Name the custom resources that may call their function before its log group is there."""
    found = []
    for name, resource in stack.resources.items():
        if not resource.type.startswith(("Custom::", "AWS::CloudFormation::CustomResource")):
            continue
        for function in references(resource.body["Properties"]["ServiceToken"]):
            groups = {
                group
                for group, body in stack.resources.items()
                if body.type == "AWS::Logs::LogGroup"
                and (
                    function in references(body.body["Properties"].get("LogGroupName"))
                    or group in references(stack.resources[function].body["Properties"].get("LoggingConfig"))
                )
            }
            if missing := groups - waits_for(stack, name):
                found.append(f"{resource} does not wait for {', '.join(sorted(missing))}")
    return found
