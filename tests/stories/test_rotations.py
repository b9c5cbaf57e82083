"""Stories of development whose secrets are rotated while clients go on."""

import time
from datetime import UTC, datetime

import pytest

from operations.origin_rotation import OriginRotation
from tests.stories.released import Released
from tests.stories.story import Story

pytestmark = pytest.mark.xdist_group("stories-development")

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.mark.plan("SEC-8/rotated")
def test_the_password_of_the_database_is_rotated_and_tasks_are_replaced(development: Released, story: Story) -> None:
    secret = development.secret("DatabaseUser")
    began = datetime.now(UTC)
    with development.under_load(story) as load:
        development.client("secretsmanager").rotate_secret(SecretId=secret)
        development.until(lambda: development.deployments(began))
        development.settle()
    (restart,) = development.deployments(began)
    assert restart["status"] == "SUCCESSFUL"
    assert not load.failed, load.summary()


@pytest.mark.plan("SEC-8/rotated")
def test_the_secret_between_cdn_and_load_balancer_is_rotated(development: Released, story: Story) -> None:
    """The body calls no function of a secret that names no database: its program runs here, and waits by the clock."""
    secrets, secret = development.client("secretsmanager"), development.secret("OriginSecretsSent")
    function = secrets.describe_secret(SecretId=secret)["RotationLambdaARN"]
    settings = development.client("lambda").get_function_configuration(FunctionName=function)["Environment"][
        "Variables"
    ]
    name, identifier, scope = settings["PATTERN_SET"].split("|")
    before = secrets.get_secret_value(SecretId=secret)["SecretString"]
    rotation = OriginRotation(
        secrets=secrets,
        cdn=development.client("cloudfront"),
        firewall=development.client("wafv2"),
        secret_id=secret,
        next_secret_id=settings["NEXT_SECRET_ID"],
        token=secrets.rotate_secret(SecretId=secret)["VersionId"],
        distribution_id=settings["DISTRIBUTION_ID"],
        header=settings["HEADER"],
        pattern_set={"Name": name, "Id": identifier, "Scope": scope},
        sleep=lambda seconds: time.sleep(seconds / development.clock),
    )
    with development.under_load(story) as load:
        for step in STEPS:
            rotation.run(step)
    assert secrets.get_secret_value(SecretId=secret)["SecretString"] != before
    assert not load.failed, load.summary()
