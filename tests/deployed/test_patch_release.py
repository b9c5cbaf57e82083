"""``make patch-release`` on the embedded cloud.

Registry, record, builder and CloudFormation are the embedded ones. There is no container engine here, so the build ends
at once and the test pushes an image in its place; and the embedded Inspector knows no image, so the test says what it
finds.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from admin.patch_release.__main__ import patch
from admin.patch_release.images import Images
from local.cloud import EmbeddedCloud
from operations.release.environment import Environment
from operations.release.errors import RolloutError
from operations.release.names import REPOSITORY
from tests.deployed.conftest import PRIMARY
from tests.deployed.service import image

pytestmark = pytest.mark.xdist_group("deployed")

RELEASE = "/goodies/prod/release"
RUNNING = "/goodies/prod/running"
WEAK = "0.3.0-badbad1"


class Scanner(Images):
    """Knows one weak image, and stands where a container engine would push the next."""

    def critical_findings(self, tag: str) -> list[str]:
        return ["CVE-1"] if tag == WEAK else []

    def wait_until_scanned(self, release: Any) -> None:
        push(self._client("ecr"), release.tag)


def push(ecr: Any, tag: str) -> None:
    ecr.put_image(repositoryName=REPOSITORY, imageManifest=json.dumps({"schemaVersion": 2, "tag": tag}), imageTag=tag)


@pytest.fixture
def weak_production(deployed: EmbeddedCloud) -> Iterator[Environment]:
    """Production with a weak release, and no rollback alarm that is on; afterwards it runs what it ran before."""
    cloudwatch = deployed.client("cloudwatch", PRIMARY)
    for alarm in cloudwatch.describe_alarms(AlarmNamePrefix="GoodiesProd-Deployment-", StateValue="ALARM")[
        "MetricAlarms"
    ]:
        cloudwatch.set_alarm_state(AlarmName=alarm["AlarmName"], StateValue="OK", StateReason="of the tests before")
    ssm = deployed.client("ssm", PRIMARY)
    before = ssm.get_parameter(Name=RELEASE)["Parameter"]["Value"]
    environment = Environment("prod", lambda service: deployed.client(service, PRIMARY), poll_seconds=1)
    push(deployed.client("ecr", PRIMARY), WEAK)
    if before == "none":
        ssm.put_parameter(Name=RELEASE, Value="0.3.0-0000000", Overwrite=True)
    environment.roll_out(WEAK)
    yield environment
    ssm.put_parameter(Name=RELEASE, Value=before, Overwrite=True)
    environment.update(before)


@pytest.mark.plan("IMP-8/rollout")
def test_a_vulnerable_release_is_built_by_the_project_and_runs_patched(
    deployed: EmbeddedCloud, weak_production: Environment
) -> None:
    images = Scanner(lambda service: deployed.client(service, PRIMARY), print)
    assert image(deployed).endswith(f":{WEAK}")
    assert patch(weak_production, images, print, rebuild=False) == f"{WEAK}-1"
    assert image(deployed).endswith(f"/{REPOSITORY}:{WEAK}-1")
    assert deployed.client("ssm", PRIMARY).get_parameter(Name=RELEASE)["Parameter"]["Value"] == f"{WEAK}-1"
    builder = deployed.client("codebuild", PRIMARY)
    (build,) = builder.list_builds_for_project(projectName="goodies-image")["ids"]
    assert builder.batch_get_builds(ids=[build])["builds"][0]["buildStatus"] == "SUCCEEDED"
    # The next environment, or the same once more, finds it built.
    assert patch(weak_production, images, print, rebuild=False) is None
    assert deployed.client("ssm", PRIMARY).get_parameter(Name=RUNNING)["Parameter"]["Value"] == f"{WEAK}-1"
    deployed.client("ssm", PRIMARY).put_parameter(Name=RELEASE, Value=WEAK, Overwrite=True)
    with pytest.raises(RolloutError, match=f"records {WEAK}, and {WEAK}-1 runs"):
        patch(weak_production, images, print, rebuild=False)
