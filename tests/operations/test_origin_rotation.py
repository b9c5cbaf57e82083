"""The rotation of the origin header against a CDN that needs time, a web ACL, and deployments at any moment."""
# ruff: noqa: ARG002, N803 - arguments are those of AWS

import copy
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.origin_rotation import DEPLOYMENT_SECONDS, SETTLE_SECONDS, OriginRotation, RotationRefused

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
HEADER = "x-origin-secret"
SENT, NEXT = "arn:sent", "arn:next"
PATTERN_SET = {"Name": "accepted", "Id": "1", "Scope": "REGIONAL"}


class Crash(Exception):
    """The function ends in the middle, as at its time-out."""


class Cloud:
    """Secrets, CDN and web ACL. After every call it checks that no location of the CDN sends what is refused.

    Attributes:
        moments: calls made so far; ``at`` holds what happens before a certain one.
        locations: values that some location of the CDN may still send.
    """

    def __init__(self, at: dict[int, Callable[["Cloud"], None]] | None = None) -> None:
        self.at = at or {}
        self.moments = 0
        self.fresh = (f"fresh{number}" for number in itertools.count())
        self.values = {SENT: {"v1": "first"}, NEXT: {"v1": "second"}}
        self.stages = {SENT: {"v1": ["AWSCURRENT"]}, NEXT: {"v1": ["AWSCURRENT"]}}
        self.patterns = {"first", "second"}
        self.header = "first"
        self.locations = {"first"}
        self.seconds_until_deployed = 0.0
        self.lock = self.etag = 0
        self.clock = 0.0

    def begin(self) -> str:
        token = f"v{len(self.values[SENT]) + 1}"
        self.stages[SENT][token] = ["AWSPENDING"]
        return token

    def rotate(self, token: str) -> None:
        for step in STEPS:
            self.rotation(token).run(step)

    def rotation(self, token: str) -> OriginRotation:
        return OriginRotation(
            secrets=self,
            cdn=self,
            firewall=self,
            secret_id=SENT,
            next_secret_id=NEXT,
            token=token,
            distribution_id="D1",
            header=HEADER,
            pattern_set=PATTERN_SET,
            sleep=self.sleep,
        )

    def resolve(self) -> tuple[str, str]:
        """Return what a template that refers to both secrets resolves to."""
        return self.current(SENT), self.current(NEXT)

    def write(self, sent: str, following: str) -> None:
        """Write the resolved values, as CloudFormation does."""
        self.patterns = {sent, following}
        self.lock += 1
        self.publish(sent)

    def publish(self, value: str) -> None:
        if value != self.header:
            self.header = value
            self.locations |= {value}
            self.seconds_until_deployed = 200
            self.etag += 1

    def current(self, secret: str) -> str:
        (version,) = (name for name, stages in self.stages[secret].items() if "AWSCURRENT" in stages)
        return self.values[secret][version]

    def moment(self) -> None:
        self.moments += 1
        if self.moments in self.at:
            self.at[self.moments](self)
        refused = self.locations - self.patterns
        assert not refused, f"at moment {self.moments} a location sends {refused}, accepted are {self.patterns}"

    def sleep(self, seconds: float) -> None:
        self.moment()
        self.clock += seconds
        self.seconds_until_deployed -= seconds
        if self.seconds_until_deployed <= 0:
            self.locations = {self.header}

    # Secrets Manager

    def describe_secret(self, *, SecretId: str) -> dict[str, Any]:
        self.moment()
        return {"VersionIdsToStages": copy.deepcopy(self.stages[SecretId])}

    def get_secret_value(self, *, SecretId: str, VersionId: str = "") -> dict[str, Any]:
        self.moment()
        if not VersionId:
            return {"SecretString": self.current(SecretId)}
        if VersionId not in self.values[SecretId]:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "GetSecretValue")
        return {"SecretString": self.values[SecretId][VersionId]}

    def put_secret_value(
        self, *, SecretId: str, SecretString: str, ClientRequestToken: str = "", VersionStages: tuple[str, ...] = ()
    ) -> None:
        version = ClientRequestToken or f"v{len(self.values[SecretId]) + 1}"
        self.values[SecretId][version] = SecretString
        if not VersionStages:
            for stages in self.stages[SecretId].values():
                stages.clear()
        self.stages[SecretId][version] = [*(VersionStages or ("AWSCURRENT",))]
        self.moment()

    def update_secret_version_stage(
        self, *, SecretId: str, VersionStage: str, MoveToVersionId: str, RemoveFromVersionId: str
    ) -> None:
        self.stages[SecretId][RemoveFromVersionId] = ["AWSPREVIOUS"]
        self.stages[SecretId][MoveToVersionId] = [VersionStage]
        self.moment()

    def get_random_password(self, **_: object) -> dict[str, str]:
        return {"RandomPassword": next(self.fresh)}

    # CloudFront

    def get_distribution_config(self, *, Id: str) -> dict[str, Any]:
        self.moment()
        assets = {"Id": "assets", "CustomHeaders": {"Quantity": 0}}
        items = [{"HeaderName": "X-Origin-Secret", "HeaderValue": self.header}]
        api = {"Id": "api", "CustomHeaders": {"Quantity": 1, "Items": items}}
        config = {"Comment": "as it was", "Origins": {"Quantity": 2, "Items": [assets, api]}}
        return {"DistributionConfig": config, "ETag": str(self.etag)}

    def get_distribution(self, *, Id: str) -> dict[str, Any]:
        config = self.get_distribution_config(Id=Id)["DistributionConfig"]
        status = "InProgress" if self.seconds_until_deployed > 0 else "Deployed"
        return {"Distribution": {"DistributionConfig": config, "Status": status}}

    def update_distribution(self, *, Id: str, IfMatch: str, DistributionConfig: dict[str, Any]) -> None:
        if IfMatch != str(self.etag):
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "UpdateDistribution")
        assert DistributionConfig["Comment"] == "as it was"
        self.publish(DistributionConfig["Origins"]["Items"][1]["CustomHeaders"]["Items"][0]["HeaderValue"])
        self.moment()

    # AWS WAF

    def get_regex_pattern_set(self, **address: str) -> dict[str, Any]:
        self.moment()
        assert address == PATTERN_SET
        patterns = [{"RegexString": f"^{value}$"} for value in self.patterns]
        return {"RegexPatternSet": {"RegularExpressionList": patterns}, "LockToken": str(self.lock)}

    def update_regex_pattern_set(
        self, *, LockToken: str, RegularExpressionList: list[dict[str, str]], **address: str
    ) -> None:
        if LockToken != str(self.lock):
            raise ClientError({"Error": {"Code": "WAFOptimisticLockException"}}, "UpdateRegexPatternSet")
        self.patterns = {pattern["RegexString"][1:-1] for pattern in RegularExpressionList}
        self.lock += 1
        self.moment()


