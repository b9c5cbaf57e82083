"""Patch release, from a critical finding to the rollout: builds, refusals, unchanged resources."""

from collections import defaultdict
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import typer
from botocore.exceptions import ClientError, NoCredentialsError
from typer.testing import CliRunner

from admin.errors import PatchError
from admin.patch_release import __main__ as command
from admin.patch_release.images import Images
from operations.release.environment import Environment
from operations.release.errors import RolloutError
from operations.release.images import Release

TAG = "0.3.0-2a1ec34"
ACCOUNT = "111122223333"


class Cloud:
    """Stands for AWS: one account with a registry, a builder, a scanner and an environment.

    Attributes:
        findings: the critical findings of each tag.
        unscanned: tags that the scanner has not seen.
        scanning: answers of the scanner before the scan has ended.
    """

    meta = SimpleNamespace(endpoint_url="https://sts.us-east-1.amazonaws.com")

    def __init__(self, *tags: str, runs: str = TAG) -> None:
        self.tags = [*tags]
        self.runs = runs
        self.findings: dict[str, list[str]] = defaultdict(list)
        self.unscanned: set[str] = set()
        self.scanning: list[str] = []
        self.built: list[tuple[str, str]] = []
        self.build_ends = "SUCCEEDED"
        self.deployed: list[str] = []
        self.update_ends = "UPDATE_COMPLETE"
        self.alarms_on: list[str] = []
        self.running: str | None = None
        self.urgent = ""
        self.exceptions = SimpleNamespace(ParameterNotFound=LookupError)

    def client(self, _service: str) -> "Cloud":
        return self

    def get_caller_identity(self) -> Any:
        return {"Account": ACCOUNT}

    def get_paginator(self, operation: str) -> Any:
        pages = {
            "list_findings": self._findings,
            "list_images": lambda **_: [{"imageIds": [{"imageTag": tag} for tag in self.tags]}],
        }
        return SimpleNamespace(paginate=pages[operation])

    def _findings(self, **requests: Any) -> Any:
        (tag,) = (condition["value"] for condition in requests["filterCriteria"]["ecrImageTags"])
        return [{"findings": [{"title": title} for title in self.findings[tag]]}]

    def start_build(self, *, projectName: str, environmentVariablesOverride: Any) -> Any:  # noqa: N803
        assert projectName == "goodies-image"
        variables = {variable["name"]: variable["value"] for variable in environmentVariablesOverride}
        tag = variables["TAG"]
        self.built.append((variables["COMMIT"], tag))
        if self.build_ends == "SUCCEEDED":
            self.tags.append(tag)
        return {"build": {"id": "goodies-image:1"}}

    def batch_get_builds(self, **_: Any) -> Any:
        return {"builds": [{"buildStatus": self.build_ends, "logs": {"deepLink": "https://log"}}]}

    def list_coverage(self, *, filterCriteria: Any) -> Any:  # noqa: N803
        tag = filterCriteria["ecrImageTags"][0]["value"]
        if tag in self.unscanned:
            return {"coveredResources": []}
        reason = self.scanning.pop(0) if self.scanning else "SUCCESSFUL"
        scanned = {"lastScannedAt": "2026-11-01T00:00:00Z"} if reason == "SUCCESSFUL" else {}
        return {"coveredResources": [{"scanStatus": {"statusCode": "ACTIVE", "reason": reason}, **scanned}]}

    def get_parameter(self, *, Name: str) -> Any:  # noqa: N803
        if Name == "/goodies/prod/running" and self.running:
            return {"Parameter": {"Value": self.running}}
        if Name != "/goodies/prod/release":
            raise LookupError(Name)
        return {"Parameter": {"Value": self.runs}}

    def put_parameter(self, *, Name: str, Value: str, **_: Any) -> None:  # noqa: N803
        if Name == "/goodies/prod/urgent":
            self.urgent = Value
        else:
            self.runs = Value

    def describe_alarms(self, *, AlarmNamePrefix: str, StateValue: str) -> Any:  # noqa: N803
        assert (AlarmNamePrefix, StateValue) == ("GoodiesProd-Deployment-", "ALARM")
        return {"MetricAlarms": [{"AlarmName": name} for name in self.alarms_on]}

    def describe_stacks(self, **_: Any) -> Any:
        return {"Stacks": [{"StackStatus": self.update_ends, "Parameters": [{"ParameterKey": "Release"}]}]}

    def update_stack(self, **given: Any) -> None:
        assert given["StackName"] == "GoodiesProd-Service"
        assert given["UsePreviousTemplate"]
        assert given["Parameters"] == [{"ParameterKey": "Release", "UsePreviousValue": True}]
        self.deployed.append(self.runs)

    def list_service_deployments(self, **_: Any) -> Any:
        return {"serviceDeployments": []}


