"""Native fixes and property sync: types that MiniStack's CloudFormation makes, but not as the template says."""

import json
import time
from typing import Any

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.mailbox import Mailbox
from tests.local.stacks import RefusedError, Stack, create

BUCKET = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {
                "BucketKeyEnabled": True,
                "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:key"},
            }
        ]
    },
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "cold",
                "Status": "Enabled",
                "Prefix": "old/",
                "Transitions": [{"StorageClass": "GLACIER", "TransitionInDays": 90}],
                "ExpirationInDays": 400,
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            }
        ]
    },
    "LoggingConfiguration": {"DestinationBucketName": {"Ref": "Logs"}, "LogFilePrefix": "it/"},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "Tags": [{"Key": "project", "Value": "goodies"}],
}


def test_a_bucket_keeps_all_that_its_template_says(cloud: EmbeddedCloud) -> None:
    logs: tuple[str, dict[str, Any]] = ("AWS::S3::Bucket", {})
    stack = create(cloud, {"Logs": logs, "It": ("AWS::S3::Bucket", BUCKET)})
    s3, bucket = cloud.client("s3"), stack.ids()["It"]
    (encryption,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert encryption["BucketKeyEnabled"] is True
    assert rule["Transitions"] == [{"Days": 90, "StorageClass": "GLACIER"}]
    assert (rule["Filter"], rule["Expiration"]) == ({"Prefix": "old/"}, {"Days": 400})
    assert s3.get_bucket_logging(Bucket=bucket)["LoggingEnabled"]["TargetPrefix"] == "it/"
    assert s3.get_bucket_tagging(Bucket=bucket)["TagSet"] == [{"Key": "project", "Value": "goodies"}]
    kept = {name: value for name, value in BUCKET.items() if name != "LifecycleConfiguration"}
    stack.update({"Logs": logs, "It": ("AWS::S3::Bucket", kept)})
    try:
        rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except s3.exceptions.ClientError:
        rules = []
    assert rules == []


def test_what_lies_in_a_bucket_is_replicated_across_regions(cloud: EmbeddedCloud) -> None:
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    there = create(cloud, {"It": ("AWS::S3::Bucket", versioned)}, region="us-west-2").ids()["It"]
    rule = {"Id": "all", "Status": "Enabled", "Prefix": "", "Destination": {"Bucket": f"arn:aws:s3:::{there}"}}
    replication = {"ReplicationConfiguration": {"Role": "arn:aws:iam::111122223333:role/r", "Rules": [rule]}}
    here = create(cloud, {"It": ("AWS::S3::Bucket", versioned | replication)}).ids()["It"]
    cloud.client("s3").put_object(Bucket=here, Key="goodie", Body=b"x")
    assert cloud.client("s3", "us-west-2").get_object(Bucket=there, Key="goodie")["Body"].read() == b"x"


def test_a_secret_is_named_by_its_arn_and_obeys_its_rules(cloud: EmbeddedCloud) -> None:
    rules = {
        "SecretStringTemplate": '{"username": "goodies"}',
        "GenerateStringKey": "password",
        "PasswordLength": 64,
        "ExcludePunctuation": True,
    }
    secret = {"GenerateSecretString": rules, "ReplicaRegions": [{"Region": "us-west-2"}]}
    stack = create(cloud, {"It": ("AWS::SecretsManager::Secret", secret)}, {"Ref": {"Ref": "It"}})
    arn = stack.outputs["Ref"]
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:111122223333:secret:")
    value = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"])
    assert value["username"] == "goodies"
    assert len(value["password"]) == 64
    assert value["password"].isalnum()
    stack.update({"It": ("AWS::SecretsManager::Secret", secret | {"Description": "changed"})})
    unchanged = cloud.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    assert json.loads(unchanged) == value
    copy = cloud.client("secretsmanager", "us-west-2").get_secret_value(SecretId=arn.replace("us-east-1", "us-west-2"))
    assert json.loads(copy["SecretString"]) == value
    stack.delete()


def test_a_secret_rotates_by_its_schedule(cloud: EmbeddedCloud) -> None:
    function = "arn:aws:lambda:us-east-1:111122223333:function:rotate"
    stack = create(
        cloud,
        {
            "It": ("AWS::SecretsManager::Secret", {"SecretString": "x"}),
            "Schedule": (
                "AWS::SecretsManager::RotationSchedule",
                {
                    "SecretId": {"Ref": "It"},
                    "RotationLambdaARN": function,
                    "RotationRules": {"ScheduleExpression": "rate(30 days)"},
                },
            ),
        },
    )
    described = cloud.client("secretsmanager").describe_secret(SecretId=stack.ids()["It"])
    assert (described["RotationEnabled"], described["RotationLambdaARN"]) == (True, function)


def test_each_cache_has_endpoints_of_its_own(cloud: EmbeddedCloud) -> None:
    group = {
        "ReplicationGroupDescription": "x",
        "Engine": "valkey",
        "CacheNodeType": "cache.t4g.micro",
        "NumCacheClusters": 2,
        "TransitEncryptionEnabled": True,
        "AuthToken": "a-token-of-16-characters",
    }
    outputs = {
        "Primary": {"Fn::GetAtt": ["One", "PrimaryEndPoint.Address"]},
        "Reader": {"Fn::GetAtt": ["One", "ReaderEndPoint.Address"]},
        "Other": {"Fn::GetAtt": ["Two", "PrimaryEndPoint.Address"]},
    }
    resources = dict.fromkeys(("One", "Two"), ("AWS::ElastiCache::ReplicationGroup", group))
    stack = create(cloud, resources, outputs)
    identifier = stack.ids()["One"]
    client = cloud.client("elasticache")
    (found,) = client.describe_replication_groups(ReplicationGroupId=identifier)["ReplicationGroups"]
    shard = found["NodeGroups"][0]
    assert stack.outputs["Primary"] == shard["PrimaryEndpoint"]["Address"]
    assert stack.outputs["Primary"].startswith(f"master.{identifier}.")
    assert stack.outputs["Primary"].endswith(".use1.cache.amazonaws.com")
    assert stack.outputs["Reader"] == shard["ReaderEndpoint"]["Address"]
    assert len({*stack.outputs.values()}) == len(outputs)
    given = cloud.control("passwords", {"Account": cloud.account, "Region": "us-east-1"})
    assert given["caches"][identifier] == ["a-token-of-16-characters"]
    stack.delete()


def test_a_read_replica_follows_its_source_into_another_region(cloud: EmbeddedCloud) -> None:
    source = {
        "DBInstanceIdentifier": "source",
        "Engine": "postgres",
        "DBInstanceClass": "db.m7g.large",
        "AllocatedStorage": "100",
        "MasterUsername": "goodies",
        "MasterUserPassword": "secret-enough",
        "StorageEncrypted": True,
    }
    original = create(cloud, {"Db": ("AWS::RDS::DBInstance", source)}, {"Arn": {"Fn::GetAtt": ["Db", "DBInstanceArn"]}})
    arn = original.outputs["Arn"]
    replica = {"SourceDBInstanceIdentifier": arn, "SourceRegion": "us-east-1", "DBInstanceClass": "db.m7g.large"}
    stack = create(
        cloud,
        {"Db": ("AWS::RDS::DBInstance", replica)},
        {"Arn": {"Fn::GetAtt": ["Db", "DBInstanceArn"]}},
        region="us-west-2",
    )
    identifier = stack.ids()["Db"]
    here, there = cloud.client("rds"), cloud.client("rds", "us-west-2")
    (found,) = there.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    assert found["ReadReplicaSourceDBInstanceIdentifier"] == arn
    assert (found["AllocatedStorage"], found["MasterUsername"], found["StorageEncrypted"]) == (100, "goodies", True)

    def replicas() -> list[str]:
        (described,) = here.describe_db_instances(DBInstanceIdentifier="source")["DBInstances"]
        return list(described["ReadReplicaDBInstanceIdentifiers"])

    assert replicas() == [stack.outputs["Arn"]]
    stack.delete()
    assert replicas() == []


def test_a_master_password_that_rds_manages_is_a_secret(cloud: EmbeddedCloud) -> None:
    database = {
        "Engine": "postgres",
        "DBInstanceClass": "db.m7g.large",
        "AllocatedStorage": "20",
        "MasterUsername": "goodies",
        "ManageMasterUserPassword": True,
    }
    outputs = {"Secret": {"Fn::GetAtt": ["Db", "MasterUserSecret.SecretArn"]}}
    stack = create(cloud, {"Db": ("AWS::RDS::DBInstance", database)}, outputs)
    secrets, arn = cloud.client("secretsmanager"), stack.outputs["Secret"]
    assert json.loads(secrets.get_secret_value(SecretId=arn)["SecretString"])["username"] == "goodies"
    stack.update({"Db": ("AWS::RDS::DBInstance", database | {"AllocatedStorage": "30"})}, outputs)
    assert stack.outputs["Secret"] == arn
    stack.delete()
    assert arn not in [secret["ARN"] for secret in secrets.list_secrets()["SecretList"]]


def test_an_alarm_on_metric_math_can_go_off(cloud: EmbeddedCloud) -> None:
    metric = {"Metric": {"Namespace": "AWS/X", "MetricName": "errors"}, "Period": 60, "Stat": "Sum"}
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Metrics": [
            {"Id": "e", "MetricStat": metric, "ReturnData": False},
            {"Id": "rate", "Expression": "100 * e", "ReturnData": True},
        ],
    }
    rule = {"AlarmRule": {"Fn::Join": ["", ["ALARM(", {"Ref": "It"}, ")"]]}}
    stack = create(
        cloud,
        {"It": ("AWS::CloudWatch::Alarm", alarm), "All": ("AWS::CloudWatch::CompositeAlarm", rule)},
    )
    cloudwatch, ids = cloud.client("cloudwatch"), stack.ids()
    cloudwatch.set_alarm_state(AlarmName=ids["It"], StateValue="ALARM", StateReason="test")
    (parent,) = cloudwatch.describe_alarms(AlarmNames=[ids["All"]], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert parent["StateValue"] == "ALARM"
    stack.update(
        {"It": ("AWS::CloudWatch::Alarm", alarm | {"Threshold": 2}), "All": ("AWS::CloudWatch::CompositeAlarm", rule)}
    )
    (changed,) = cloudwatch.describe_alarms(AlarmNames=[ids["It"]])["MetricAlarms"]
    assert (changed["Threshold"], changed["Metrics"][1]["Expression"]) == (2, "100 * e")
    assert "MetricName" not in changed


def test_an_alarm_goes_off_by_itself_unless_another_process_evaluates_it(cloud: EmbeddedCloud) -> None:
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Namespace": "Rest",
        "MetricName": "errors",
        "Period": 60,
        "Statistic": "Sum",
    }
    name = create(cloud, {"It": ("AWS::CloudWatch::Alarm", alarm)}).ids()["It"]
    cloudwatch = cloud.client("cloudwatch")

    def state_after_an_error() -> str:
        cloudwatch.put_metric_data(Namespace="Rest", MetricData=[{"MetricName": "errors", "Value": 2}])
        return str(cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"])

    cloud.control("rest-alarms", 600)
    try:
        assert state_after_an_error() == "INSUFFICIENT_DATA"
    finally:
        cloud.control("rest-alarms", 0)
    assert state_after_an_error() == "ALARM"


def test_actions_of_a_composite_alarm_are_suppressed_by_another(cloud: EmbeddedCloud) -> None:
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "Namespace": "Suppressed",
        "MetricName": "x",
        "Period": 60,
        "Statistic": "Sum",
    }
    page = {
        "AlarmName": "page",
        "AlarmRule": {"Fn::Join": ["", ["ALARM(", {"Ref": "Cause"}, ")"]]},
        "AlarmActions": [{"Ref": "Topic"}],
        "ActionsSuppressor": {"Fn::GetAtt": ["Outage", "Arn"]},
        "ActionsSuppressorWaitPeriod": 1,
        "ActionsSuppressorExtensionPeriod": 1,
    }
    ids = create(
        cloud,
        {
            "Topic": ("AWS::SNS::Topic", {}),
            "Cause": ("AWS::CloudWatch::Alarm", alarm),
            "Outage": ("AWS::CloudWatch::Alarm", alarm),
            "Page": ("AWS::CloudWatch::CompositeAlarm", page),
        },
    ).ids()
    mailbox = Mailbox(cloud, ids["Topic"])

    def set_state(name: str, state: str) -> None:
        cloud.client("cloudwatch").set_alarm_state(AlarmName=ids[name], StateValue=state, StateReason="test")

    set_state("Cause", "ALARM")
    assert mailbox.subjects(wait=True) == ["page"]
    set_state("Cause", "OK")
    # The suppressor goes off a little later.
    set_state("Cause", "ALARM")
    set_state("Outage", "ALARM")
    time.sleep(1.5)
    assert mailbox.subjects(wait=False) == []
    set_state("Outage", "OK")
    assert mailbox.subjects(wait=True) == ["page"]
    # What is over before the suppression is told to nobody.
    set_state("Outage", "ALARM")
    set_state("Cause", "OK")
    set_state("Cause", "ALARM")
    set_state("Cause", "OK")
    set_state("Outage", "OK")
    time.sleep(1.5)
    assert mailbox.subjects(wait=False) == []