def deploys(cloud: Cloud) -> None:
    cloud.write(*cloud.resolve())


def crashes(_: Cloud) -> None:
    raise Crash


def until_it_ends(cloud: Cloud, token: str) -> None:
    """Repeat the rotation as Secrets Manager does, until it succeeds."""
    for _ in range(6):
        try:
            cloud.rotate(token)
        except (Crash, ClientError, RotationRefused):
            continue
        return
    raise AssertionError("the rotation never succeeds")


@pytest.mark.plan("SEC-2", "SEC-8/rotated")
def test_a_rotation_makes_the_next_value_the_sent_one_and_makes_another_next_one() -> None:
    cloud = Cloud()
    cloud.rotate(cloud.begin())
    assert (cloud.header, cloud.locations) == ("second", {"second"})
    assert (cloud.current(SENT), cloud.current(NEXT)) == ("second", "fresh0")
    assert cloud.patterns == {"second", "fresh0"}


@pytest.mark.plan("SEC-8/rotated")
def test_a_second_rotation_leaves_nothing_that_was_known_before_the_first() -> None:
    cloud = Cloud()
    for _ in range(2):
        cloud.rotate(cloud.begin())
    assert cloud.patterns == {"fresh0", "fresh1"}


def moments() -> Iterator[int]:
    cloud = Cloud()
    cloud.rotate(cloud.begin())
    return iter(range(1, cloud.moments + 1))


