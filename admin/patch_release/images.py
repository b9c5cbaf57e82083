"""The images of releases: what is known to be weak in them, and how another is made."""

import re
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from admin.patch_release.refused import Refused

REPOSITORY = "goodies/funkygibbon"
PROJECT = "goodies-image"
_LOOK_SECONDS = 10
# Inspector scans within minutes of a push; who waits longer than this waits for a person.
_SCAN_SECONDS = 1200
_TAG = re.compile(r"(?P<version>[\w.]+)-(?P<commit>[0-9a-f]{7,40})(?:-(?P<build>\d+))?")


class Release(NamedTuple):
    """A release, and how often it was built: ``0.3.0-2a1ec34``, and ``0.3.0-2a1ec34-2`` after two patches.

    Attributes:
        name: version and commit.
        commit: of the application.
        build: 0 at first.
    """

    name: str
    commit: str
    build: int

    @property
    def tag(self) -> str:
        """What the image is called."""
        return f"{self.name}-{self.build}" if self.build else self.name

    @classmethod
    def read(cls, tag: str) -> "Release":
        """Return the release that a tag names.

        Raises:
            Refused: it names none.
        """
        match = _TAG.fullmatch(tag)
        if not match:
            raise Refused(f"{tag} is no release: a tag is <version>-<commit>, as in 0.3.0-2a1ec34")
        return cls(f"{match['version']}-{match['commit']}", match["commit"], int(match["build"] or 0))


class Images:
    """The registry, the builder and the scanner of one account.

    Args:
        client: makes a client of AWS by the name of a service.
        say: tells the operator what happens.
        sleep: waits for so many seconds.
    """

    def __init__(
        self, client: Callable[[str], Any], say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._say = say
        self._sleep = sleep

    def weaknesses(self, tag: str) -> list[str]:
        """Return the critical findings of an image that are not mended, by title."""
        pages = self._client("inspector2").get_paginator("list_findings")
        criteria = {
            "severity": _equals("CRITICAL"),
            "findingStatus": _equals("ACTIVE"),
            "ecrImageRepositoryName": _equals(REPOSITORY),
            "ecrImageTags": _equals(tag),
        }
        return sorted(
            {found["title"] for page in pages.paginate(filterCriteria=criteria) for found in page["findings"]}
        )

    def later(self, release: Release) -> list[Release]:
        """Return the builds of the same version and commit that came after this one, the latest last."""
        pages = self._client("ecr").get_paginator("list_images")
        found = (
            Release.read(image["imageTag"])
            for page in pages.paginate(repositoryName=REPOSITORY, filter={"tagStatus": "TAGGED"})
            for image in page["imageIds"]
            if _TAG.fullmatch(image["imageTag"])
        )
        return sorted(other for other in found if other.name == release.name and other.build > release.build)

    def build(self, release: Release) -> None:
        """Build and push an image, from its commit and from what lies beneath it today.

        Raises:
            Refused: it cannot be built.
        """
        builder = self._client("codebuild")
        started = builder.start_build(
            projectName=PROJECT,
            sourceVersion=release.commit,
            environmentVariablesOverride=[{"name": "TAG", "value": release.tag, "type": "PLAINTEXT"}],
        )["build"]
        self._say(f"Building {release.tag}: {started['id']}")
        while (build := builder.batch_get_builds(ids=[started["id"]])["builds"][0])["buildStatus"] == "IN_PROGRESS":
            self._sleep(_LOOK_SECONDS)
        if build["buildStatus"] != "SUCCEEDED":
            log = build.get("logs", {}).get("deepLink", f"the log of {started['id']} in CodeBuild")
            raise Refused(f"the image was not built ({build['buildStatus']}): see {log}; nothing was deployed")

    def wait_until_scanned(self, release: Release) -> None:
        """Wait until Inspector has looked into an image.

        Raises:
            Refused: it does not look.
        """
        self._say(f"Waiting for the scan of {release.tag}")
        for _ in range(_SCAN_SECONDS // _LOOK_SECONDS):
            if self._is_scanned(release.tag):
                return
            self._sleep(_LOOK_SECONDS)
        raise Refused(
            f"{release.tag} was not scanned within {_SCAN_SECONDS // 60} minutes, so that nobody knows whether it is "
            "mended: see aws inspector2 list-coverage, then run this again; nothing was deployed"
        )

    def _is_scanned(self, tag: str) -> bool:
        criteria = {
            "resourceType": _equals("AWS_ECR_CONTAINER_IMAGE"),
            "ecrRepositoryName": _equals(REPOSITORY),
            "ecrImageTags": _equals(tag),
            "scanStatusCode": _equals("ACTIVE"),
        }
        return bool(self._client("inspector2").list_coverage(filterCriteria=criteria)["coveredResources"])


def _equals(value: str) -> Sequence[dict[str, str]]:
    return [{"comparison": "EQUALS", "value": value}]
