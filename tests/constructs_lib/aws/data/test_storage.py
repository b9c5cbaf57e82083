"""S3 buckets: encryption, versions, public access, replication, lifecycle."""

import pytest

from tests.aws.checks import not_replicated
from tests.aws.iam import Statement, encrypted_with, read_policy
from tests.aws.resources import Environment, Resource

BUCKET = "AWS::S3::Bucket"


def policy_of(bucket: Resource) -> list[Statement]:
    policy = bucket.environment.one("AWS::S3::BucketPolicy", Bucket=bucket)
    return list(read_policy(policy, policy["PolicyDocument"]))


@pytest.mark.plan("AWS-6/assets", "AWS-6/backups", "DR-8/storage")
@pytest.mark.parametrize("name", ["Assets", "Uploads", "Backups", "Logs"])
def test_there_is_a_bucket_for(environment: Environment, name: str) -> None:
    assert environment.one(BUCKET, f"Data/Storage/{name}")


@pytest.mark.plan("SEC-2")
def test_no_bucket_can_be_made_public(environment: Environment) -> None:
    closed = {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    buckets = environment.resources(BUCKET)
    assert [str(bucket) for bucket in buckets if bucket.get("PublicAccessBlockConfiguration") != closed] == []


@pytest.mark.plan("DR-8/storage")
def test_every_bucket_keeps_old_versions(environment: Environment) -> None:
    buckets = environment.resources(BUCKET)
    assert [str(bucket) for bucket in buckets if bucket.get("VersioningConfiguration") != {"Status": "Enabled"}] == []


@pytest.mark.plan("SEC-6/encrypted")
def test_every_bucket_refuses_plain_text(environment: Environment) -> None:
    assert [
        str(bucket)
        for bucket in environment.resources(BUCKET)
        if not any(
            statement.effect == "Deny"
            and statement.principals == ("*",)
            and statement.conditions == {"Bool": {"aws:SecureTransport": "false"}}
            and set(statement.resources) == {str(bucket), f"{bucket}/*"}
            for statement in policy_of(bucket)
        )
    ] == []


@pytest.mark.plan("SEC-5")
def test_every_bucket_is_encrypted_with_aes_256(environment: Environment) -> None:
    for bucket in environment.resources(BUCKET):
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] in {"AES256", "aws:kms"}, bucket


@pytest.mark.plan("SEC-5")
@pytest.mark.parametrize("name", ["Uploads", "Backups"])
def test_what_users_entrust_is_encrypted_with_the_environments_key(environment: Environment, name: str) -> None:
    assert environment.one("AWS::KMS::Key") in encrypted_with(environment.one(BUCKET, f"Data/Storage/{name}"))


@pytest.mark.plan("DR-9", "AWS-1/recovery")
def test_uploads_and_backups_are_replicated_to_us_west_2(prod: Environment) -> None:
    assert not_replicated(prod, "us-west-2") == []


@pytest.mark.plan("DR-9")
@pytest.mark.parametrize("name", ["Uploads", "Backups"])
def test_objects_are_copied_within_15_minutes(prod: Environment, name: str) -> None:
    (rule,) = prod.one(BUCKET, f"Data/Storage/{name}")["ReplicationConfiguration"]["Rules"]
    assert rule["Destination"]["ReplicationTime"] == {"Status": "Enabled", "Time": {"Minutes": 15}}


@pytest.mark.plan("DR-9", "SEC-5")
@pytest.mark.parametrize("name", ["Uploads", "Backups"])
def test_copies_are_encrypted_with_the_key_of_their_region(prod: Environment, name: str) -> None:
    (rule,) = prod.one(BUCKET, f"Data/Storage/{name}")["ReplicationConfiguration"]["Rules"]
    key = rule["Destination"]["EncryptionConfiguration"]["ReplicaKmsKeyID"]
    assert key == prod.one("AWS::KMS::ReplicaKey")


@pytest.mark.plan("DR-10")
@pytest.mark.parametrize("name", ["Assets", "Uploads", "Backups"])
def test_objects_grow_colder_with_age(environment: Environment, name: str) -> None:
    rules = environment.one(BUCKET, f"Data/Storage/{name}")["LifecycleConfiguration"]["Rules"]
    whole = next(rule for rule in rules if "Prefix" not in rule)
    steps = [step["StorageClass"] for step in sorted(whole["Transitions"], key=lambda step: step["TransitionInDays"])]
    assert steps == ["STANDARD_IA", "GLACIER_IR"]


@pytest.mark.plan("DR-10")
def test_logs_and_old_versions_expire(environment: Environment) -> None:
    for bucket in environment.resources(BUCKET):
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("NoncurrentVersionExpiration" in rule for rule in rules), bucket
        assert bucket.path != "Storage/Logs" or any("ExpirationInDays" in rule for rule in rules), bucket


@pytest.mark.plan("AWS-7", "SEC-9/roles")
def test_only_a_cdn_of_the_account_reads_static_assets(environment: Environment) -> None:
    assets = environment.one(BUCKET, "Data/Storage/Assets")
    allowed = [statement for statement in policy_of(assets) if statement.effect == "Allow"]
    assert [(reader.principals, reader.actions, reader.resources) for reader in allowed] == [
        (("cloudfront.amazonaws.com",), ("s3:GetObject",), (f"{assets}/static/*",))
    ]
    assert allowed[0].conditions["StringEquals"] == {"aws:SourceAccount": "111122223333"}


@pytest.mark.plan("SEC-2")
def test_no_bucket_policy_allows_everybody(environment: Environment) -> None:
    assert [
        str(statement.holder)
        for bucket in environment.resources(BUCKET)
        for statement in policy_of(bucket)
        if statement.effect == "Allow" and "*" in statement.principals
    ] == []