@pytest.mark.plan("SEC-2", "SEC-8/rotated")
@pytest.mark.parametrize("event", [deploys, crashes])
def test_no_request_is_refused_whenever_a_deployment_or_a_crash_comes(event: Callable[[Cloud], None]) -> None:
    for moment in moments():
        cloud = Cloud({moment: event})
        until_it_ends(cloud, cloud.begin())
        until_it_ends(cloud, cloud.begin())
        assert cloud.locations == {cloud.header} == {cloud.current(SENT)}, f"with {event.__name__} at {moment}"
        assert cloud.patterns == {cloud.current(SENT), cloud.current(NEXT)}, f"with {event.__name__} at {moment}"


@pytest.mark.plan("SEC-2")
def test_no_request_is_refused_when_a_deployment_follows_a_crash() -> None:
    for crash, deployment in itertools.combinations(moments(), 2):
        cloud = Cloud({crash: crashes, deployment: deploys})
        until_it_ends(cloud, cloud.begin())
        assert cloud.patterns == {cloud.current(SENT), cloud.current(NEXT)}, f"{crash}, {deployment}"


@pytest.mark.plan("SEC-2")
def test_no_request_is_refused_when_a_deployment_writes_what_it_resolved_a_little_earlier() -> None:
    for moment in moments():
        for later in range(1, 12):
            resolved: list[tuple[float, tuple[str, str]]] = []

            def resolves(cloud: Cloud, resolved: list[tuple[float, tuple[str, str]]] = resolved) -> None:
                resolved.append((cloud.clock, cloud.resolve()))

            def writes(cloud: Cloud, resolved: list[tuple[float, tuple[str, str]]] = resolved) -> None:
                ((at, values),) = resolved
                if cloud.clock - at < SETTLE_SECONDS:
                    cloud.write(*values)

            cloud = Cloud({moment: resolves, moment + later: writes})
            until_it_ends(cloud, cloud.begin())
            until_it_ends(cloud, cloud.begin())
            assert cloud.patterns == {cloud.current(SENT), cloud.current(NEXT)}, f"{moment}, {later}"


@pytest.mark.plan("SEC-2")
def test_a_value_set_by_hand_stays_accepted_until_no_location_sends_it() -> None:
    cloud = Cloud()
    cloud.header, cloud.locations, cloud.patterns = "typed", {"typed"}, {"typed"}
    cloud.rotate(cloud.begin())
    assert cloud.patterns == {"second", "fresh0"}


def test_a_cdn_that_is_not_deployed_in_time_keeps_both_values() -> None:
    cloud = Cloud()
    token = cloud.begin()
    cloud.rotation(token).run("createSecret")
    cloud.rotation(token).run("setSecret")
    cloud.seconds_until_deployed = DEPLOYMENT_SECONDS * 10
    with pytest.raises(RotationRefused, match="not deployed within"):
        cloud.rotation(token).run("testSecret")
    assert cloud.patterns == {"first", "second"}


def test_an_unknown_step_or_version_is_refused() -> None:
    cloud = Cloud()
    with pytest.raises(RotationRefused, match="no step"):
        cloud.rotation(cloud.begin()).run("deleteSecret")
    with pytest.raises(RotationRefused, match="no version"):
        cloud.rotation("v9").run("setSecret")


def test_a_distribution_without_the_header_is_refused() -> None:
    cloud = Cloud()
    rotation = cloud.rotation(cloud.begin())
    rotation.run("createSecret")
    with pytest.raises(RotationRefused, match="sends no header"):
        OriginRotation(**{**vars(rotation), "header": "x-other"}).run("setSecret")