def test_a_web_acl_answers_what_it_searches_for(cloud: EmbeddedCloud) -> None:
    visible = {"CloudWatchMetricsEnabled": True, "MetricName": "x", "SampledRequestsEnabled": False}
    plain = [{"Priority": 0, "Type": "NONE"}]
    logins = {
        "ByteMatchStatement": {
            "FieldToMatch": {"UriPath": {}},
            "PositionalConstraint": "STARTS_WITH",
            "SearchString": "/api/v1/auth/",
            "TextTransformations": plain,
        }
    }
    header = {"FieldToMatch": {"SingleHeader": {"Name": "x-secret"}}, "TextTransformations": plain}
    statements = [
        {"RateBasedStatement": {"AggregateKeyType": "IP", "Limit": 100, "ScopeDownStatement": logins}},
        {"RegexPatternSetReferenceStatement": {**header, "Arn": {"Fn::GetAtt": ["Set", "Arn"]}}},
    ]
    rules = [
        {
            "Name": f"x{number}",
            "Priority": number,
            "Action": {"Block": {}},
            "VisibilityConfig": visible,
            "Statement": it,
        }
        for number, it in enumerate(statements)
    ]
    acl = {"Scope": "REGIONAL", "DefaultAction": {"Allow": {}}, "Rules": rules, "VisibilityConfig": visible}
    patterns = {"Name": "secrets", "Scope": "REGIONAL", "RegularExpressionList": ["^x$"]}
    arn = create(
        cloud,
        {"It": ("AWS::WAFv2::WebACL", acl), "Set": ("AWS::WAFv2::RegexPatternSet", patterns)},
        {"Arn": {"Fn::GetAtt": ["It", "Arn"]}},
    ).outputs["Arn"]
    name, identifier = arn.split("/")[-2:]
    answer = cloud.client("wafv2").get_web_acl(Name=name, Id=identifier, Scope="REGIONAL")["WebACL"]
    statement = answer["Rules"][0]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    assert statement["ByteMatchStatement"]["SearchString"] == b"/api/v1/auth/"
    reference = answer["Rules"][1]["Statement"]["RegexPatternSetReferenceStatement"]["ARN"]
    assert "/regexpatternset/secrets/" in reference


