"""Defects that AWS refuses, put back into the templates one by one: the deploy fails in AWS's words."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from local import deployment
from local.errors import EmbeddedCloudError
from tests.deployed.altered import AlteredAssembly, Template, failing_last, reduced
from tests.deployed.development import Development, deploy

pytestmark = pytest.mark.xdist_group("first-deploys")


@dataclass(frozen=True)
class Deploy:
    """A deploy of one stack; the last one of a defect is refused.

    Attributes:
        template: what is deployed.
        words: of the last deploy's refusal.
        fails: whether an earlier deploy fails, for another reason.
        stack: name of the stack, made unique by the test.
        region: name of the region.
        like: existing stack whose region and protection the last deploy takes.
    """

    template: Template
    words: str = ""
    fails: bool = False
    stack: str = "Try"
    region: str = "us-east-1"
    like: str = "GoodiesDev-Data"


ENDS = {True: ("ROLLBACK_COMPLETE",), False: ("CREATE_COMPLETE", "UPDATE_COMPLETE")}
Defect = Callable[[AlteredAssembly], list[Deploy]]

DATA, SERVICE, EDGE = "GoodiesDev-Data", "GoodiesDev-Service", "GoodiesDev-Edge"
NO_STATEMENT = {"Version": "2012-10-17", "Statement": []}


def cut_out(altered: AlteredAssembly, stack: str, kind: str, beginning: str = "") -> tuple[Template, dict[str, Any]]:
    """Return a stack reduced to one resource and what that needs, and the resource."""
    template = altered.template(stack)
    name = next(
        name for name, body in template["Resources"].items() if body["Type"] == kind and name.startswith(beginning)
    )
    template = reduced(template, [name])
    return template, template["Resources"][name]


def again(template: Template, words: str) -> list[Deploy]:
    """Return a first create that fails for another reason, and the next one."""
    return [Deploy(failing_last(template), fails=True), Deploy(template, words)]


def changed(template: Template, resource: dict[str, Any], words: str, **properties: Any) -> list[Deploy]:
    """Return a create that succeeds, and the update of a resource's properties."""
    before = copy.deepcopy(template)
    resource["Properties"].update(properties)
    return [Deploy(before), Deploy(template, words)]


def a_secret_with_a_name_is_retained(altered: AlteredAssembly) -> list[Deploy]:
    template, secret = cut_out(altered, DATA, "AWS::SecretsManager::Secret", "SecretsJwt")
    secret["Properties"]["Name"] = "goodies/try/jwt-secret"
    secret["DeletionPolicy"] = "Retain"
    return again(template, r"goodies/try/jwt-secret.*already exists")


def a_vault_is_retained(altered: AlteredAssembly) -> list[Deploy]:
    template, vault = cut_out(altered, DATA, "AWS::Backup::BackupVault")
    vault["Properties"]["BackupVaultName"] = "Try"
    vault["DeletionPolicy"] = "Retain"
    return again(template, r"AWS::Backup::BackupVault' with identifier .*Try.* already exists")


def the_registry_is_retained(altered: AlteredAssembly) -> list[Deploy]:
    template, repository = cut_out(altered, "GoodiesDelivery", "AWS::ECR::Repository")
    repository["Properties"]["RepositoryName"] = "goodies/try"
    repository["DeletionPolicy"] = "Retain"
    return again(template, r"goodies/try.*already exists")


def a_replica_key_is_retained(_: AlteredAssembly) -> list[Deploy]:
    return replica_key(a_replica_key_is_retained, "Retain")


def a_replica_key_is_in_a_stack_that_fails(_: AlteredAssembly) -> list[Deploy]:
    return replica_key(a_replica_key_is_in_a_stack_that_fails, "RetainExceptOnCreate")


