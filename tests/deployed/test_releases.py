"""Releases and redeployments of a deployed production: what changes, and what stays."""

from collections.abc import Callable

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY, Cdk
from tests.deployed.service import bounds, image, service

pytestmark = pytest.mark.xdist_group("deployed")

Find = Callable[..., str]
DATA = "GoodiesProd-Data"
SERVICE = "GoodiesProd-Service"
RELEASE = "/goodies/prod/release"
RUNNING = "/goodies/prod/running"


@pytest.mark.plan("SCL-6", "SCL-7")
def test_a_service_starts_with_its_first_release_and_returns_without_touching_data(
    deployed: EmbeddedCloud, cdk: Cdk, resource: Find
) -> None:
    ssm, ecs = deployed.client("ssm", PRIMARY), deployed.client("ecs", PRIMARY)
    secrets = deployed.client("secretsmanager", PRIMARY)

    # Nothing runs before there is a release.
    assert ssm.get_parameter(Name=RELEASE)["Parameter"]["Value"] == "none"
    assert service(deployed)["desiredCount"] == 0
    assert bounds(deployed) == (0, 20)

    # A release needs no synthesis. The first one starts its tasks, and a later one keeps the count that scaling chose.
    ssm.put_parameter(Name=RELEASE, Value="0.3.0-1111111", Overwrite=True)
    cdk("deploy", SERVICE, "--exclusively", "--require-approval", "never")
    assert service(deployed)["desiredCount"] == 2
    assert ssm.get_parameter(Name=RUNNING)["Parameter"]["Value"] == "0.3.0-1111111"
    ssm.put_parameter(Name=RELEASE, Value="0.3.0-2a1ec34", Overwrite=True)
    ecs.update_service(cluster="goodies-prod", service="funkygibbon", desiredCount=7)
    cdk("deploy", SERVICE, "--exclusively", "--require-approval", "never")
    assert image(deployed).endswith("/goodies/funkygibbon:0.3.0-2a1ec34")
    assert service(deployed)["desiredCount"] == 7
    assert ssm.get_parameter(Name=RUNNING)["Parameter"]["Value"] == "0.3.0-2a1ec34"
    assert bounds(deployed) == (2, 20)

    # The service goes and comes back; data, secrets and release stay.
    kept = {kind: resource(DATA, kind) for kind in ("AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup")}
    secret = secrets.get_secret_value(SecretId="goodies/prod/jwt-secret")
    balancing = deployed.client("elbv2", PRIMARY)
    (balancer,) = balancing.describe_load_balancers()["LoadBalancers"]
    unprotected = [{"Key": "deletion_protection.enabled", "Value": "false"}]
    balancing.modify_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=unprotected)
    cdk("destroy", SERVICE, "--exclusively", "--force")
    cdk("deploy", SERVICE, "--exclusively", "--require-approval", "never")
    assert {kind: resource(DATA, kind) for kind in kept} == kept
    assert secrets.get_secret_value(SecretId="goodies/prod/jwt-secret")["VersionId"] == secret["VersionId"]
    assert image(deployed).endswith("/goodies/funkygibbon:0.3.0-2a1ec34")


def test_the_data_stack_deploys_while_others_use_it(deployed: EmbeddedCloud, cdk: Cdk) -> None:
    exports = deployed.client("cloudformation", PRIMARY).list_exports()["Exports"]
    assert not [export["Name"] for export in exports if "Goodies" in export["ExportingStackId"]]
    assert "no changes" in cdk("deploy", DATA, "--exclusively", "--require-approval", "never")