def test_a_vpc_answers_its_range(cloud: EmbeddedCloud) -> None:
    stack = create(
        cloud, {"It": ("AWS::EC2::VPC", {"CidrBlock": "10.9.0.0/16"})}, {"Range": {"Fn::GetAtt": ["It", "CidrBlock"]}}
    )
    assert stack.outputs["Range"] == "10.9.0.0/16"


def test_an_output_is_read_across_regions(cloud: EmbeddedCloud) -> None:
    parameter = {"Type": "String", "Value": "here"}
    source = create(cloud, {"It": ("AWS::SSM::Parameter", parameter)}, {"Value": {"Fn::GetAtt": ["It", "Value"]}})
    reference = {"StackName": source.name, "Region": "us-east-1", "OutputName": "Value"}
    reader = create(
        cloud,
        {"It": ("AWS::SSM::Parameter", parameter | {"Value": {"Fn::GetStackOutput": reference}})},
        {"Value": {"Fn::GetAtt": ["It", "Value"]}},
        region="us-west-2",
    )
    assert reader.outputs["Value"] == "here"


def test_an_export_in_use_neither_changes_nor_goes(cloud: EmbeddedCloud) -> None:
    def exporting(name: str, value: str) -> str:
        resources = {"It": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}}
        output = {"Value": {"Fn::GetAtt": ["It", "Value"]}, "Export": {"Name": name}}
        return json.dumps({"Resources": resources, "Outputs": {"It": output}})

    api = cloud.client("cloudformation")
    api.create_stack(StackName="producer", TemplateBody=exporting("shared", "1"))
    producer = Stack(cloud, "producer", "us-east-1")
    producer.rest("CREATE_COMPLETE")
    parameter = {"Type": "String", "Value": {"Fn::ImportValue": "shared"}}
    reader = create(cloud, {"It": ("AWS::SSM::Parameter", parameter)})
    for template, refusal in (
        (exporting("shared", "2"), f"Export shared cannot be updated as it is in use by {reader.name}"),
        (exporting("other", "1"), f"Export shared cannot be deleted as it is in use by {reader.name}"),
    ):
        api.update_stack(StackName="producer", TemplateBody=template)
        with pytest.raises(RefusedError, match=refusal):
            producer.rest("UPDATE_COMPLETE")
    reader.delete()
    api.update_stack(StackName="producer", TemplateBody=exporting("other", "1"))
    producer.rest("UPDATE_COMPLETE")