def patched(cloud: Cloud, *, rebuild: bool = False, urgent: str = "") -> str | None:
    environment = Environment("prod", cloud.client, urgent=urgent)
    return command.patch(environment, Images(cloud.client, print, lambda _: None), print, rebuild=rebuild)


@pytest.mark.plan("IMP-8/rollout")
def test_what_is_weak_is_built_again_from_its_commit_and_rolled_out() -> None:
    cloud = Cloud(TAG)
    cloud.findings[TAG] = ["CVE-1"]
    assert patched(cloud) == f"{TAG}-1"
    assert cloud.built == [("2a1ec34", f"{TAG}-1")]
    assert (cloud.deployed, cloud.runs) == ([f"{TAG}-1"], f"{TAG}-1")


@pytest.mark.plan("IMP-8/rollout")
def test_the_next_environment_takes_the_image_of_the_one_before() -> None:
    cloud = Cloud(TAG, f"{TAG}-1", f"{TAG}-2", "0.4.0-aaaaaaa-9", "latest")
    cloud.findings[TAG] = cloud.findings[f"{TAG}-1"] = ["CVE-1"]
    assert patched(cloud) == f"{TAG}-2"
    assert cloud.built == []


@pytest.mark.plan("IMP-8/rollout")
def test_a_build_that_is_weak_by_now_is_not_taken() -> None:
    cloud = Cloud(TAG, f"{TAG}-1", runs=f"{TAG}-1")
    cloud.findings[f"{TAG}-1"] = ["CVE-2"]
    assert patched(cloud) == f"{TAG}-2"
    assert cloud.built == [("2a1ec34", f"{TAG}-2")]


def test_what_is_well_is_left_alone_unless_asked() -> None:
    cloud = Cloud(TAG)
    assert patched(cloud) is None
    assert (cloud.built, cloud.deployed) == ([], [])
    assert patched(cloud, rebuild=True) == f"{TAG}-1"


def weak() -> Cloud:
    cloud = Cloud(TAG)
    cloud.findings[TAG] = ["CVE-1"]
    return cloud


def test_an_image_that_is_no_better_is_not_deployed() -> None:
    cloud = weak()
    cloud.findings[f"{TAG}-1"] = ["CVE-1 in a library"]
    with pytest.raises(PatchError, match=r"0\.3\.0-2a1ec34-1 is no better: CVE-1 in a library"):
        patched(cloud)
    assert (cloud.deployed, cloud.runs) == ([], TAG)


def test_a_build_that_fails_names_its_log() -> None:
    cloud = weak()
    cloud.build_ends = "FAILED"
    with pytest.raises(PatchError, match=r"not built \(FAILED\): see https://log; nothing was deployed"):
        patched(cloud)
    assert (cloud.deployed, cloud.runs) == ([], TAG)


def test_an_image_that_nobody_scans_is_not_deployed() -> None:
    cloud = weak()
    cloud.unscanned = {f"{TAG}-1"}
    with pytest.raises(PatchError, match="was not scanned within 20 minutes"):
        patched(cloud)
    assert (cloud.deployed, cloud.runs) == ([], TAG)


@pytest.mark.plan("IMP-8/rollout")
@pytest.mark.parametrize("reason", ["PENDING_INITIAL_SCAN", "SCAN_IN_PROGRESS", "UNSUPPORTED_OS"])
def test_an_image_is_scanned_when_its_scan_has_ended_and_not_when_it_is_monitored(reason: str) -> None:
    cloud = weak()
    cloud.scanning = [reason, reason]
    assert patched(cloud) == f"{TAG}-1"
    assert cloud.scanning == []


