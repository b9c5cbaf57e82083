"""Production after ``cdk deploy GoodiesProd``, as the services' APIs describe it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY, RECOVERY

pytestmark = pytest.mark.xdist_group("deployed")

Find = Callable[..., str]
DATA = "GoodiesProd-Data"
SERVICE = "GoodiesProd-Service"


@pytest.mark.plan("AWS-4/multi-az", "DR-1", "DR-2", "SEC-7", "SEC-1/data")
def test_the_database_has_a_standby_is_encrypted_and_kept_for_a_week(deployed: EmbeddedCloud, resource: Find) -> None:
    rds = deployed.client("rds", PRIMARY)
    name = resource(DATA, "AWS::RDS::DBInstance")
    (database,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert database["MultiAZ"]
    assert database["StorageEncrypted"]
    assert database["DeletionProtection"]
    assert not database["PubliclyAccessible"]
    assert database["BackupRetentionPeriod"] >= 7


@pytest.mark.plan("DR-3", "AWS-1/recovery")
def test_a_read_replica_is_in_the_recovery_region(deployed: EmbeddedCloud, resource: Find) -> None:
    source = resource(DATA, "AWS::RDS::DBInstance")
    name = resource("GoodiesProd-Standby", "AWS::RDS::DBInstance", region=RECOVERY)
    rds = deployed.client("rds", RECOVERY)
    (replica,) = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    assert replica["ReadReplicaSourceDBInstanceIdentifier"].endswith(source)
    assert replica["StorageEncrypted"]
    assert f":{RECOVERY}:" in replica["KmsKeyId"]


@pytest.mark.plan("AWS-5", "SEC-5", "SEC-6/encrypted")
def test_the_cache_fails_over_and_speaks_tls_only(deployed: EmbeddedCloud, resource: Find) -> None:
    name = resource(DATA, "AWS::ElastiCache::ReplicationGroup")
    (cache,) = deployed.client("elasticache", PRIMARY).describe_replication_groups(ReplicationGroupId=name)[
        "ReplicationGroups"
    ]
    assert cache["AutomaticFailover"] == "enabled"
    assert cache["TransitEncryptionEnabled"]
    assert cache["AtRestEncryptionEnabled"]


@pytest.mark.plan("SEC-2")
@pytest.mark.parametrize(("port", "clients"), [(5432, {"Tasks", "Rotator"}), (6379, {"Tasks"})])
def test_only_clients_reach_the_data(deployed: EmbeddedCloud, port: int, clients: set[str]) -> None:
    groups = {
        group["GroupId"]: group
        for group in deployed.client("ec2", PRIMARY).describe_security_groups()["SecurityGroups"]
    }
    ingress = [
        permission
        for group in groups.values()
        for permission in group["IpPermissions"]
        if permission.get("FromPort") == port
    ]
    assert not [rule for rule in ingress if rule["IpRanges"] or rule.get("Ipv6Ranges")]
    names = [groups[pair["GroupId"]]["GroupName"] for rule in ingress for pair in rule["UserIdGroupPairs"]]
    assert {client for client in clients for name in names if client in name} == clients
    assert len(names) == len(clients), names


@pytest.mark.plan("SEC-2")
@pytest.mark.parametrize("region", [PRIMARY, RECOVERY])
def test_no_security_group_is_open_to_the_internet(deployed: EmbeddedCloud, region: str) -> None:
    vpcs = deployed.client("ec2", region).describe_vpcs(Filters=[{"Name": "tag:project", "Values": ["goodies"]}])[
        "Vpcs"
    ]
    assert vpcs
    groups = deployed.client("ec2", region).describe_security_groups(
        Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"] for vpc in vpcs]}]
    )["SecurityGroups"]
    open_ingress = [
        (group["GroupName"], permission)
        for group in groups
        for permission in group["IpPermissions"]
        for source in permission["IpRanges"]
        if source["CidrIp"] == "0.0.0.0/0"
    ]
    assert not open_ingress


@pytest.mark.plan("ARC-1/cdn", "SEC-6/encrypted")
def test_the_load_balancer_refuses_requests_without_the_secret_header(deployed: EmbeddedCloud, resource: Find) -> None:
    elb = deployed.client("elbv2", PRIMARY)
    balancer = resource(SERVICE, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    listeners = elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    assert {listener["Port"] for listener in listeners} == {443, 8443}
    for listener in listeners:
        assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-")
        rules = elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
        (default,) = (rule for rule in rules if rule["IsDefault"])
        assert default["Actions"][0]["FixedResponseConfig"]["StatusCode"] == "403"
        (forward,) = (rule for rule in rules if not rule["IsDefault"])
        assert [condition["Field"] for condition in forward["Conditions"]] == ["path-pattern"]
    firewall = deployed.client("wafv2", PRIMARY)
    acl = firewall.get_web_acl_for_resource(ResourceArn=balancer)["WebACL"]
    assert "Block" in acl["DefaultAction"]
    name, identifier, scope = resource(SERVICE, "AWS::WAFv2::RegexPatternSet").split("|")
    accepted = firewall.get_regex_pattern_set(Name=name, Id=identifier, Scope=scope)["RegexPatternSet"]
    values = {pattern["RegexString"] for pattern in accepted["RegularExpressionList"]}
    assert len(values) == 2
    assert not [value for value in values if "resolve" in value or len(value) < 40]


@pytest.mark.plan("ARC-1/cdn", "AWS-7", "AWS-8")
def test_the_names_lead_to_the_cdn_and_to_its_origin(deployed: EmbeddedCloud, resource: Find) -> None:
    zone = resource("GoodiesProd-Foundation", "AWS::Route53::HostedZone")
    records = deployed.client("route53", PRIMARY).list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    aliases = {(record["Name"], record["Type"]): record.get("AliasTarget", {}).get("DNSName", "") for record in records}
    assert "cloudfront.net" in aliases["api.goodies.example.", "A"]
    assert "cloudfront.net" in aliases["api.goodies.example.", "AAAA"]
    assert "elb" in aliases["origin.goodies.example.", "A"]
    assert ("goodies.example.", "CAA") in aliases


@pytest.mark.plan("AWS-7", "IMP-4", "SEC-6/tls-1.3")
def test_the_cdn_sends_the_secret_and_speaks_tls_1_3_only(deployed: EmbeddedCloud, resource: Find) -> None:
    name = resource("GoodiesProd-Edge", "AWS::CloudFront::Distribution")
    config = deployed.client("cloudfront", PRIMARY).get_distribution_config(Id=name)["DistributionConfig"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.3_2025"
    assert config["HttpVersion"] == "http2and3"
    (header,) = (
        header["HeaderValue"]
        for origin in config["Origins"]["Items"]
        for header in origin.get("CustomHeaders", {}).get("Items", [])
    )
    assert "resolve" not in header
    assert len(header) >= 40


@pytest.mark.plan("DR-8/storage", "DR-9")
def test_an_upload_arrives_in_the_recovery_region(deployed: EmbeddedCloud, resource: Find) -> None:
    here = resource(DATA, "AWS::S3::Bucket", "StorageUploads")
    there = resource("GoodiesProd-Recovery", "AWS::S3::Bucket", "StorageUploads", region=RECOVERY)
    deployed.client("s3", PRIMARY).put_object(Bucket=here, Key="photo", Body=b"a goodie")
    s3 = deployed.client("s3", RECOVERY)
    for _ in range(50):
        if s3.list_objects_v2(Bucket=there).get("KeyCount"):
            break
        time.sleep(0.1)
    assert s3.get_object(Bucket=there, Key="photo")["Body"].read() == b"a goodie"


@pytest.mark.plan("SEC-5", "DR-10", "AWS-6/backups")
@pytest.mark.parametrize("name", ["StorageUploads", "StorageBackups"])
def test_a_bucket_is_encrypted_versioned_closed_and_grows_colder(
    deployed: EmbeddedCloud, resource: Find, name: str
) -> None:
    s3 = deployed.client("s3", PRIMARY)
    bucket = resource(DATA, "AWS::S3::Bucket", name)
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    rules = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert [step["StorageClass"] for rule in rules for step in rule.get("Transitions", [])]


@pytest.mark.plan("DR-7/stored", "DR-7/region", "AWS-10")
@pytest.mark.parametrize("name", ["goodies/prod/jwt-secret", "goodies/prod/admin-password-hash"])
def test_a_secret_is_the_same_in_both_regions(deployed: EmbeddedCloud, name: str) -> None:
    values = {
        region: deployed.client("secretsmanager", region).get_secret_value(SecretId=name)["SecretString"]
        for region in (PRIMARY, RECOVERY)
    }
    assert values[PRIMARY] == values[RECOVERY]


@pytest.mark.plan("SEC-8/rotated")
def test_the_key_rotates_and_its_replica_is_the_same_key(deployed: EmbeddedCloud, resource: Find) -> None:
    key = resource("GoodiesProd-Foundation", "AWS::KMS::Key")
    assert deployed.client("kms", PRIMARY).get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert resource("GoodiesProd-RecoveryKey", "AWS::KMS::ReplicaKey", region=RECOVERY) == key


@pytest.mark.plan("DR-1", "DR-4")
def test_backups_are_planned_daily_and_monthly(deployed: EmbeddedCloud) -> None:
    backup = deployed.client("backup", PRIMARY)
    (plan,) = (
        backup.get_backup_plan(BackupPlanId=item["BackupPlanId"])["BackupPlan"]
        for item in backup.list_backup_plans()["BackupPlansList"]
    )
    rules = {rule["RuleName"]: rule for rule in plan["Rules"]}
    assert f":{RECOVERY}:" in rules["daily"]["CopyActions"][0]["DestinationBackupVaultArn"]
    assert rules["monthly-archive"]["Lifecycle"]["DeleteAfterDays"] == 365


@pytest.mark.plan("DR-1", "DR-2")
def test_the_measured_ages_of_backups_set_off_no_alarm(deployed: EmbeddedCloud, resource: Find) -> None:
    machines = deployed.client("stepfunctions", PRIMARY)
    machine = resource("GoodiesProd", "AWS::StepFunctions::StateMachine", "BackupAges")
    execution = machines.start_execution(stateMachineArn=machine)["executionArn"]
    while (ended := machines.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(0.2)
    assert ended["status"] == "SUCCEEDED", ended
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    alarms = {alarm.get("MetricName"): alarm for alarm in cloudwatch.describe_alarms()["MetricAlarms"]}
    now = datetime.now(UTC)
    for name in ("PointInTimeAge", "BackupAge", "CopyAge", "ArchiveAge"):
        points = cloudwatch.get_metric_statistics(
            Namespace=alarms[name]["Namespace"],
            MetricName=name,
            Dimensions=alarms[name]["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        assert points, name
        assert max(point["Maximum"] for point in points) < alarms[name]["Threshold"], name


@pytest.mark.plan("SEC-3")
def test_the_web_acl_protects_the_cdn(deployed: EmbeddedCloud, resource: Find) -> None:
    (acl,) = deployed.client("wafv2", PRIMARY).list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    name = resource("GoodiesProd-Edge", "AWS::CloudFront::Distribution")
    config = deployed.client("cloudfront", PRIMARY).get_distribution_config(Id=name)["DistributionConfig"]
    assert config["WebACLId"] == acl["ARN"]


@pytest.mark.plan("DR-5/kept")
def test_images_go_to_both_regions(deployed: EmbeddedCloud) -> None:
    (repository,) = deployed.client("ecr", PRIMARY).describe_repositories(repositoryNames=["goodies/funkygibbon"])[
        "repositories"
    ]
    assert repository["imageTagMutability"] == "IMMUTABLE"
