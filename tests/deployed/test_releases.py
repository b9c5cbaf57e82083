"""What changes on a deployed production, and what then stays."""

from collections.abc import Callable

import pytest

from local.cloud import EmbeddedCloud
from tests.deployed.conftest import PRIMARY, Cdk

Find = Callable[..., str]
DATA = "GoodiesProd-Data"
SERVICE = "GoodiesProd-Service"
RELEASE = "/goodies/prod/release"


def service(cloud: EmbeddedCloud) -> dict[str, object]:
    (found,) = cloud.client("ecs", PRIMARY).describe_services(cluster="goodies-prod", services=["funkygibbon"])[
        "services"
    ]
    return dict(found)


def image(cloud: EmbeddedCloud) -> str:
    definition = cloud.client("ecs", PRIMARY).describe_task_definition(
        taskDefinition=str(service(cloud)["taskDefinition"])
    )["taskDefinition"]
    return str(definition["containerDefinitions"][0]["image"])


def test_nothing_runs_before_there_is_a_release(deployed: EmbeddedCloud) -> None:
    parameter = deployed.client("ssm", PRIMARY).get_parameter(Name=RELEASE)["Parameter"]
    assert parameter["Value"] == "none"
    assert service(deployed)["desiredCount"] == 0


def test_a_release_runs_without_a_new_synthesis_and_a_deploy_keeps_its_count(deployed: EmbeddedCloud, cdk: Cdk) -> None:
    ssm, ecs = deployed.client("ssm", PRIMARY), deployed.client("ecs", PRIMARY)
    ssm.put_parameter(Name=RELEASE, Value="0.3.0-2a1ec34", Overwrite=True)
    ecs.update_service(cluster="goodies-prod", service="funkygibbon", desiredCount=7)
    cdk("deploy", SERVICE, "--exclusively", "--require-approval", "never")
    assert image(deployed).endswith("/goodies/funkygibbon:0.3.0-2a1ec34")
    assert service(deployed)["desiredCount"] == 7


@pytest.mark.plan("SEC-9")
def test_the_service_can_be_destroyed_and_deployed_again_without_touching_data(
    deployed: EmbeddedCloud, cdk: Cdk, resource: Find
) -> None:
    kept = {kind: resource(DATA, kind) for kind in ("AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup")}
    secret = deployed.client("secretsmanager", PRIMARY).get_secret_value(SecretId="goodies/prod/jwt-secret")
    cdk("destroy", SERVICE, "--exclusively", "--force")
    cdk("deploy", SERVICE, "--exclusively", "--require-approval", "never")
    assert {kind: resource(DATA, kind) for kind in kept} == kept
    again = deployed.client("secretsmanager", PRIMARY).get_secret_value(SecretId="goodies/prod/jwt-secret")
    assert again["VersionId"] == secret["VersionId"]
    assert deployed.client("ssm", PRIMARY).get_parameter(Name=RELEASE)["Parameter"]["Value"] == "0.3.0-2a1ec34"


def test_the_data_stack_deploys_while_others_use_it(deployed: EmbeddedCloud, cdk: Cdk) -> None:
    exports = deployed.client("cloudformation", PRIMARY).list_exports()["Exports"]
    assert not [export["Name"] for export in exports if "Goodies" in export["ExportingStackId"]]
    assert "no changes" in cdk("deploy", DATA, "--exclusively", "--require-approval", "never")