@pytest.mark.plan("IMP-8/rollout")
def test_a_rollout_that_is_undone_leaves_the_record_at_what_runs() -> None:
    cloud = weak()
    cloud.update_ends = "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(RolloutError, match=r"prod runs 0\.3\.0-2a1ec34 as before"):
        patched(cloud)
    assert cloud.deployed == [f"{TAG}-1"]
    assert cloud.runs == TAG


@pytest.mark.plan("RBK-1/errors", "IMP-8/rollout")
def test_no_release_is_rolled_out_while_an_alarm_switches_the_others_off() -> None:
    cloud = weak()
    cloud.alarms_on = ["GoodiesProd-Deployment-Unhealthy-Rollback"]
    with pytest.raises(RolloutError, match=r"GoodiesProd-Deployment-Unhealthy-Rollback is on, .*URGENT="):
        patched(cloud)
    assert (cloud.deployed, cloud.runs) == ([], TAG)
    assert patched(cloud, urgent="it repairs the log-in") == f"{TAG}-1"
    assert cloud.urgent == f"{TAG}-1 it repairs the log-in"


def test_a_release_that_was_rolled_back_is_not_patched() -> None:
    cloud = weak()
    cloud.running = "0.2.0-bbbbbbb"
    with pytest.raises(RolloutError, match=rf"/goodies/prod/release records {TAG}, and 0\.2\.0-bbbbbbb runs"):
        patched(cloud)
    assert (cloud.built, cloud.deployed) == ([], [])
    cloud.running = TAG
    assert patched(cloud) == f"{TAG}-1"


# The last two have digits of other scripts.
@pytest.mark.parametrize(
    "tag",
    [
        "latest",
        "0.3.0",
        "0.3.0-xyz",
        "0.3.0-2a1ec34-",
        "",
        "0.3.0-2a1ec34-\N{THAI DIGIT FIVE}",
        "0.\N{THAI DIGIT FIVE}-2a1ec34",
    ],
)
def test_a_tag_that_is_no_release_is_refused(tag: str) -> None:
    with pytest.raises(RolloutError, match="a tag is <version>-<commit>"):
        Release.read(tag)


def test_an_environment_that_is_not_there_or_runs_nothing_is_refused() -> None:
    with pytest.raises(RolloutError, match=r"/goodies/moon/release is not here: deploy GoodiesMoon-Service first"):
        _ = Environment("moon", Cloud().client).release
    with pytest.raises(RolloutError, match="prod runs no release"):
        _ = Environment("prod", Cloud(runs="none").client).release


def ended(monkeypatch: pytest.MonkeyPatch, client: Callable[[str], Any], *options: str) -> Any:
    app = typer.Typer()
    app.command()(command.main)
    monkeypatch.setattr(boto3, "Session", lambda **_: SimpleNamespace(client=client))
    return CliRunner().invoke(app, ["--env", "prod", "--account", ACCOUNT, "--yes", *options])


def test_the_command_says_what_runs_and_what_is_next(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ended(monkeypatch, weak().client)
    assert said.exit_code == 0, said.output
    assert "CVE-1" in said.output
    assert "prod runs 0.3.0-2a1ec34-1. Next: the other environments" in said.output


def test_the_command_says_that_there_is_nothing_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "prod runs a release without critical findings" in ended(monkeypatch, Cloud(TAG).client).output


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (NoCredentialsError(), "no AWS credentials: set AWS_PROFILE or sign in"),
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": "x"}}, "ListFindings"),
            "have expired: sign in again",
        ),
        (ClientError({"Error": {"Code": "Odd", "Message": "so"}}, "ListFindings"), "AWS refused ListFindings: Odd: so"),
    ],
)
def test_what_is_in_the_way_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch, failure: Exception, words: str) -> None:
    def client(_service: str) -> Any:
        raise failure

    said = ended(monkeypatch, client)
    assert said.exit_code == 1
    assert words in said.output
    assert "Traceback" not in said.output
