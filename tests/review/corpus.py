"""Changes as people make them, each with what a reviewer must read, in one line.

The line counts what happens, and names who needs which yes; ``nothing`` is silence.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass

from assembly.values import Json
from tests.review.copies import Copy

Mutation = Callable[[Copy], None]


@dataclass(frozen=True)
class Case:
    change: Mutation
    verdict: str
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.change.__name__


CASES: list[Case] = []
DATABASE = "Data/Database/Instance"
CACHE = "Data/Cache/Redis"
UPLOADS = "Data/Storage/Uploads"
LISTENER = "Service/Entrance/Balancer/ProductionListener"
TASKS = "Service/Service/Service/TaskCount/Target"
ROTATOR = "Data/Rotation/Function/ServiceRole/DefaultPolicy"
ERRORS = "Operations/Observability/Monitoring/GoodiesProd-Users-ErrorRate-Critical"
TRUST = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
}


def case(
    verdict: str, *stacks: str, before: tuple[str, ...] | None = None, after: tuple[str, ...] | None = None
) -> Callable[[Mutation], Mutation]:
    """Note a change of stacks with its verdict; ``before`` and ``after`` where a side has other stacks."""

    def note(change: Mutation) -> Mutation:
        CASES.append(Case(change, verdict, stacks if before is None else before, stacks if after is None else after))
        return change

    return note


# Noise.


@case("nothing", "Data", "Service")
def nothing_at_all(_: Copy) -> None:
    pass


@case("nothing", "Data")
def keys_in_another_order(after: Copy) -> None:
    after.templates["Data"] = _reversed(after.templates["Data"])


def _reversed(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _reversed(value[key]) for key in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


@case("nothing", "Data")
def statements_and_tags_in_another_order(after: Copy) -> None:
    after.at(ROTATOR)["PolicyDocument"]["Statement"].reverse()
    after.at(DATABASE)["Tags"].reverse()


@case("nothing", "Data")
def a_number_as_text(after: Copy) -> None:
    after.at(DATABASE)["BackupRetentionPeriod"] = "7"


@case("nothing", "Data")
def metadata(after: Copy) -> None:
    after.body(DATABASE)["Metadata"] = {"aws:cdk:path": "elsewhere", "checkov": {"skip": []}}


@case("nothing", "Data")
def another_order_of_work(after: Copy) -> None:
    after.body(DATABASE)["DependsOn"] = [after.id(CACHE)[1]]


@case("nothing", "Data")
def an_asset_with_another_hash_and_the_same_files(after: Copy) -> None:
    _exchange_code(after, "Data/Rotation/Function", change=False)


@case("1 changed", "Data")
def an_asset_with_other_files(after: Copy) -> None:
    _exchange_code(after, "Data/Rotation/Function", change=True)


def _exchange_code(after: Copy, function: str, *, change: bool) -> None:
    old = after.at(function)["Code"]["S3Key"].removesuffix(".zip")
    new = ("1" if change else "0") * 64
    target = after.folder / f"asset.{new}"
    shutil.copytree(after.folder / f"asset.{old}", target)
    if change:
        next(target.rglob("*.py")).write_text("print('changed')")
    asset = {"source": {"path": target.name, "packaging": "zip"}}
    (after.folder / f"{new}.assets.json").write_text(json.dumps({"files": {new: asset}}))
    after.at(function)["Code"]["S3Key"] = f"{new}.zip"


@case("1 replaced", "Data")
def a_generated_suffix_of_a_role(after: Copy) -> None:
    _rename_id(after, "Data/Rotation/Function/ServiceRole")


def _rename_id(after: Copy, address: str) -> None:
    part, key = after.id(address)
    after.templates[part] = json.loads(json.dumps(after.templates[part]).replace(f'"{key}"', '"NewSuffix123"'))
    after.paths[part]["NewSuffix123"] = after.paths[part].pop(key)


# Changes that need no approval.


@case("1 changed", "Data")
def a_larger_database(after: Copy) -> None:
    after.at(DATABASE)["DBInstanceClass"] = "db.m7g.xlarge"


@case("1 changed", "Data")
def more_storage(after: Copy) -> None:
    after.at(DATABASE)["AllocatedStorage"] = "200"


@case("1 changed", "Data")
def a_longer_retention(after: Copy) -> None:
    after.at(DATABASE)["BackupRetentionPeriod"] = 14


@case("1 changed", "Data")
def another_maintenance_window(after: Copy) -> None:
    after.at(DATABASE)["PreferredMaintenanceWindow"] = "mon:09:00-mon:09:30"


@case("1 changed", "Data")
def a_larger_cache(after: Copy) -> None:
    after.at(CACHE)["CacheNodeType"] = "cache.r7g.large"


@case("1 changed", "Service")
def more_tasks_at_the_least(after: Copy) -> None:
    after.at(TASKS)["MinCapacity"]["Fn::If"][1] = 4


@case("1 replaced", "Service")
def larger_tasks(after: Copy) -> None:
    after.at("Service/Task/Definition")["Cpu"] = "4096"


@case("1 added", "Operations")
def a_new_alarm(after: Copy) -> None:
    after.add("Operations/Observability/New", "AWS::CloudWatch::Alarm", AlarmName="New-Critical", Threshold=1)


@case("1 changed", "Operations")
def a_threshold_that_follows_the_size(after: Copy) -> None:
    alarm = "Operations/Observability/Monitoring/GoodiesProd-Database-Connections-Growth"
    after.at(alarm)["Threshold"] = 1441


@case("1 changed", "Operations")
def a_text_of_the_dashboard(after: Copy) -> None:
    body = after.at("Operations/Observability/Dashboards/Dashboard")["DashboardBody"]["Fn::Join"][1]
    body[0] = body[0].replace("### Users", "### People")


@case("1 changed", "Service")
def a_stronger_tls_policy(after: Copy) -> None:
    after.at(LISTENER)["SslPolicy"] = "ELBSecurityPolicy-TLS13-1-3-2021-06"


@case("1 changed", "Edge")
def one_more_rule_of_the_firewall(after: Copy) -> None:
    rules = after.at("Edge/Edge/Firewall/Acl")["Rules"]
    rules.append({**rules[0], "Name": "Another", "Priority": 99})


@case("1 changed", "Data")
def a_permission_less(after: Copy) -> None:
    after.at(ROTATOR)["PolicyDocument"]["Statement"].pop()


@case("1 added", "Data")
def an_ingress_rule_between_two_groups(after: Copy) -> None:
    group = {"Fn::GetAtt": [after.id("Data/Cache/Clients")[1], "GroupId"]}
    rule = {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "SourceSecurityGroupId": group}
    after.add("Data/Cache/Clients/more", "AWS::EC2::SecurityGroupIngress", GroupId=group, **rule)


@case("41 changed", "Data")
def a_tag_everywhere(after: Copy) -> None:
    for body in after.resources("Data").values():
        if isinstance(tags := body["Properties"].get("Tags"), list):
            tags.append({"Key": "team", "Value": "home"})


@case("1 changed", "Data")
def another_description_of_the_stack(after: Copy) -> None:
    after.templates["Data"]["Description"] = "What holds data"


@case("1 moved", "Data")
def a_renamed_log_group(after: Copy) -> None:
    after.rename("Data/Rotation/Log", "Data/Rotation/Records")


@case("31 added", before=(), after=("Standby", "Foundation"))
def a_new_environment(_: Copy) -> None:
    pass


# What holds data is lost, or could be.


@case("3 replaced: Replace Data/Database/Instance", "Data")
def another_name_of_the_database(after: Copy) -> None:
    after.at(DATABASE)["DBName"] = "home"


@case(
    "3 replaced, 4 may be replaced: Replace Data/Database/Instance, Replace Standby/Database/Instance",
    "Data",
    "Service",
    "Standby",
)
def a_replacement_that_other_stacks_refer_to(after: Copy) -> None:
    after.at(DATABASE)["DBName"] = "home"


@case("2 replaced: Change Data/Cache/Subnets, Replace Data/Cache/Redis", "Data")
def a_replacement_that_comes_with_the_subnet_group(after: Copy) -> None:
    after.at("Data/Cache/Subnets")["CacheSubnetGroupName"] = "others"


@case("6 moved: Replace Data/Cache/Password, Replace Data/Cache/Redis", "Data")
def a_renamed_construct_around_the_cache(after: Copy) -> None:
    after.rename("Data/Cache", "Data/SharedCache")


@case("1 moved: Replace Data/Secrets/AdminPasswordHash", "Data", "Foundation")
def a_secret_in_another_stack(after: Copy) -> None:
    after.rename("Data/Secrets/AdminPasswordHash", "Foundation/AdminPasswordHash")


@case("3 replaced: Replace Data/Database/Instance/Secret", "Data")
def a_generated_suffix_of_a_secret(after: Copy) -> None:
    _rename_id(after, "Data/Database/Instance/Secret")


@case("1 removed: Remove Data/Storage/Backups", "Data")
def a_removed_bucket(after: Copy) -> None:
    after.remove("Data/Storage/Backups")


@case("1 removed: Remove Foundation/Key/Key", "Foundation")
def a_removed_key(after: Copy) -> None:
    after.remove("Foundation/Key/Key")


@case("12 removed: Remove Standby, Remove Standby/Database/Instance", before=("Standby",), after=())
def a_removed_stack(_: Copy) -> None:
    pass


@case("1 changed: Unprotect Data/Database/Instance", "Data")
def no_deletion_protection(after: Copy) -> None:
    after.at(DATABASE)["DeletionProtection"] = False


@case("1 changed: Unprotect Data", "Data")
def no_termination_protection(after: Copy) -> None:
    after.artifacts["Data"]["properties"]["terminationProtection"] = False


@case("1 changed: Unprotect Data/Storage/Uploads", "Data")
def a_bucket_that_goes_with_its_stack(after: Copy) -> None:
    after.body(UPLOADS)["DeletionPolicy"] = "Delete"


# Less is kept.


@case("1 changed: Reduce Data/Database/Instance", "Data")
def a_shorter_retention(after: Copy) -> None:
    after.at(DATABASE)["BackupRetentionPeriod"] = 3


@case("1 changed: Reduce Data/Database/Instance", "Data")
def no_standby(after: Copy) -> None:
    after.at(DATABASE)["MultiAZ"] = False


@case("1 changed: Reduce Data/Storage/Uploads", "Data")
def no_replication(after: Copy) -> None:
    del after.at(UPLOADS)["ReplicationConfiguration"]


@case("1 changed: Reduce Data/Storage/Uploads", "Data")
def a_suspended_versioning(after: Copy) -> None:
    after.at(UPLOADS)["VersioningConfiguration"]["Status"] = "Suspended"


@case("1 changed: Reduce Data/Backups/Plan", "Data")
def no_monthly_backup(after: Copy) -> None:
    after.at("Data/Backups/Plan")["BackupPlan"]["BackupPlanRule"].pop()


@case("1 changed: Reduce Data/Backups/Plan", "Data")
def no_copy_in_the_recovery_region(after: Copy) -> None:
    del after.at("Data/Backups/Plan")["BackupPlan"]["BackupPlanRule"][0]["CopyActions"]


@case("1 changed: Reduce Data/Rotation/Log", "Data")
def logs_kept_shorter(after: Copy) -> None:
    after.at("Data/Rotation/Log")["RetentionInDays"] = 1


@case("1 changed: Reduce Data/Secrets/Jwt", "Data")
def a_secret_in_one_region_only(after: Copy) -> None:
    del after.at("Data/Secrets/Jwt")["ReplicaRegions"]


# Doors.


@case("1 changed: Open Data/Database/Clients", "Data")
def a_port_for_everybody(after: Copy) -> None:
    rule = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    after.at("Data/Database/Clients")["SecurityGroupIngress"] = [rule]


@case("1 added: Open Data/Cache/Clients/world", "Data")
def a_port_for_everybody_on_ipv6(after: Copy) -> None:
    group = {"Fn::GetAtt": [after.id("Data/Cache/Clients")[1], "GroupId"]}
    rule = {"CidrIpv6": "::/0", "IpProtocol": "-1"}
    after.add("Data/Cache/Clients/world", "AWS::EC2::SecurityGroupIngress", GroupId=group, **rule)


@case("1 changed: Open Data/Database/Instance", "Data")
def a_public_database(after: Copy) -> None:
    after.at(DATABASE)["PubliclyAccessible"] = True


@case("1 changed: Open Data/Storage/Uploads", "Data")
def a_bucket_that_can_be_public(after: Copy) -> None:
    after.at(UPLOADS)["PublicAccessBlockConfiguration"]["BlockPublicPolicy"] = False


@case("1 changed: Open Edge/Edge/Firewall/Acl", "Edge")
def one_rule_of_the_firewall_less(after: Copy) -> None:
    after.at("Edge/Edge/Firewall/Acl")["Rules"].pop()


@case("1 changed: Open Edge/Edge/Cdn", "Edge")
def a_cdn_without_firewall(after: Copy) -> None:
    del after.at("Edge/Edge/Cdn")["DistributionConfig"]["WebACLId"]


# Permissions.


@case("1 changed: Grant Data/Rotation/Function/ServiceRole/DefaultPolicy", "Data")
def a_role_that_may_everything(after: Copy) -> None:
    after.at(ROTATOR)["PolicyDocument"]["Statement"].append({"Effect": "Allow", "Action": "s3:*", "Resource": "*"})


@case("1 changed: Grant Data/Rotation/Function/ServiceRole", "Data")
def a_managed_policy_more(after: Copy) -> None:
    role = after.at("Data/Rotation/Function/ServiceRole")
    role["ManagedPolicyArns"] = [*role.get("ManagedPolicyArns", []), "arn:aws:iam::aws:policy/AdministratorAccess"]


@case("1 changed: Grant Data/Rotation/Function/ServiceRole", "Data")
def trust_in_another_account(after: Copy) -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
    after.at("Data/Rotation/Function/ServiceRole")["AssumeRolePolicyDocument"]["Statement"].append(statement)


@case("1 changed: Grant Data/Storage/Uploads/Policy", "Data")
def a_bucket_that_no_longer_refuses_plain_text(after: Copy) -> None:
    document = after.at("Data/Storage/Uploads/Policy")["PolicyDocument"]
    document["Statement"] = [each for each in document["Statement"] if each["Effect"] != "Deny"]


@case("1 added: Grant Data/Audience", "Data")
def a_new_role_with_rights(after: Copy) -> None:
    read = {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::uploads/*"}]}
    policies = [{"PolicyName": "read", "PolicyDocument": read}]
    after.add("Data/Audience", "AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, Policies=policies)


@case("1 added", "Data")
def a_new_role_that_a_service_takes_and_that_may_nothing(after: Copy) -> None:
    after.add("Data/Idle", "AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)


@case("1 changed: Weaken Service/Entrance/ProductionRule", "Service")
def another_condition_of_a_rule_whose_weights_ecs_moves(after: Copy) -> None:
    after.at("Service/Entrance/ProductionRule")["Conditions"][0]["PathPatternConfig"]["Values"] = ["/api/*"]


@case("1 changed: Weaken Service/Entrance/ProductionRule", "Service")
def another_weight_of_such_a_rule(after: Copy) -> None:
    rule = after.at("Service/Entrance/ProductionRule")
    rule["Actions"][0]["ForwardConfig"]["TargetGroups"][0]["Weight"] = 50


@case("1 changed: Weaken Service/Entrance/ProductionRule", "Service")
def another_tag_of_such_a_rule(after: Copy) -> None:
    after.at("Service/Entrance/ProductionRule")["Tags"] = [{"Key": "team", "Value": "home"}]


# Encryption and TLS.


@case("1 changed: Weaken Service/Entrance/Balancer/ProductionListener", "Service")
def a_weaker_tls_policy(after: Copy) -> None:
    after.at(LISTENER)["SslPolicy"] = "ELBSecurityPolicy-2016-08"


@case("1 changed: Weaken Edge/Edge/Cdn", "Edge")
def weaker_tls_towards_viewers(after: Copy) -> None:
    viewers = after.at("Edge/Edge/Cdn")["DistributionConfig"]["ViewerCertificate"]
    viewers["MinimumProtocolVersion"] = "TLSv1.2_2021"


@case("1 changed: Weaken Data/Cache/Redis", "Data")
def a_cache_that_speaks_plain_text(after: Copy) -> None:
    after.at(CACHE)["TransitEncryptionMode"] = "preferred"


@case("3 replaced: Replace Data/Database/Instance, Weaken Data/Database/Instance", "Data")
def a_database_in_plain_text(after: Copy) -> None:
    after.at(DATABASE)["StorageEncrypted"] = False


@case("1 changed: Weaken Foundation/Key/Key", "Foundation")
def a_key_that_is_not_rotated(after: Copy) -> None:
    after.at("Foundation/Key/Key")["EnableKeyRotation"] = False


# Numbers of the plan.


@case("1 changed: Change Service/Service/Service/TaskCount/Target", "Service")
def fewer_tasks_at_the_least(after: Copy) -> None:
    after.at(TASKS)["MinCapacity"]["Fn::If"][1] = 1


@case("1 changed: Change Service/Service/Service/TaskCount/Target/Cpu", "Service")
def scaling_at_another_load(after: Copy) -> None:
    policy = after.at("Service/Service/Service/TaskCount/Target/Cpu")["TargetTrackingScalingPolicyConfiguration"]
    policy["TargetValue"] = 90


@case("1 changed: Change Operations/Observability/Monitoring/GoodiesProd-Users-ErrorRate-Critical", "Operations")
def an_alarm_at_another_value(after: Copy) -> None:
    after.at(ERRORS)["Threshold"] = 10


@case("1 removed: Remove Operations/Observability/Monitoring/GoodiesProd-Users-ErrorRate-Critical", "Operations")
def an_alarm_less(after: Copy) -> None:
    after.remove(ERRORS)


@case("1 changed: Change Service/Service/Service/Service", "Service")
def releases_without_rollback(after: Copy) -> None:
    after.at("Service/Service/Service/Service")["DeploymentConfiguration"]["Alarms"]["Rollback"] = False