def replica_key(defect: Defect, policy: str) -> list[Deploy]:
    """Return deploys of a replica that the recovery region has once, whatever becomes of its first create."""
    key = {"MultiRegion": True, "KeyPolicy": NO_STATEMENT}
    primary = {"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": key}}}
    primary["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["Key", "Arn"]}}}
    stack = f"Primary-{DEFECTS.index(defect)}"
    arn = {"Fn::GetStackOutput": {"StackName": stack, "Region": "us-east-1", "OutputName": "Arn"}}
    replica = {
        "Type": "AWS::KMS::ReplicaKey",
        "Properties": {"PrimaryKeyArn": arn, "KeyPolicy": NO_STATEMENT},
        "DeletionPolicy": policy,
    }
    deploys = again({"Resources": {"Replica": replica}}, "AlreadyExistsException")
    recovery = [replace(each, region="us-west-2", like="GoodiesProd-Recovery") for each in deploys]
    return [Deploy(primary, stack="Primary"), *recovery]


def the_database_of_a_first_create_is_protected(altered: AlteredAssembly) -> list[Deploy]:
    template, database = cut_out(altered, DATA, "AWS::RDS::DBInstance")
    database["Properties"]["DeletionProtection"] = True
    template = json.loads(json.dumps(template).replace("goodies-dev", "goodies-try"))
    return [Deploy(failing_last(template), "Cannot delete protected DB Instance")]


def the_balancer_of_a_first_create_is_protected(altered: AlteredAssembly) -> list[Deploy]:
    template, balancer = cut_out(altered, SERVICE, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    balancer["Properties"]["LoadBalancerAttributes"] = [{"Key": "deletion_protection.enabled", "Value": "true"}]
    return [Deploy(failing_last(template), "deletion protection is enabled")]


def no_service_linked_role_exists(altered: AlteredAssembly) -> list[Deploy]:
    template, _ = cut_out(altered, SERVICE, "AWS::ECS::ClusterCapacityProviderAssociations")
    (cluster,) = (body for body in template["Resources"].values() if body["Type"] == "AWS::ECS::Cluster")
    cluster["Properties"]["ClusterName"] = "try"
    return [Deploy(template, "Please verify that the ECS service linked role exists")]


def an_alarm_notifies_a_topic_of_another_region(altered: AlteredAssembly) -> list[Deploy]:
    template, alarm = cut_out(altered, EDGE, "AWS::CloudWatch::Alarm")
    alarm["Properties"] |= {
        "AlarmName": "Try",
        "AlarmActions": ["arn:aws:sns:us-east-2:111122223333:GoodiesDev-Team"],
    }
    return [Deploy(template, "Invalid region us-east-2 specified. Only us-east-1 is supported")]


def a_log_group_has_a_key_of_another_region(altered: AlteredAssembly) -> list[Deploy]:
    template, log = cut_out(altered, EDGE, "AWS::Logs::LogGroup")
    log["Properties"] |= {
        "LogGroupName": "aws-waf-logs-try",
        "KmsKeyId": "arn:aws:kms:us-east-2:111122223333:key/goodies",
    }
    return [Deploy(template, "The specified KMS key .* is not in this region")]


def the_receivers_of_a_named_budget_change(altered: AlteredAssembly) -> list[Deploy]:
    stack = next(name for name in altered.stacks() if '"AWS::Budgets::Budget"' in altered.text(name))
    template, budget = cut_out(altered, stack, "AWS::Budgets::Budget")
    budget["Properties"]["Budget"]["BudgetName"] = "try"
    budget.pop("DependsOn", None)  # on the topic of the receivers
    notifications = budget["Properties"]["NotificationsWithSubscribers"]
    for each in notifications:
        each["Subscribers"] = [{"SubscriptionType": "EMAIL", "Address": "one@goodies.example"}]
    template = reduced(template, [name for name, body in template["Resources"].items() if body is budget])
    other = copy.deepcopy(notifications)
    other[0]["Subscribers"][0]["Address"] = "two@goodies.example"
    words = "custom-named resource requires replacing"
    return changed(template, budget, words, NotificationsWithSubscribers=other)


def a_secret_goes_before_its_last_consumer(_: AlteredAssembly) -> list[Deploy]:
    def secrets(*generations: int) -> Template:
        return {
            "Resources": {
                f"Generation{number}": {
                    "Type": "AWS::SecretsManager::Secret",
                    "Properties": {"Name": f"try/origin-{number}", "SecretString": str(number)},
                }
                for number in generations
            }
        }

    def consumer(generation: int) -> Template:
        value = f"{{{{resolve:secretsmanager:try/origin-{generation}:SecretString}}}}"
        return {
            "Resources": {"Rule": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}}
        }

    return [
        Deploy(secrets(1, 0), stack="Producer"),
        Deploy(consumer(0), stack="Consumer"),
        Deploy(secrets(2, 1), stack="Producer"),
        Deploy(consumer(1), "try/origin-0", stack="Consumer"),
    ]


DEFECTS: list[Defect] = [
    a_secret_with_a_name_is_retained,
    a_vault_is_retained,
    the_registry_is_retained,
    a_replica_key_is_retained,
    a_replica_key_is_in_a_stack_that_fails,
    the_database_of_a_first_create_is_protected,
    the_balancer_of_a_first_create_is_protected,
    no_service_linked_role_exists,
    an_alarm_notifies_a_topic_of_another_region,
    a_log_group_has_a_key_of_another_region,
    the_receivers_of_a_named_budget_change,
    a_secret_goes_before_its_last_consumer,
]


@pytest.mark.parametrize("defect", DEFECTS, ids=lambda defect: defect.__name__)
def test_aws_refuses(
    development: Development,
    assembly_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    defect: Defect,
) -> None:
    cloud, altered = development.reach(), AlteredAssembly(assembly_folder, tmp_path / "cdk.out")
    if defect is no_service_linked_role_exists:
        cloud.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForEcs")
        monkeypatch.setattr(deployment, "add_service_linked_roles", lambda *_: None)
    *before, last = defect(altered)
    for each in before:
        status = development.call(f"{each.stack}-{DEFECTS.index(defect)}", each.region, each.template)
        assert status in ENDS[each.fails], each
    name = f"{last.stack}-{DEFECTS.index(defect)}"
    altered.replace(name, last.template, like=last.like)
    with pytest.raises(EmbeddedCloudError, match=last.words):
        deploy(cloud, altered.open(), [altered.open().stack(name)])
