"""The API-backed types: one row per resource type that MiniStack's CloudFormation does not know."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from ministack.core.responses import get_account_id, get_region

from local.emulator.api_calls import call
from local.emulator.handlers.api_backed import ApiBacked, Setting
from local.emulator.schemas import Properties
from local.emulator.tasks import SteadyService


def _permission(properties: Properties) -> Properties:
    """A security-group rule is flat in a template and a permission with one range in the API."""
    description = {"Description": properties["Description"]} if "Description" in properties else {}
    ranges = {
        "CidrIp": ("IpRanges", "CidrIp"),
        "CidrIpv6": ("Ipv6Ranges", "CidrIpv6"),
        "SourcePrefixListId": ("PrefixListIds", "PrefixListId"),
        "DestinationPrefixListId": ("PrefixListIds", "PrefixListId"),
        "SourceSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
        "DestinationSecurityGroupId": ("UserIdGroupPairs", "GroupId"),
    }
    permission: Properties = {
        name: properties[name] for name in ("IpProtocol", "FromPort", "ToPort") if name in properties
    }
    for name, (member, key) in ranges.items():
        if name in properties:
            permission[member] = [{key: properties[name], **description}]
    return {"GroupId": properties["GroupId"], "IpPermissions": [permission]}


def _egress(properties: Properties) -> Properties:
    """A first egress rule takes the place of the rule that every new group has, which lets everything out."""
    group = call("ec2", "DescribeSecurityGroups", {"GroupIds": [properties["GroupId"]]})["SecurityGroups"][0]
    everything = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    for permission in group["IpPermissionsEgress"]:
        # Its description identifies one that a template asks for.
        if {name: permission[name] for name in everything} == everything:
            call("ec2", "RevokeSecurityGroupEgress", {"GroupId": group["GroupId"], "IpPermissions": [permission]})
    return _permission(properties)


def _alarm(properties: Properties) -> Properties:
    """The API answers nothing, so the alarm's ARN is made from its name; what the API does not know is not sent."""
    return {
        **properties,
        "Arn": f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{properties['AlarmName']}",
    }


def _patterns(properties: Properties) -> list[Properties]:
    """A pattern is a text in a template and an object in the API."""
    return [{"RegexString": pattern} for pattern in properties["RegularExpressionList"]]


def _pattern_set(ref: str) -> Properties:
    """Return what addresses a set in the API, with the token that an update or a deletion must bring."""
    address = dict(zip(("Name", "Id", "Scope"), ref.split("|"), strict=True))
    return {**address, "LockToken": call("wafv2", "GetRegexPatternSet", address)["LockToken"]}


def _new_patterns(ref: str, properties: Properties) -> Properties:
    return {**_pattern_set(ref), "RegularExpressionList": _patterns(properties)}


def _rule(direction: str, request: Callable[[Properties], Properties]) -> ApiBacked:
    return ApiBacked(
        service="ec2",
        creates=f"AuthorizeSecurityGroup{direction}",
        ref="SecurityGroupRules[0].SecurityGroupRuleId",
        attributes={"Id": "SecurityGroupRules[0].SecurityGroupRuleId"},
        request=request,
        deletes=f"RevokeSecurityGroup{direction}",
        address=lambda rule, properties: {"GroupId": properties["GroupId"], "SecurityGroupRuleIds": [rule]},
    )


def _allocation(public_ip: str, _: Properties) -> Properties:
    """``Ref`` of an address is the address itself, and it is released by its allocation."""
    addresses = call("ec2", "DescribeAddresses", {})["Addresses"]
    return {
        "AllocationId": next((item["AllocationId"] for item in addresses if item["PublicIp"] == public_ip), "released")
    }


def _flow_log(properties: Properties) -> Properties:
    return {**properties, "ResourceIds": [properties["ResourceId"]]}


def _nested(member: str) -> Any:
    """The API wants the properties inside one member."""
    return lambda properties: {member: properties}


