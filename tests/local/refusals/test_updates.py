"""Updates that CloudFormation refuses, and what an update sets again."""

from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from tests.local.stacks import RefusedError, create

PARAMETER = "AWS::SSM::Parameter"


def budget(address: str, name: str = "it") -> dict[str, Any]:
    notification = {"ComparisonOperator": "GREATER_THAN", "NotificationType": "ACTUAL", "Threshold": 80}
    return {
        "Budget": {"BudgetName": name, "BudgetType": "COST", "TimeUnit": "MONTHLY"},
        "NotificationsWithSubscribers": [
            {"Notification": notification, "Subscribers": [{"SubscriptionType": "EMAIL", "Address": address}]}
        ],
    }


def test_a_replacement_under_the_same_name_is_refused(cloud: EmbeddedCloud) -> None:
    stack = create(cloud, {"It": ("AWS::Budgets::Budget", budget("one@goodies.example"))})
    with pytest.raises(RefusedError, match=r"custom-named resource requires replacing. Rename it"):
        stack.update({"It": ("AWS::Budgets::Budget", budget("two@goodies.example"))})
    stack.update({"It": ("AWS::Budgets::Budget", budget("two@goodies.example", name="other"))})
    stack.delete()


def test_the_deployed_reference_is_resolved_again(cloud: EmbeddedCloud) -> None:
    def secrets(*generations: int) -> dict[str, Any]:
        return {
            f"G{number}": ("AWS::SecretsManager::Secret", {"Name": f"generation-{number}", "SecretString": str(number)})
            for number in generations
        }

    def consumer(generation: int) -> dict[str, Any]:
        reference = f"{{{{resolve:secretsmanager:generation-{generation}}}}}"
        return {"It": (PARAMETER, {"Type": "String", "Value": reference})}

    data, service = create(cloud, secrets(0, 1)), create(cloud, consumer(0))
    data.update(secrets(1))
    with pytest.raises(RefusedError, match="generation-0"):
        service.update(consumer(1))
    data.update(secrets(0, 1))
    service.update(consumer(1))


def test_an_update_of_a_rule_sets_its_weights_again(cloud: EmbeddedCloud) -> None:
    def resources(secret: str) -> dict[str, Any]:
        weights = [
            {"TargetGroupArn": {"Ref": "Blue"}, "Weight": 100},
            {"TargetGroupArn": {"Ref": "Green"}, "Weight": 0},
        ]
        header = {"HttpHeaderName": "X-Origin", "Values": [secret]}
        group = {"Port": 80, "Protocol": "HTTP", "TargetType": "ip", "VpcId": {"Ref": "Network"}}
        return {
            "Network": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
            "Blue": ("AWS::ElasticLoadBalancingV2::TargetGroup", group),
            "Green": ("AWS::ElasticLoadBalancingV2::TargetGroup", group),
            "Balancer": ("AWS::ElasticLoadBalancingV2::LoadBalancer", {"Subnets": []}),
            "Listener": (
                "AWS::ElasticLoadBalancingV2::Listener",
                {
                    "LoadBalancerArn": {"Ref": "Balancer"},
                    "Port": 80,
                    "Protocol": "HTTP",
                    "DefaultActions": [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "403"}}],
                },
            ),
            "Rule": (
                "AWS::ElasticLoadBalancingV2::ListenerRule",
                {
                    "ListenerArn": {"Ref": "Listener"},
                    "Priority": 1,
                    "Conditions": [{"Field": "http-header", "HttpHeaderConfig": header}],
                    "Actions": [{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}],
                },
            ),
        }

    def weights() -> list[int]:
        (found,) = api.describe_rules(RuleArns=[rule])["Rules"]
        (action,) = found["Actions"]
        return [group["Weight"] for group in action["ForwardConfig"]["TargetGroups"]]

    stack, api = create(cloud, resources("one")), cloud.client("elbv2")
    rule, groups = stack.ids()["Rule"], [stack.ids()["Blue"], stack.ids()["Green"]]
    assert weights() == [100, 0]
    moved = [{"TargetGroupArn": group, "Weight": weight} for group, weight in zip(groups, (0, 100), strict=True)]
    api.modify_rule(RuleArn=rule, Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": moved}}])
    assert weights() == [0, 100]
    stack.update({**resources("one"), "Other": (PARAMETER, {"Type": "String", "Value": "x"})})
    assert weights() == [0, 100]
    stack.update(resources("two"))
    assert weights() == [100, 0]


def test_a_range_is_not_given_away_before_its_subnet_is_gone(cloud: EmbeddedCloud) -> None:
    def subnets(*ranges: str) -> dict[str, Any]:
        subnets = {
            f"S{number}": ("AWS::EC2::Subnet", {"VpcId": {"Ref": "Network"}, "CidrBlock": given})
            for number, given in enumerate(ranges)
        }
        return {"Network": ("AWS::EC2::VPC", {"CidrBlock": "10.0.0.0/16"}), **subnets}

    stack = create(cloud, subnets("10.0.0.0/24", "10.0.1.0/24"))
    with pytest.raises(RefusedError, match=r"The CIDR '10.0.1.0/25' conflicts with another subnet"):
        stack.update(subnets("10.0.0.0/24", "10.0.2.0/24", "10.0.1.0/25"))
    create(cloud, subnets("10.0.0.0/24"))


def test_a_continuous_backup_keeps_the_retention_as_it_is(cloud: EmbeddedCloud) -> None:
    def resources(days: int, *, continuous: bool) -> dict[str, Any]:
        database = {
            "DBInstanceIdentifier": "backed-up",
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "AllocatedStorage": "20",
            "MasterUsername": "goodies",
            "MasterUserPassword": "not-a-secret-1",
            "BackupRetentionPeriod": days,
        }
        rule = {"RuleName": "daily", "TargetBackupVault": "Default", "EnableContinuousBackup": continuous}
        selection = {
            "SelectionName": "it",
            "IamRoleArn": "arn:aws:iam::111122223333:role/it",
            "Resources": ["arn:aws:rds:us-east-1:111122223333:db:backed-up"],
        }
        return {
            "Database": ("AWS::RDS::DBInstance", database),
            "Plan": ("AWS::Backup::BackupPlan", {"BackupPlan": {"BackupPlanName": "it", "BackupPlanRule": [rule]}}),
            "Chosen": (
                "AWS::Backup::BackupSelection",
                {"BackupPlanId": {"Ref": "Plan"}, "BackupSelection": selection},
            ),
        }

    stack = create(cloud, resources(7, continuous=True))
    with pytest.raises(RefusedError, match="only with the current value 7"):
        stack.update(resources(14, continuous=True))
    stack.delete()
    stack = create(cloud, resources(7, continuous=False))
    stack.update(resources(14, continuous=False))
    stack.delete()
