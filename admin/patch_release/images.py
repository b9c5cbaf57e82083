"""Images of releases in the registry: their critical findings, and how one is built and scanned again."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from admin.errors import PatchError
from operations.release.images import TAG, Release
from operations.release.names import REPOSITORY

PROJECT = "goodies-image"
_POLL_SECONDS = 10
# Inspector scans within minutes of a push; a longer wait needs a person.
_SCAN_SECONDS = 1200


class Images:
    """The registry, the builder and the scanner of one account.

    Args:
        client: makes a client of AWS by the name of a service.
        say: prints a line of progress.
        sleep: waits for so many seconds.
    """

    def __init__(
        self, client: Callable[[str], Any], say: Callable[[str], None], sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._say = say
        self._sleep = sleep

    def critical_findings(self, tag: str) -> list[str]:
        """Return the titles of Inspector's active critical findings of an image."""
        pages = self._client("inspector2").get_paginator("list_findings")
        criteria = {
            "severity": _equals("CRITICAL"),
            "findingStatus": _equals("ACTIVE"),
            "ecrImageRepositoryName": _equals(REPOSITORY),
            "ecrImageTags": _equals(tag),
        }
        return sorted({item["title"] for page in pages.paginate(filterCriteria=criteria) for item in page["findings"]})

    def later_builds(self, release: Release) -> list[Release]:
        """Return the later builds of the same version and commit, the latest last."""
        pages = self._client("ecr").get_paginator("list_images")
        builds = (
            Release.read(image["imageTag"])
            for page in pages.paginate(repositoryName=REPOSITORY, filter={"tagStatus": "TAGGED"})
            for image in page["imageIds"]
            if TAG.fullmatch(image["imageTag"])
        )
        return sorted(other for other in builds if other.name == release.name and other.build > release.build)

    def build(self, release: Release) -> None:
        """Build and push an image of a release's commit on today's base image.

        Raises:
            PatchError: the build fails.
        """
        builder = self._client("codebuild")
        started = builder.start_build(
            projectName=PROJECT,
            environmentVariablesOverride=[
                {"name": name, "value": value, "type": "PLAINTEXT"}
                for name, value in (("TAG", release.tag), ("COMMIT", release.commit))
            ],
        )["build"]
        self._say(f"Building {release.tag}: {started['id']}")
        while (build := builder.batch_get_builds(ids=[started["id"]])["builds"][0])["buildStatus"] == "IN_PROGRESS":
            self._sleep(_POLL_SECONDS)
        if build["buildStatus"] != "SUCCEEDED":
            log = build.get("logs", {}).get("deepLink", f"the log of {started['id']} in CodeBuild")
            raise PatchError(f"the image was not built ({build['buildStatus']}): see {log}; nothing was deployed")

    def wait_until_scanned(self, release: Release) -> None:
        """Wait until Inspector has scanned an image.

        Raises:
            PatchError: it has not within twenty minutes.
        """
        self._say(f"Waiting for the scan of {release.tag}")
        for _ in range(_SCAN_SECONDS // _POLL_SECONDS):
            if self._is_scanned(release.tag):
                return
            self._sleep(_POLL_SECONDS)
        raise PatchError(
            f"{release.tag} was not scanned within {_SCAN_SECONDS // 60} minutes, so it may have the same findings: "
            "see aws inspector2 list-coverage, then run this again; nothing was deployed"
        )

    def _is_scanned(self, tag: str) -> bool:
        # ACTIVE says that Inspector monitors the image, from the push on; the reason says whether a scan has ended
        # (ScanStatus, Inspector API reference).
        criteria = {
            "resourceType": _equals("AWS_ECR_CONTAINER_IMAGE"),
            "ecrRepositoryName": _equals(REPOSITORY),
            "ecrImageTags": _equals(tag),
            "scanStatusCode": _equals("ACTIVE"),
        }
        covered = self._client("inspector2").list_coverage(filterCriteria=criteria)["coveredResources"]
        return any(
            image["scanStatus"].get("reason") == "SUCCESSFUL" and image.get("lastScannedAt") is not None
            for image in covered
        )


def _equals(value: str) -> Sequence[dict[str, str]]:
    return [{"comparison": "EQUALS", "value": value}]
