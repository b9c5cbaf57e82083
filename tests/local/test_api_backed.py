"""API-backed types, which MiniStack's services have and its CloudFormation does not know."""

import json
from typing import Any

from local.cloud import EmbeddedCloud
from tests.local.stacks import create

VPC = {"Vpc": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"})}
GROUP = ("AWS::EC2::SecurityGroup", {"GroupDescription": "x", "VpcId": {"Ref": "Vpc"}})
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": "*"}}],
}
TASK = {
    "Family": "app",
    "Cpu": "1024",
    "Memory": "2048",
    "NetworkMode": "awsvpc",
    "RequiresCompatibilities": ["FARGATE"],
    "RuntimePlatform": {"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"},
    "ContainerDefinitions": [
        {
            "Name": "app",
            "Image": "app:1",
            "Secrets": [{"Name": "PASSWORD", "ValueFrom": "arn:secret"}],
            "HealthCheck": {"Command": ["CMD", "true"], "Interval": 10},
            "ReadonlyRootFilesystem": "true",
        }
    ],
}


def test_a_security_group_has_its_rules_until_their_stack_goes(cloud: EmbeddedCloud) -> None:
    ingress = {"GroupId": {"Ref": "Db"}, "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    resources = {**VPC, "Db": GROUP, "App": GROUP}
    rule = {"Rule": ("AWS::EC2::SecurityGroupIngress", ingress | {"SourceSecurityGroupId": {"Ref": "App"}})}
    stack = create(cloud, resources | rule, {"Db": {"Ref": "Db"}, "App": {"Ref": "App"}})
    ec2, database = cloud.client("ec2"), stack.outputs["Db"]
    (permission,) = ec2.describe_security_groups(GroupIds=[database])["SecurityGroups"][0]["IpPermissions"]
    assert (permission["FromPort"], permission["UserIdGroupPairs"][0]["GroupId"]) == (5432, stack.outputs["App"])
    stack.update(resources, {"Db": {"Ref": "Db"}})
    assert ec2.describe_security_groups(GroupIds=[database])["SecurityGroups"][0]["IpPermissions"] == []


def test_a_first_egress_rule_ends_the_rule_that_lets_everything_out(cloud: EmbeddedCloud) -> None:
    egress = {"GroupId": {"Ref": "App"}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}
    stack = create(
        cloud, {**VPC, "App": GROUP, "Out": ("AWS::EC2::SecurityGroupEgress", egress)}, {"App": {"Ref": "App"}}
    )
    group = cloud.client("ec2").describe_security_groups(GroupIds=[stack.outputs["App"]])["SecurityGroups"][0]
    assert [permission["FromPort"] for permission in group["IpPermissionsEgress"]] == [443]


def test_a_nat_gateway_has_its_address_and_both_can_go(cloud: EmbeddedCloud) -> None:
    stack = create(
        cloud,
        {
            **VPC,
            "Subnet": ("AWS::EC2::Subnet", {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}),
            "Address": ("AWS::EC2::EIP", {"Domain": "vpc", "Tags": [{"Key": "a", "Value": "b"}]}),
            "Nat": (
                "AWS::EC2::NatGateway",
                {"SubnetId": {"Ref": "Subnet"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}},
            ),
            "Flow": (
                "AWS::EC2::FlowLog",
                {
                    "ResourceId": {"Ref": "Vpc"},
                    "ResourceType": "VPC",
                    "TrafficType": "ALL",
                    "LogGroupName": "flow",
                    "DeliverLogsPermissionArn": "arn:aws:iam::111122223333:role/flow",
                },
            ),
        },
        {"Address": {"Ref": "Address"}, "Nat": {"Ref": "Nat"}, "Flow": {"Ref": "Flow"}},
    )
    ec2 = cloud.client("ec2")
    assert ec2.describe_addresses(PublicIps=[stack.outputs["Address"]])["Addresses"][0]["Tags"]
    assert ec2.describe_nat_gateways(NatGatewayIds=[stack.outputs["Nat"]])["NatGateways"][0]["State"] == "available"
    assert ec2.describe_flow_logs(FlowLogIds=[stack.outputs["Flow"]])["FlowLogs"][0]["TrafficType"] == "ALL"
    address = stack.outputs["Address"]
    stack.delete()
    assert address not in [item["PublicIp"] for item in ec2.describe_addresses()["Addresses"]]
    assert ec2.describe_flow_logs()["FlowLogs"] == []


def test_a_task_definition_keeps_all_that_it_says(cloud: EmbeddedCloud) -> None:
    stack = create(cloud, {"Task": ("AWS::ECS::TaskDefinition", TASK)})
    ecs = cloud.client("ecs")
    task = ecs.describe_task_definition(taskDefinition=stack.ids()["Task"])["taskDefinition"]
    (container,) = task["containerDefinitions"]
    assert container["secrets"] == [{"name": "PASSWORD", "valueFrom": "arn:secret"}]
    assert container["healthCheck"]["interval"] == 10
    assert container["readonlyRootFilesystem"] is True
    assert task["runtimePlatform"]["cpuArchitecture"] == "ARM64"


def test_a_changed_task_definition_is_a_new_revision(cloud: EmbeddedCloud) -> None:
    stack = create(cloud, {"Task": ("AWS::ECS::TaskDefinition", TASK)})
    before = stack.ids()["Task"]
    stack.update({"Task": ("AWS::ECS::TaskDefinition", TASK | {"Cpu": "512"})})
    assert stack.ids()["Task"] != before


def test_a_service_deploys_as_configured_and_keeps_the_count_that_scaling_chose(cloud: EmbeddedCloud) -> None:
    service = {
        "Cluster": {"Ref": "Cluster"},
        "TaskDefinition": {"Ref": "Task"},
        "EnableExecuteCommand": True,
        "DeploymentConfiguration": {
            "Strategy": "BLUE_GREEN",
            "BakeTimeInMinutes": 5,
            "DeploymentCircuitBreaker": {"Enable": True, "Rollback": True},
        },
    }
    resources = {"Cluster": ("AWS::ECS::Cluster", {}), "Task": ("AWS::ECS::TaskDefinition", TASK)}
    stack = create(cloud, {**resources, "Service": ("AWS::ECS::Service", service)})
    ecs, ids = cloud.client("ecs"), stack.ids()
    ecs.update_service(cluster=ids["Cluster"], service=ids["Service"], desiredCount=7)
    stack.update({**resources, "Service": ("AWS::ECS::Service", service | {"HealthCheckGracePeriodSeconds": 90})})
    (found,) = ecs.describe_services(cluster=ids["Cluster"], services=[ids["Service"]])["services"]
    assert found["enableExecuteCommand"] is True
    assert found["deploymentConfiguration"]["strategy"] == "BLUE_GREEN"
    assert (found["desiredCount"], found["healthCheckGracePeriodSeconds"]) == (7, 90)


def test_a_key_replica_shares_its_key_across_regions(cloud: EmbeddedCloud) -> None:
    primary = create(
        cloud,
        {"Key": ("AWS::KMS::Key", {"KeyPolicy": POLICY, "MultiRegion": True})},
        {"Arn": {"Fn::GetAtt": ["Key", "Arn"]}},
    )
    replica = create(
        cloud,
        {
            "Replica": (
                "AWS::KMS::ReplicaKey",
                {
                    "PrimaryKeyArn": primary.outputs["Arn"],
                    "KeyPolicy": POLICY,
                    "Tags": [{"Key": "project", "Value": "goodies"}],
                },
            )
        },
        {"Arn": {"Fn::GetAtt": ["Replica", "Arn"]}},
        region="us-west-2",
    )
    here, there = cloud.client("kms"), cloud.client("kms", "us-west-2")
    secret = here.encrypt(KeyId=primary.outputs["Arn"], Plaintext=b"goodies")["CiphertextBlob"]
    assert there.decrypt(CiphertextBlob=secret)["Plaintext"] == b"goodies"
    tags = there.list_resource_tags(KeyId=replica.outputs["Arn"])["Tags"]
    assert tags == [{"TagKey": "project", "TagValue": "goodies"}]


def test_what_changes_in_place_stays_the_same_thing(cloud: EmbeddedCloud) -> None:
    def resources(project: str, amount: int, tag: str) -> dict[str, Any]:
        policy = {**POLICY, "Id": project}
        limit = {"Amount": amount, "Unit": "USD"}
        budget = {"BudgetType": "COST", "TimeUnit": "MONTHLY", "BudgetName": "in-place", "BudgetLimit": limit}
        return {
            "Replica": ("AWS::KMS::ReplicaKey", {"PrimaryKeyArn": primary, "KeyPolicy": policy}),
            "Budget": (
                "AWS::Budgets::Budget",
                {"Budget": {**budget, "BudgetLimit": {"Amount": amount, "Unit": "USD"}}},
            ),
            "Address": ("AWS::EC2::EIP", {"Tags": [{"Key": "project", "Value": tag}]}),
        }

    key = {"Key": ("AWS::KMS::Key", {"KeyPolicy": POLICY, "MultiRegion": True})}
    primary = create(cloud, key, {"Arn": {"Fn::GetAtt": ["Key", "Arn"]}}).outputs["Arn"]
    outputs = {name: {"Fn::GetAtt": name.split(".")} for name in ("Replica.Arn", "Address.AllocationId")}
    outputs = {name.replace(".", ""): value for name, value in outputs.items()}
    stack = create(cloud, resources("one", 1, "one"), outputs, region="us-west-2")
    ids, said = stack.ids(), stack.outputs
    stack.update(resources("two", 2, "two"), outputs)
    assert (stack.ids(), stack.outputs) == (ids, said)
    policy = cloud.client("kms", "us-west-2").get_key_policy(KeyId=said["ReplicaArn"], PolicyName="default")["Policy"]
    account = cloud.account
    budget = cloud.client("budgets", "us-west-2").describe_budget(AccountId=account, BudgetName="in-place")["Budget"]
    addresses = cloud.client("ec2", "us-west-2").describe_addresses(AllocationIds=[said["AddressAllocationId"]])
    assert json.loads(policy)["Id"] == "two"
    assert float(budget["BudgetLimit"]["Amount"]) == 2
    assert addresses["Addresses"][0]["Tags"] == [{"Key": "project", "Value": "two"}]
    stack.delete()


def test_the_types_of_the_account_stack_are_created(cloud: EmbeddedCloud) -> None:
    notice = {"ComparisonOperator": "GREATER_THAN", "NotificationType": "ACTUAL", "Threshold": 80}
    budget = {
        "BudgetType": "COST",
        "TimeUnit": "MONTHLY",
        "BudgetName": "all",
        "BudgetLimit": {"Amount": 9, "Unit": "USD"},
    }
    subscriber = {"Address": "a@goodies.example", "SubscriptionType": "EMAIL"}
    stack = create(
        cloud,
        {
            "Logs": ("AWS::S3::Bucket", {}),
            "Trail": (
                "AWS::CloudTrail::Trail",
                {
                    "TrailName": "audit",
                    "S3BucketName": {"Ref": "Logs"},
                    "IsLogging": True,
                    "EnableLogFileValidation": True,
                    "IsMultiRegionTrail": True,
                },
            ),
            "Recorder": ("AWS::Config::ConfigurationRecorder", {"RoleARN": "arn:aws:iam::111122223333:role/config"}),
            "Channel": ("AWS::Config::DeliveryChannel", {"S3BucketName": {"Ref": "Logs"}}),
            "Rule": (
                "AWS::Config::ConfigRule",
                {"ConfigRuleName": "mfa", "Source": {"Owner": "AWS", "SourceIdentifier": "ROOT_ACCOUNT_MFA_ENABLED"}},
            ),
            "Budget": (
                "AWS::Budgets::Budget",
                {
                    "Budget": budget,
                    "NotificationsWithSubscribers": [{"Notification": notice, "Subscribers": [subscriber]}],
                },
            ),
            "Group": ("AWS::IAM::Group", {}),
            "Check": (
                "AWS::Route53::HealthCheck",
                {"HealthCheckConfig": {"Type": "HTTPS", "FullyQualifiedDomainName": "goodies.example"}},
            ),
        },
    )
    assert cloud.client("cloudtrail").get_trail_status(Name="audit")["IsLogging"] is True
    assert cloud.client("config").describe_config_rules()["ConfigRules"][0]["ConfigRuleName"] == "mfa"
    budgets = cloud.client("budgets").describe_budgets(AccountId="111122223333")["Budgets"]
    assert budgets[0]["BudgetLimit"]["Amount"] == "9"
    stack.delete()
