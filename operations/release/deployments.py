"""Deployments of an environment's service: what they bring, what they replace, and how one is stopped.

Sources: ServiceDeployment, ServiceRevision and StopServiceDeployment (Amazon ECS API reference).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.release import names
from operations.release.images import tag_of
from operations.release.stacks import Client

ROLLED_BACK = "ROLLBACK_SUCCESSFUL"
SUCCESSFUL = "SUCCESSFUL"
_ROLLING_BACK = ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
_UNDERWAY = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", *_ROLLING_BACK)
# Stages of a blue/green deployment before its new tasks are healthy.
_STARTING = ("RECONCILE_SERVICE", "PRE_SCALE_UP", "SCALE_UP")


@dataclass(frozen=True)
class Deployment:
    """A deployment of the service, as ECS describes it.

    Attributes:
        arn: of the deployment.
        status: ``IN_PROGRESS``, ``SUCCESSFUL``, ``ROLLBACK_SUCCESSFUL``, ….
        stage: of its life cycle; empty for a rolling one.
        reason: why it has this status; may be empty.
        began: when it was created.
        release: tag that it brings.
        before: tag that it replaces; empty where there is none.
        up: whether all new tasks run.
    """

    arn: str
    status: str
    stage: str
    reason: str
    began: datetime
    release: str
    before: str
    up: bool

    @property
    def underway(self) -> bool:
        """True while it has not ended."""
        return self.status in _UNDERWAY

    @property
    def rolls_back(self) -> bool:
        """True while it is on the way back."""
        return self.status in _ROLLING_BACK

    @property
    def words(self) -> str:
        """Its state in words: ``IN_PROGRESS, BAKE_TIME, since 2026-11-01 12:00 UTC``."""
        return ", ".join(part for part in (self.status, self.stage, f"since {self.began:%Y-%m-%d %H:%M %Z}") if part)


class Deployments:
    """Deployments of the service of an environment.

    Args:
        client: makes a client of AWS by the name of a service.
        environment: its name.
    """

    def __init__(self, client: Client, environment: str) -> None:
        self._ecs = client("ecs")
        self._place = {"cluster": names.cluster(environment), "service": names.CONTAINER}

    def underway(self) -> Deployment | None:
        """Return the deployment that has not ended; None where there is none. A service has one at a time."""
        found = self._newest(status=list(_UNDERWAY))
        return found if found and found.underway else None  # it may have ended between the two calls

    def newest(self) -> Deployment | None:
        """Return the last deployment of the 90 days that ECS remembers; None where there is none."""
        return self._newest()

    def _newest(self, **which: Any) -> Deployment | None:
        found = self._ecs.list_service_deployments(**self._place, **which)["serviceDeployments"]
        if not found:
            return None
        return self.read(str(max(found, key=lambda each: each["createdAt"])["serviceDeploymentArn"]))

    def read(self, arn: str) -> Deployment:
        """Return a deployment by its ARN."""
        (found,) = self._ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
        target, sources = found["targetServiceRevision"], found.get("sourceServiceRevisions", [])
        stage = found.get("lifecycleStage", "")
        tags = self._tags([target["arn"], *(source["arn"] for source in sources)])
        running = target.get("runningTaskCount", 0) >= target.get("requestedTaskCount", 0)
        return Deployment(
            arn=arn,
            status=found["status"],
            stage=stage,
            reason=found.get("statusReason", "") or found.get("rollback", {}).get("reason", ""),
            began=found["createdAt"],
            release=tags.get(target["arn"], ""),
            before=next((tags[source["arn"]] for source in sources if source["arn"] in tags), ""),
            up=running and stage not in _STARTING,
        )

    def _tags(self, revisions: list[str]) -> dict[str, str]:
        found = self._ecs.describe_service_revisions(serviceRevisionArns=list(dict.fromkeys(revisions)))
        return {
            revision["serviceRevisionArn"]: tag_of(revision.get("containerImages", []), name="containerName")
            for revision in found["serviceRevisions"]
        }

    def stop(self, deployment: Deployment) -> None:
        """Let ECS roll a deployment back. It works in the bake, too, and then moves weights only."""
        self._ecs.stop_service_deployment(serviceDeploymentArn=deployment.arn, stopType="ROLLBACK")
