"""Another primary region than us-east-1: what belongs to a region is used in it."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]

import environments as settings
from assembly import Stack
from assembly.references import stack_outputs
from assembly.values import Json
from environments import load
from environments.checks.aws_regions import KNOWN_REGIONS
from stacks.aws.environment import build
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment
from tests.aws.variants import synthesized
from tests.synthesis import CHECKOUT

CDN_REGION = "us-east-1"
# What may name another region, by the type of what names it and the property, with the reason.
ALLOWED = {
    ("AWS::KMS::ReplicaKey", "PrimaryKeyArn"): "a replica names its primary",
    ("AWS::SecretsManager::Secret", "ReplicaRegions"): "a secret names the keys of its replicas",
    ("AWS::RDS::DBInstance", "SourceDBInstanceIdentifier"): "a read replica names its source",
    ("AWS::Backup::BackupPlan", "BackupPlan"): "a backup is copied to a vault",
    ("AWS::S3::Bucket", "ReplicationConfiguration"): "objects are copied to a bucket, under its key",
    ("AWS::IAM::Policy", "PolicyDocument"): "a policy names what a role may use, wherever that is",
    ("AWS::IAM::ManagedPolicy", "PolicyDocument"): "the same",
    ("AWS::CloudFront::Distribution", "DistributionConfig"): "CDN, origin and log: CloudFront is in all regions",
    ("AWS::Route53::RecordSet", "HostedZoneId"): "Route 53 is in no region",
    ("AWS::CertificateManager::Certificate", "DomainValidationOptions"): "the same",
    ("AWS::CloudWatch::Dashboard", "DashboardBody"): "a dashboard shows metrics of every region",
    ("AWS::IAM::Role", "ManagedPolicyArns"): "IAM is in no region",
    ("AWS::CloudWatch::Alarm", "Dimensions"): "the name of a bucket at the other end of a replication",
    ("AWS::StepFunctions::StateMachine", "DefinitionString"): "calls of another region, which name it",
    ("AWS::Lambda::Function", "Environment"): "the id of the distribution, for calls of CloudFront",
}


def elsewhere(environment: Environment) -> Iterator[tuple[str, str, str]]:
    """Yield resource, property and the other region, of each property that names one."""
    for stack in environment.stacks.values():
        for resource in stack.resources.values():
            for name, value in resource.properties.items():
                for region in regions_named(value, environment.stacks):
                    if region != stack.region and (resource.type, name) not in ALLOWED:
                        yield str(resource), name, region


def regions_named(value: Json, stacks: dict[str, Stack]) -> set[str]:
    """Return the regions of all ARNs and of all outputs of other stacks in a value."""
    arns = re.findall(r"arn:[^:\"]*:[^:\"]*:([a-z]{2}-[a-z]+-\d):", str(value))
    return {*arns, *(stacks[output.stack].region for output in stack_outputs(value))}


def elsewhere_in(environment: settings.Environment, primary: str, recovery: str) -> settings.Environment:
    regions = environment.policy.regions
    selected = {
        key: settings.AwsRegion(
            name=name,
            zones=tuple(name + letter for letter in KNOWN_REGIONS[name].zones[:3]),
            cdn_prefix_list=KNOWN_REGIONS[name].cdn_prefix_list,
        )
        for key, name in (("primary", primary), ("recovery", recovery))
    }
    aws = regions.aws.model_copy(update=selected)
    policy = environment.policy.model_copy(update={"regions": regions.model_copy(update={"aws": aws})})
    return environment.model_copy(update={"policy": policy})


def environment_of(name: str) -> settings.Environment:
    return next(item for item in load() if item.name == name)


@pytest.fixture(scope="module", params=[("prod", "eu-west-1", "eu-central-1"), ("prod", "ap-northeast-1", "us-east-1")])
def moved(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    name, primary, recovery = request.param
    folder: Path = tmp_path_factory.mktemp("moved")
    return synthesized(elsewhere_in(environment_of(name), primary, recovery), folder)


@pytest.mark.plan("AWS-1/primary")
def test_in_another_region_nothing_uses_what_is_elsewhere(moved: Environment) -> None:
    assert list(elsewhere(moved)) == []


@pytest.mark.plan("AWS-1/primary")
def test_nothing_uses_what_is_elsewhere(environment: Environment) -> None:
    assert list(elsewhere(environment)) == []


@pytest.mark.plan("SEC-2", "AWS-1/primary")
def test_the_cdn_resolves_a_replica_of_the_secret_in_its_own_region(moved: Environment) -> None:
    sent = moved.one("AWS::SecretsManager::Secret", "Data/OriginSecrets/Sent")
    origins = moved.one("AWS::CloudFront::Distribution").body["Properties"]["DistributionConfig"]["Origins"]
    (header,) = (header for origin in origins for header in origin.get("OriginCustomHeaders", []))
    assert CDN_REGION in {replica["Region"] for replica in sent["ReplicaRegions"]}
    assert f":secretsmanager:{CDN_REGION}:" in str(header["HeaderValue"])


@pytest.fixture(scope="module")
def shared_elsewhere() -> Assembly:
    """Return dev and what it shares with others, in Europe."""
    context = json.loads((CHECKOUT / "cdk.json").read_text())["context"] | {"unchecked": "yes"}
    app = build([elsewhere_in(environment_of("dev"), "eu-west-1", "eu-central-1")], context=context)
    return Assembly.read(Path(app.synth().directory))


@pytest.mark.plan("AWS-1/primary", "AWS-1/recovery")
def test_every_known_region_has_the_types_that_may_be_made_there(shared_elsewhere: Assembly, prod: Environment) -> None:
    """Types as AWS publishes them for each region, in cfn-lint."""
    anywhere = [
        *(stack for stack in shared_elsewhere.stacks.values() if stack.region != CDN_REGION),
        *(stack for stack in prod.stacks.values() if not stack.name.endswith("-Edge")),
    ]
    types = {resource.type for stack in anywhere for resource in stack.resources.values()}
    types = {kind for kind in types if not kind.startswith(("Custom::", "AWS::CDK::"))}
    absent = [
        f"{region}: {kind}"
        for region in KNOWN_REGIONS
        for kind in sorted(types - {*PROVIDER_SCHEMA_MANAGER.get_resource_types(region)})
    ]
    assert len(types) > 50
    assert absent == []


@pytest.mark.plan("SEC-11", "SEC-8/managed")
def test_acts_and_failed_jobs_are_watched_in_every_region_that_has_a_stack(shared_elsewhere: Assembly) -> None:
    made = shared_elsewhere
    reported = {
        (rule.region, str(source))
        for rule in made.environment("GoodiesAccount").resources("AWS::Events::Rule")
        for source in rule["EventPattern"]["source"]
    }
    regions = {stack.region for stack in made.stacks.values()}
    assert regions == {"eu-west-1", "eu-central-1", CDN_REGION}
    assert {(region, f"aws.{name}") for region in regions for name in ("kms", "states", "secretsmanager")} <= reported


@pytest.mark.plan("AWS-1/primary")
def test_every_region_has_one_replica_of_the_key_at_most(moved: Environment) -> None:
    regions = [key.region for key in moved.resources("AWS::KMS::ReplicaKey")]
    assert sorted(regions) == sorted(set(regions))
    assert CDN_REGION in regions