API_BACKED_TYPES: dict[str, ApiBacked] = {
    "AWS::EC2::EIP": ApiBacked(
        service="ec2",
        creates="AllocateAddress",
        ref="PublicIp",
        attributes={"AllocationId": "AllocationId", "PublicIp": "PublicIp"},
        tagged_as="elastic-ip",
        settings={
            "Tags": Setting(
                operation="CreateTags",
                request=lambda public_ip, properties: {
                    "Resources": list(_allocation(public_ip, properties).values()),
                    "Tags": properties["Tags"],
                },
            )
        },
        deletes="ReleaseAddress",
        address=_allocation,
    ),
    "AWS::EC2::NatGateway": ApiBacked(
        service="ec2",
        creates="CreateNatGateway",
        ref="NatGateway.NatGatewayId",
        attributes={"NatGatewayId": "NatGateway.NatGatewayId"},
        tagged_as="natgateway",
        deletes="DeleteNatGateway",
        address=lambda gateway, _: {"NatGatewayId": gateway},
    ),
    "AWS::EC2::SecurityGroupIngress": _rule("Ingress", _permission),
    "AWS::EC2::SecurityGroupEgress": _rule("Egress", _egress),
    "AWS::EC2::FlowLog": ApiBacked(
        service="ec2",
        creates="CreateFlowLogs",
        ref="FlowLogIds[0]",
        attributes={"Id": "FlowLogIds[0]"},
        request=_flow_log,
        tagged_as="vpc-flow-log",
        deletes="DeleteFlowLogs",
        address=lambda flow_log, _: {"FlowLogIds": [flow_log]},
    ),
    "AWS::EC2::NetworkAcl": ApiBacked(
        service="ec2",
        creates="CreateNetworkAcl",
        ref="NetworkAcl.NetworkAclId",
        attributes={"Id": "NetworkAcl.NetworkAclId"},
        tagged_as="network-acl",
        deletes="DeleteNetworkAcl",
        address=lambda acl, _: {"NetworkAclId": acl},
    ),
    "AWS::EC2::NetworkAclEntry": ApiBacked(
        service="ec2",
        creates="CreateNetworkAclEntry",
        ref="join('|', [request.NetworkAclId, to_string(request.RuleNumber), to_string(request.Egress)])",
        request=lambda properties: {"Egress": False, **properties},
        renamed={"Icmp": "IcmpTypeCode"},
        deletes="DeleteNetworkAclEntry",
        address=lambda _, properties: {"Egress": False, **properties},
    ),
    "AWS::KMS::ReplicaKey": ApiBacked(
        service="kms",
        creates="ReplicateKey",
        ref="ReplicaKeyMetadata.KeyId",
        attributes={"KeyId": "ReplicaKeyMetadata.KeyId", "Arn": "ReplicaKeyMetadata.Arn"},
        request=lambda properties: {**properties, "ReplicaRegion": get_region()},
        renamed={"PrimaryKeyArn": "KeyId", "KeyPolicy": "Policy"},
        made_from=lambda properties: str(properties["PrimaryKeyArn"]).split(":")[3],
        settings={
            "Description": Setting(
                operation="UpdateKeyDescription",
                request=lambda key, properties: {"KeyId": key, "Description": properties["Description"]},
            ),
            "KeyPolicy": Setting(
                operation="PutKeyPolicy",
                request=lambda key, properties: {
                    "KeyId": key,
                    "PolicyName": "default",
                    "Policy": properties["KeyPolicy"],
                },
            ),
            "Tags": Setting(
                operation="TagResource", request=lambda key, properties: {"KeyId": key, "Tags": properties["Tags"]}
            ),
        },
        deletes="ScheduleKeyDeletion",
        address=lambda key, properties: {
            "KeyId": key,
            "PendingWindowInDays": properties.get("PendingWindowInDays", 30),
        },
    ),
    "AWS::ECS::TaskDefinition": ApiBacked(
        service="ecs",
        creates="RegisterTaskDefinition",
        ref="taskDefinition.taskDefinitionArn",
        attributes={"TaskDefinitionArn": "taskDefinition.taskDefinitionArn"},
        named="Family",
        deletes="DeregisterTaskDefinition",
        address=lambda arn, _: {"taskDefinition": arn},
    ),
    "AWS::ECS::Service": SteadyService(
        service="ecs",
        creates="CreateService",
        ref="service.serviceArn",
        attributes={"ServiceArn": "service.serviceArn", "Name": "service.serviceName"},
        named="ServiceName",
        updates="UpdateService",
        deletes="DeleteService",
        address=lambda arn, properties: {
            "service": arn,
            "cluster": properties.get("Cluster", "default"),
            "force": True,
        },
    ),
    "AWS::SecretsManager::ResourcePolicy": ApiBacked(
        service="secretsmanager",
        creates="PutResourcePolicy",
        ref="ARN",
        attributes={"Id": "ARN"},
        updates="PutResourcePolicy",
        deletes="DeleteResourcePolicy",
        address=lambda _, properties: {"SecretId": properties["SecretId"]},
    ),
    "AWS::SecretsManager::RotationSchedule": ApiBacked(
        service="secretsmanager",
        creates="RotateSecret",
        ref="ARN",
        attributes={"Id": "ARN"},
        updates="RotateSecret",
        deletes="CancelRotateSecret",
        address=lambda _, properties: {"SecretId": properties["SecretId"]},
    ),
    "AWS::Backup::BackupSelection": ApiBacked(
        service="backup",
        creates="CreateBackupSelection",
        ref="SelectionId",
        attributes={"SelectionId": "SelectionId", "BackupPlanId": "BackupPlanId", "Id": "SelectionId"},
        deletes="DeleteBackupSelection",
        address=lambda selection, properties: {"SelectionId": selection, "BackupPlanId": properties["BackupPlanId"]},
    ),
    "AWS::Budgets::Budget": ApiBacked(
        service="budgets",
        creates="CreateBudget",
        ref="request.Budget.BudgetName",
        request=lambda properties: {"AccountId": get_account_id(), **properties},
        settings={
            "Budget": Setting(
                operation="UpdateBudget",
                request=lambda _, properties: {"AccountId": get_account_id(), "NewBudget": properties["Budget"]},
            )
        },
        deletes="DeleteBudget",
        address=lambda name, _: {"AccountId": get_account_id(), "BudgetName": name},
    ),
    "AWS::CloudTrail::Trail": ApiBacked(
        service="cloudtrail",
        creates="CreateTrail",
        ref="Name",
        attributes={"Arn": "TrailARN", "SnsTopicArn": "SnsTopicARN"},
        named="TrailName",
        renamed={"TrailName": "Name", "Tags": "TagsList"},
        updates="UpdateTrail",
        deletes="DeleteTrail",
        address=lambda name, _: {"Name": name},
    ),
    "AWS::CloudWatch::CompositeAlarm": ApiBacked(
        service="cloudwatch",
        creates="PutCompositeAlarm",
        ref="request.AlarmName",
        attributes={"Arn": "request.Arn"},
        request=_alarm,
        named="AlarmName",
        updates="PutCompositeAlarm",
        deletes="DeleteAlarms",
        address=lambda name, _: {"AlarmName": name, "AlarmNames": [name]},
    ),
    "AWS::Config::ConfigurationRecorder": ApiBacked(
        service="config",
        creates="PutConfigurationRecorder",
        ref="request.ConfigurationRecorder.Name",
        request=_nested("ConfigurationRecorder"),
        named="Name",
        updates="PutConfigurationRecorder",
    ),
    "AWS::Config::DeliveryChannel": ApiBacked(
        service="config",
        creates="PutDeliveryChannel",
        ref="request.DeliveryChannel.Name",
        request=_nested("DeliveryChannel"),
        named="Name",
        updates="PutDeliveryChannel",
    ),
    "AWS::Config::ConfigRule": ApiBacked(
        service="config",
        creates="PutConfigRule",
        ref="request.ConfigRule.ConfigRuleName",
        request=_nested("ConfigRule"),
        named="ConfigRuleName",
        updates="PutConfigRule",
        deletes="DeleteConfigRule",
        address=lambda name, _: {"ConfigRuleName": name},
    ),
    "AWS::IAM::Group": ApiBacked(
        service="iam",
        creates="CreateGroup",
        ref="Group.GroupName",
        attributes={"Arn": "Group.Arn"},
        named="GroupName",
        deletes="DeleteGroup",
        address=lambda name, _: {"GroupName": name},
    ),
    "AWS::Route53::HealthCheck": ApiBacked(
        service="route53",
        creates="CreateHealthCheck",
        request=lambda properties: {"CallerReference": str(uuid4()), **properties},
        ref="HealthCheck.Id",
        attributes={"HealthCheckId": "HealthCheck.Id"},
        deletes="DeleteHealthCheck",
        address=lambda check, _: {"HealthCheckId": check},
    ),
    "AWS::WAFv2::RegexPatternSet": ApiBacked(
        service="wafv2",
        creates="CreateRegexPatternSet",
        ref="join('|', [request.Name, Summary.Id, request.Scope])",
        attributes={"Arn": "Summary.ARN", "Id": "Summary.Id"},
        named="Name",
        request=lambda properties: {**properties, "RegularExpressionList": _patterns(properties)},
        settings={"RegularExpressionList": Setting(operation="UpdateRegexPatternSet", request=_new_patterns)},
        deletes="DeleteRegexPatternSet",
        address=lambda ref, _: _pattern_set(ref),
    ),
    "AWS::WAFv2::WebACLAssociation": ApiBacked(
        service="wafv2",
        creates="AssociateWebACL",
        ref="join('|', [request.WebACLArn, request.ResourceArn])",
        deletes="DisassociateWebACL",
        address=lambda _, properties: {"ResourceArn": properties["ResourceArn"]},
    ),
}
