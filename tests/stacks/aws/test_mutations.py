"""Mutations: each important promise is broken on purpose, and its check must fail."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from assembly.values import Json
from tests.aws.checks import cached_api_paths, in_one_zone, not_replicated, open_to_the_world, uninvited, weak_tls
from tests.aws.iam_checks import plain_secrets, wide_permissions
from tests.aws.ingress import GROUP
from tests.aws.resources import Environment
from tests.aws.stateful import perishable_state, replaced_state

DATABASE = "AWS::RDS::DBInstance"
CACHE = "AWS::ElastiCache::ReplicationGroup"
CDN = "AWS::CloudFront::Distribution"
LISTENER = "AWS::ElasticLoadBalancingV2::Listener"
BUCKET = "AWS::S3::Bucket"


def settings(environment: Environment, kind: str, at: str = "") -> Json:
    """Return the properties of a resource as they are written, to be changed."""
    return environment.one(kind, at).body["Properties"]


def open_the_database(environment: Environment) -> None:
    everybody = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432}
    settings(environment, GROUP, "Data/Database/Clients")["SecurityGroupIngress"] = [everybody]


def open_the_database_to_ipv6(environment: Environment) -> None:
    everybody = {"CidrIpv6": "::/0", "IpProtocol": "-1"}
    settings(environment, GROUP, "Data/Database/Clients")["SecurityGroupIngress"] = [everybody]


def let_the_load_balancer_into_the_database(environment: Environment) -> None:
    load_balancer = environment.one(GROUP, "Service/Entrance/Entrance")
    rule = environment.one("AWS::EC2::SecurityGroupIngress", Description="PostgreSQL from tasks")
    rule.body["Properties"]["SourceSecurityGroupId"] = {"Fn::GetAtt": [load_balancer.logical_id, "GroupId"]}


def drop_multi_az(environment: Environment) -> None:
    settings(environment, DATABASE, "Data")["MultiAZ"] = False


def drop_the_caches_failover(environment: Environment) -> None:
    settings(environment, CACHE)["MultiAZEnabled"] = False


def cache_everything(environment: Environment) -> None:
    default = settings(environment, CDN)["DistributionConfig"]["DefaultCacheBehavior"]
    default["CachePolicyId"] = "658327ea-f89d-4fab-a63d-7e88639e58f6"


def cache_one_path_of_the_api(environment: Environment) -> None:
    config = settings(environment, CDN)["DistributionConfig"]
    config["CacheBehaviors"].append({**config["CacheBehaviors"][0], "PathPattern": "/api/v1/rooms"})


def lower_the_viewers_tls(environment: Environment) -> None:
    settings(environment, CDN)["DistributionConfig"]["ViewerCertificate"]["MinimumProtocolVersion"] = "TLSv1.2_2021"


def lower_the_load_balancers_tls(environment: Environment) -> None:
    listener = settings(environment, LISTENER, "Service/Entrance/Balancer/ProductionListener")
    listener["SslPolicy"] = "ELBSecurityPolicy-TLS-1-2-2017-01"


def answer_in_plain_text(environment: Environment) -> None:
    del settings(environment, LISTENER, "Service/Entrance/Balancer/ProductionListener")["SslPolicy"]


def remove_replication(environment: Environment) -> None:
    del settings(environment, BUCKET, "Data/Storage/Uploads")["ReplicationConfiguration"]


def suspend_replication(environment: Environment) -> None:
    rules = settings(environment, BUCKET, "Data/Storage/Backups")["ReplicationConfiguration"]["Rules"]
    rules[0]["Status"] = "Disabled"


def rename_the_database(environment: Environment) -> None:
    database = environment.one(DATABASE, "Data")
    stack = environment.stacks[database.stack]
    others = {key: resource for key, resource in stack.resources.items() if key != database.logical_id}
    renamed = {"Renamed": replace(database.source, id="Renamed")}
    environment.stacks[stack.name] = replace(stack, resources=others | renamed)


def let_the_database_go_with_its_stack(environment: Environment) -> None:
    environment.one(DATABASE, "Data").body["DeletionPolicy"] = "Delete"


def variables(environment: Environment) -> list[Json]:
    found: list[Json] = settings(environment, "AWS::ECS::TaskDefinition")["ContainerDefinitions"][0]["Environment"]
    return found


def write_a_password_down(environment: Environment) -> None:
    variables(environment).append({"Name": "PGPASSWORD", "Value": "correct horse"})


def write_a_password_into_an_address(environment: Environment) -> None:
    variables(environment).append({"Name": "DATABASE_URL", "Value": "postgresql://goodies:horse@database/goodies"})


def resolve_a_password_into_a_variable(environment: Environment) -> None:
    variables(environment).append({"Name": "DATABASE", "Value": "{{resolve:secretsmanager:goodies:SecretString}}"})


def grant_everything(environment: Environment) -> None:
    policy = environment.resources("AWS::IAM::Policy", "Service")[0]
    policy.body["Properties"]["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
    )


def who_else_reaches_the_database(environment: Environment) -> list[str]:
    return uninvited(environment, "Database", invited={"Service", "Rotation"})


def not_copied(environment: Environment) -> list[str]:
    return not_replicated(environment, "us-west-2")


Change = Callable[[Environment], None]
Check = Callable[[Environment], list[str]]
CHANGES: list[tuple[Change, Check]] = [
    (open_the_database, open_to_the_world),
    (open_the_database, who_else_reaches_the_database),
    (open_the_database_to_ipv6, open_to_the_world),
    (let_the_load_balancer_into_the_database, who_else_reaches_the_database),
    (drop_multi_az, in_one_zone),
    (drop_the_caches_failover, in_one_zone),
    (cache_everything, cached_api_paths),
    (cache_one_path_of_the_api, cached_api_paths),
    (lower_the_viewers_tls, weak_tls),
    (lower_the_load_balancers_tls, weak_tls),
    (answer_in_plain_text, weak_tls),
    (remove_replication, not_copied),
    (suspend_replication, not_copied),
    (rename_the_database, replaced_state),
    (let_the_database_go_with_its_stack, perishable_state),
    (write_a_password_down, plain_secrets),
    (write_a_password_into_an_address, plain_secrets),
    (resolve_a_password_into_a_variable, plain_secrets),
    (grant_everything, wide_permissions),
]


@pytest.mark.parametrize(("change", "check"), CHANGES, ids=lambda function: function.__name__)
def test_a_broken_promise_is_missed(prod: Environment, change: Change, check: Check) -> None:
    kept = check(prod)
    assert set(check(prod.changed(change))) - set(kept)