def test_what_cloudfront_says_of_a_distribution_can_be_given_back(cloud: EmbeddedCloud) -> None:
    origins = [
        {"Id": "service", "DomainName": "origin.example", "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"}},
        {"Id": "assets", "DomainName": "assets.s3.us-east-1.amazonaws.com", "S3OriginConfig": {}},
    ]
    behavior = {"TargetOriginId": "service", "ViewerProtocolPolicy": "https-only", "CachePolicyId": "none"}
    config = {"Enabled": True, "Origins": origins, "DefaultCacheBehavior": behavior}
    stack = create(cloud, {"It": ("AWS::CloudFront::Distribution", {"DistributionConfig": config})})
    cdn, identifier = cloud.client("cloudfront"), stack.ids()["It"]

    def give_back() -> dict[str, Any]:
        answer = cdn.get_distribution_config(Id=identifier)
        cdn.update_distribution(Id=identifier, IfMatch=answer["ETag"], DistributionConfig=answer["DistributionConfig"])
        found: dict[str, Any] = cdn.get_distribution_config(Id=identifier)["DistributionConfig"]
        assert found == answer["DistributionConfig"]
        return found

    service, assets = give_back()["Origins"]["Items"]
    assert (service["CustomOriginConfig"]["HTTPPort"], service["CustomOriginConfig"]["HTTPSPort"]) == (80, 443)
    assert assets["S3OriginConfig"] == {"OriginAccessIdentity": ""}
    config["Comment"] = "changed"
    stack.update({"It": ("AWS::CloudFront::Distribution", {"DistributionConfig": config})})
    assert give_back()["Comment"] == "changed"
