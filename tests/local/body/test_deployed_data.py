"""Databases and caches as the embedded AWS tells of them."""

from collections.abc import Iterator

import pytest

from local.body.deployed import Deployed, Place
from local.body.deployed_caches import read_replication_groups
from local.body.deployed_databases import read_instances
from local.body.rotations import read_rotations
from local.cloud import EmbeddedCloud
from tests.local.stacks import Stack, create

TOKEN = "a-token-of-16-characters"
RESOURCES = {
    "Parameters": (
        "AWS::RDS::DBParameterGroup",
        {"Family": "postgres18", "Description": "x", "Parameters": {"rds.force_ssl": "1", "max_connections": "77"}},
    ),
    "Database": (
        "AWS::RDS::DBInstance",
        {
            "DBInstanceIdentifier": "read-by-the-body",
            "DBInstanceClass": "db.t4g.micro",
            "Engine": "postgres",
            "EngineVersion": "18",
            "DBName": "goodies",
            "AllocatedStorage": "20",
            "MasterUsername": "owner",
            "MasterUserPassword": "deployed-password",
            "MultiAZ": True,
            "DBParameterGroupName": {"Ref": "Parameters"},
        },
    ),
    "Evicting": (
        "AWS::ElastiCache::ParameterGroup",
        {
            "CacheParameterGroupFamily": "valkey8",
            "Description": "x",
            "Properties": {"maxmemory-policy": "allkeys-lru"},
        },
    ),
    "Cache": (
        "AWS::ElastiCache::ReplicationGroup",
        {
            "ReplicationGroupDescription": "x",
            "Engine": "valkey",
            "EngineVersion": "8.2",
            "CacheNodeType": "cache.t4g.micro",
            "NumCacheClusters": 2,
            "AutomaticFailoverEnabled": True,
            "TransitEncryptionEnabled": True,
            "AuthToken": TOKEN,
            "CacheParameterGroupName": {"Ref": "Evicting"},
        },
    ),
}


@pytest.fixture
def stack(cloud: EmbeddedCloud) -> Iterator[Stack]:
    made = create(cloud, RESOURCES)
    yield made
    made.delete()


@pytest.fixture
def place(cloud: EmbeddedCloud) -> Place:
    return Place(cloud.account, "us-east-1")


@pytest.mark.usefixtures("stack")
def test_an_instance_is_read_with_its_password_and_what_its_group_sets(cloud: EmbeddedCloud, place: Place) -> None:
    deployed = Deployed(cloud, [place])
    (instance,) = [each for each in read_instances(deployed, place) if each.identifier == "read-by-the-body"]
    assert instance.parameters == {"rds.force_ssl": "1", "max_connections": "77"}
    assert (instance.user, instance.password, instance.database) == ("owner", "deployed-password", "goodies")
    assert (instance.engine, instance.major, instance.multi_az, instance.source) == ("postgres", 18, True, "")
    assert instance.host.startswith("read-by-the-body.")
    assert "deployed-password" not in repr(instance)
    client = cloud.client("rds")
    client.modify_db_instance(DBInstanceIdentifier="read-by-the-body", MasterUserPassword="changed")
    (changed,) = [each for each in read_instances(deployed, place) if each.identifier == "read-by-the-body"]
    assert changed.password == "changed"


def test_a_replication_group_is_read_with_its_tokens(cloud: EmbeddedCloud, place: Place, stack: Stack) -> None:
    found = read_replication_groups(Deployed(cloud, [place]), place)
    (group,) = [each for each in found if each.identifier == stack.ids()["Cache"]]
    assert (group.engine, group.version, group.port, group.nodes) == ("valkey", "8.2", 6379, 2)
    assert (group.tls, group.fails_over, group.tokens) == (True, True, [TOKEN])
    assert group.parameters == {"maxmemory-policy": "allkeys-lru"}
    assert group.host != group.reader_host
    assert TOKEN not in repr(group)


def test_a_rotation_is_read_until_it_has_ended(cloud: EmbeddedCloud, place: Place) -> None:
    function = "arn:aws:lambda:us-east-1:111122223333:function:rotate"
    secrets = cloud.client("secretsmanager")
    value = '{"host": "it.rds.amazonaws.com", "port": 5432}'
    arn = secrets.create_secret(Name="of-a-database", SecretString=value)["ARN"]
    deployed = Deployed(cloud, [place])
    assert [each for each in read_rotations(deployed, place) if each.secret == arn] == []
    version = secrets.rotate_secret(SecretId=arn, RotationLambdaARN=function)["VersionId"]
    (rotation,) = [each for each in read_rotations(deployed, place) if each.secret == arn]
    assert (rotation.version, rotation.function, rotation.ended) == (version, function, False)
    assert (rotation.host, rotation.port) == ("it.rds.amazonaws.com", 5432)
    secrets.put_secret_value(SecretId=arn, ClientRequestToken=version, SecretString=value)
    assert [each for each in read_rotations(deployed, place) if each.secret == arn] == []
    user = '{"host": "it", "port": 5432, "username": "me", "password": "x", "dbname": "d", "masterarn": "arn"}'
    secrets.put_secret_value(SecretId=arn, SecretString=user)
    (ended,) = [each for each in read_rotations(deployed, place) if each.secret == arn]
    assert (ended.ended, ended.login) == (True, ("me", "x", "d"))
    ended.secrets.rotate_secret(SecretId=arn)
    (again,) = [each for each in read_rotations(deployed, place) if each.secret == arn]
    assert (again.ended, again.function) == (False, function)
    assert again.version != ended.version
    secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
