"""Rotation Lambda of Secrets Manager: renews the origin header between CDN and load balancer (SEC-2, SEC-8).

Two secrets hold the header's values: the one that the CDN sends, and the next. The load balancer's web ACL accepts both
at all times (a set of regular expressions). A rotation

1. lets the CDN send the next value, which is accepted already,
2. waits until every location of the CDN does,
3. makes it the value of the first secret, gives the second a fresh one, and lets the web ACL accept these two.

So the value before is dropped only when no location sends it any more. Each step looks at what the CDN is configured to
send, not at what it should be: a deployment that runs at the same time may write the current values, which are accepted
until a rotation has seen them replaced.

The program holds the values in memory only; it logs none.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

VALUE_LENGTH = 48
# CloudFront needs minutes for a change; the function's own limit is a quarter of an hour.
DEPLOYMENT_SECONDS = 600
POLL_SECONDS = 15
# A change of a web ACL takes up to minutes to be everywhere ("How AWS WAF works", AWS WAF developer guide), and a
# deployment that has just resolved the value before writes it within seconds.
SETTLE_SECONDS = 60

_CURRENT = "AWSCURRENT"
_PENDING = "AWSPENDING"
_DEPLOYED = "Deployed"


class RotationRefused(Exception):
    """Refused rotation: one line with the reason. What the CDN sends stays accepted."""


@dataclass(frozen=True, kw_only=True)
class OriginRotation:
    """One rotation, in the four steps that Secrets Manager calls, each safe to repeat.

    Attributes:
        secrets: client of Secrets Manager.
        cdn: client of CloudFront.
        firewall: client of AWS WAF, in the load balancer's region.
        secret_id: id of the secret with the value that the CDN sends.
        next_secret_id: id of the secret with the value that it sends next.
        token: version that becomes the current one.
        distribution_id: id of the distribution.
        header: name of the header.
        pattern_set: ``Name``, ``Id`` and ``Scope`` of the accepted values.
        sleep: waits for some seconds.
    """

    secrets: Any
    cdn: Any
    firewall: Any
    secret_id: str
    next_secret_id: str
    token: str
    distribution_id: str
    header: str
    pattern_set: dict[str, str]
    sleep: Callable[[float], None] = time.sleep

    def run(self, step: str) -> None:
        """Do one step.

        Raises:
            RotationRefused: when it cannot be done now; Secrets Manager tries again.
        """
        steps = {
            "createSecret": self.create,
            "setSecret": self.send,
            "testSecret": self.wait,
            "finishSecret": self.finish,
        }
        if step not in steps:
            raise RotationRefused(f"there is no step {step!r}, only {', '.join(steps)}")
        stages = self._versions().get(self.token)
        if stages is None:
            raise RotationRefused(f"{self.secret_id} has no version {self.token}")
        # Of a version that is current already only the last step may be unfinished.
        if _CURRENT not in stages or step == "finishSecret":
            steps[step]()

    def create(self) -> None:
        """Store the next value as the pending version, unless an earlier attempt did."""
        if self._pending() is None:
            self.secrets.put_secret_value(
                SecretId=self.secret_id,
                ClientRequestToken=self.token,
                SecretString=self._value(self.next_secret_id),
                VersionStages=[_PENDING],
            )

    def send(self) -> None:
        """Let the CDN send the pending value."""
        value = self._new_value()
        answer = self.cdn.get_distribution_config(Id=self.distribution_id)
        headers = self._headers(answer["DistributionConfig"])
        sent = {header["HeaderValue"] for header in headers}
        accepted = self._accepted()
        if not sent | {value} <= accepted:
            self._accept(accepted | sent | {value})
            self.sleep(SETTLE_SECONDS)
        if sent == {value}:
            return
        for header in headers:
            header["HeaderValue"] = value
        self.cdn.update_distribution(
            Id=self.distribution_id, IfMatch=answer["ETag"], DistributionConfig=answer["DistributionConfig"]
        )

    def wait(self) -> None:
        """Wait until every location of the CDN sends the pending value."""
        for _ in range(DEPLOYMENT_SECONDS // POLL_SECONDS):
            distribution = self.cdn.get_distribution(Id=self.distribution_id)["Distribution"]
            if not self._sends(distribution["DistributionConfig"]):
                raise RotationRefused("something else has changed what the CDN sends")
            if distribution["Status"] == _DEPLOYED:
                return
            self.sleep(POLL_SECONDS)
        raise RotationRefused(f"the CDN was not deployed within {DEPLOYMENT_SECONDS} seconds")

    def finish(self) -> None:
        """Make the pending value the current one, and replace the value before by a fresh next one."""
        self.send()
        self.wait()
        previous = next(version for version, stages in self._versions().items() if _CURRENT in stages)
        if previous != self.token:
            self.secrets.update_secret_version_stage(
                SecretId=self.secret_id, VersionStage=_CURRENT, MoveToVersionId=self.token, RemoveFromVersionId=previous
            )
        # A deployment that resolved the value before has written it by now, which the next look then finds.
        self.sleep(SETTLE_SECONDS)
        self.wait()
        value = self._new_value()
        following = self._value(self.next_secret_id)
        if following == value:
            following = self.secrets.get_random_password(PasswordLength=VALUE_LENGTH, ExcludePunctuation=True)[
                "RandomPassword"
            ]
            self.secrets.put_secret_value(SecretId=self.next_secret_id, SecretString=following)
        self._accept({value, following})
        self.sleep(SETTLE_SECONDS)

    def _sends(self, config: dict[str, Any]) -> bool:
        return {header["HeaderValue"] for header in self._headers(config)} == {self._new_value()}

    def _headers(self, config: dict[str, Any]) -> list[dict[str, str]]:
        headers = [
            header
            for origin in config["Origins"]["Items"]
            for header in origin.get("CustomHeaders", {}).get("Items", [])
            if header["HeaderName"].lower() == self.header
        ]
        if not headers:
            raise RotationRefused(f"the distribution {self.distribution_id} sends no header {self.header}")
        return headers

    def _accepted(self) -> set[str]:
        patterns = self.firewall.get_regex_pattern_set(**self.pattern_set)["RegexPatternSet"]["RegularExpressionList"]
        return {pattern["RegexString"].removeprefix("^").removesuffix("$") for pattern in patterns}

    def _accept(self, values: set[str]) -> None:
        answer = self.firewall.get_regex_pattern_set(**self.pattern_set)
        self.firewall.update_regex_pattern_set(
            **self.pattern_set,
            RegularExpressionList=[{"RegexString": f"^{value}$"} for value in sorted(values)],
            LockToken=answer["LockToken"],
        )

    def _versions(self) -> dict[str, list[str]]:
        versions: dict[str, list[str]] = self.secrets.describe_secret(SecretId=self.secret_id)["VersionIdsToStages"]
        return versions

    def _new_value(self) -> str:
        value = self._pending()
        if value is None:
            raise RotationRefused(f"the version {self.token} of {self.secret_id} has no value")
        return value

    def _pending(self) -> str | None:
        # Secrets Manager announces the version before it has a value.
        try:
            return str(self.secrets.get_secret_value(SecretId=self.secret_id, VersionId=self.token)["SecretString"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise

    def _value(self, secret_id: str) -> str:
        return str(self.secrets.get_secret_value(SecretId=secret_id)["SecretString"])


def handle(event: dict[str, str], _context: object) -> None:
    """Run the step that Secrets Manager requests."""
    name, identifier, scope = os.environ["PATTERN_SET"].split("|")
    rotation = OriginRotation(
        secrets=boto3.client("secretsmanager"),
        cdn=boto3.client("cloudfront"),
        firewall=boto3.client("wafv2"),
        secret_id=event["SecretId"],
        next_secret_id=os.environ["NEXT_SECRET_ID"],
        token=event["ClientRequestToken"],
        distribution_id=os.environ["DISTRIBUTION_ID"],
        header=os.environ["HEADER"],
        pattern_set={"Name": name, "Id": identifier, "Scope": scope},
    )
    rotation.run(event["Step"])
    print(f"{event['Step']} done for {event['SecretId']}")
