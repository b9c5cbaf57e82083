"""The loop that carries service deployments out, and the steps of each.

A deployment that is under way when the emulator ends goes on when it is back: its stage and times are in its record.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from ministack.core.responses import request_scope

from local.emulator.clock import CLOCK
from local.emulator.deployments import events, monitors, records, scheduler, traffic
from local.emulator.deployments.hooks import HookError, Hooks
from local.emulator.deployments.records import (
    IN_PROGRESS,
    ROLLBACK_FAILED,
    ROLLBACK_IN_PROGRESS,
    ROLLBACK_REQUESTED,
    ROLLBACK_SUCCESSFUL,
    STOP_REQUESTED,
    STOPPED,
    SUCCESSFUL,
    Record,
)
from local.emulator.ministack_internals import (
    COMPLETE_DEPLOYMENT,
    RECONCILE_SERVICE,
    RECORD_TASK_FAILURE,
    SERVICES,
    SET_TARGETS,
    SYNC_TARGETS,
)
from local.emulator.runner import RUNNER

_log = logging.getLogger(__name__)

_POLL_SECONDS = 0.2
_ROLLING = "ROLLING"
# DeploymentLifecycleHook, Amazon ECS API reference.
_RECONCILE = "RECONCILE_SERVICE"
_STAGES = (
    _RECONCILE,
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
)
# A hook alone has it (ServiceDeployment, Amazon ECS API reference).
_NO_STAGE = "PRE_PRODUCTION_TRAFFIC_SHIFT"
# The runner has begun the pass after the one that has read moved weights.
_PASSES = 2
# Public threads: hashicorp/terraform-provider-aws, aws_ecs_service tests; "Troubleshooting Amazon ECS blue/green
# deployments" for the hooks.
_NO_CANDIDATE = "No rollback candidate was found to run the rollback."
_FULL = 100


class Controller:
    """Deployment controller of all services."""

    def __init__(self) -> None:
        self._lock = records.LOCK
        self._wake = threading.Event()
        self._hooks = Hooks(self._wake)
        # Pass of the runner that has read of moved weights, by the deployment; lost with the process, as passes are.
        self._moved: dict[str, int] = {}

    def install(self) -> None:
        """Take the place of MiniStack's scheduler. Called once, before the state is loaded."""
        RECONCILE_SERVICE.wrap(self._reconciling)
        COMPLETE_DEPLOYMENT.wrap(lambda original: lambda *given, **named: self._unless_run(original, *given, **named))
        RECORD_TASK_FAILURE.wrap(self._counting)
        SYNC_TARGETS.wrap(_registering)
        events.install()
        threading.Thread(target=self._loop, name="deployments", daemon=True).start()

    def healthy(self, task: Record) -> None:
        """Take a task for healthy: it runs, and so say its health checks and the load balancer's."""
        with self._lock:
            task["_startup_stable"] = True
            found = self._judged_by(task)
            if found:
                monitors.count_healthy(*found)
        self._wake.set()

    def stop(self, record: Record, *, back: bool) -> None:
        """Stop a deployment ("Stopping Amazon ECS service deployments").

        Args:
            record: one that has not ended.
            back: whether to roll it back.
        """
        with self._lock:
            if record["status"] == IN_PROGRESS:
                record |= {"status": ROLLBACK_REQUESTED if back else STOP_REQUESTED, "updatedAt": time.time()}
        self._wake.set()

    def _loop(self) -> None:
        while True:
            self._wake.wait(_POLL_SECONDS)
            self._wake.clear()
            if not RUNNER.attached:
                continue
            for (account, region, key), service in list(SERVICES.value.all_items()):
                if service.get("status") != "ACTIVE":
                    continue
                try:
                    with request_scope(account, region), self._lock:
                        self._step(service)
                except Exception:
                    _log.exception("service %s", key)

    def _reconciling(self, original: Callable[[str, str], None]) -> Callable[[str, str], None]:
        """Begin the deployment of a service that was changed."""

        def reconcile(cluster: str, key: str) -> None:
            service = SERVICES.value.get(key)
            if not service or service.get("status") != "ACTIVE":
                original(cluster, key)
                return
            with self._lock:
                self._begin(service)
            if RUNNER.attached:
                self._wake.set()
                return
            original(cluster, key)
            with self._lock:
                self._end_without_runner(service)

        return reconcile

    @staticmethod
    def _unless_run(original: Callable[..., None], *given: Any, **named: Any) -> None:
        if not RUNNER.attached:
            original(*given, **named)

    def _counting(self, original: Callable[..., None]) -> Callable[..., None]:
        """Count a task that has failed."""

        def failed(task: Record, *given: Any, **named: Any) -> None:
            if not RUNNER.attached:
                original(task, *given, **named)
                return
            with self._lock:
                found = self._judged_by(task)
                if found:
                    monitors.count_failure(*found)
            self._wake.set()

        return failed

    def _judged_by(self, task: Record) -> tuple[Record, Record, Record] | None:
        """Return service, deployment and member of ``deployments`` of a task that decides on a deployment."""
        service = scheduler.service_of(task)
        entry = scheduler.primary(service) if service else None
        if not service or not entry or task.get("_deployment_id") != entry["id"]:
            return None
        record = records.under_way(service["serviceArn"])
        return (service, record, entry) if record else None

    def _begin(self, service: Record) -> None:
        """Keep revision and deployment of a service's newest member of ``deployments``, once."""
        entry = scheduler.primary(service)
        if entry is None or records.revision(records.revision_arn(service, entry)):
            return
        before = records.under_way(service["serviceArn"])
        others = [each for each in service["deployments"] if each is not entry]
        sources = [records.revision_arn(service, each) for each in others if scheduler.tasks(service, each)]
        if not sources:
            sources = [records.revision_arn(service, each) for each in others if each["rolloutState"] == "COMPLETED"][
                :1
            ]
        if before:
            _end(before, STOPPED, "A newer deployment has begun.")
        problem = ""
        try:
            selected = {each["targetGroupArn"]: _target_group(service, each) for each in service["loadBalancers"]}
        except traffic.NetworkingError as error:
            problem = str(error)
            selected = {each["targetGroupArn"]: each["targetGroupArn"] for each in service["loadBalancers"]}
        revision = records.add_revision(service, entry, selected)
        record = records.add_deployment(service, revision["serviceRevisionArn"], sources, monitors.begun(service))
        record["_problem"] = problem
        service["currentServiceDeployment"] = record["serviceDeploymentArn"]
        entry["rolloutState"] = "IN_PROGRESS"
        if not _rolling(record):
            record["lifecycleStage"] = _RECONCILE if len(sources) > 1 else "PRE_SCALE_UP"
            record["_stage"] = record["lifecycleStage"]
        events.in_progress(service, entry)

    def _end_without_runner(self, service: Record) -> None:
        """End the deployment that MiniStack has ended: nobody runs the tasks, and it takes them for running at once."""
        entry, record = scheduler.primary(service), records.under_way(service["serviceArn"])
        if entry and record and entry["rolloutState"] == "COMPLETED":
            self._complete(service, record, entry)

    def _step(self, service: Record) -> None:
        """Bring a service further."""
        entry = scheduler.primary(service)
        if entry is None or not records.revision(records.revision_arn(service, entry)):
            if entry and service.pop("_restored", False):
                _take_over(service, entry)
            return
        record = records.under_way(service["serviceArn"])
        if record is None:
            self._keep(service, entry)
        elif record["status"] in (ROLLBACK_REQUESTED, STOP_REQUESTED):
            self._stop(service, record, entry)
        elif record["status"] == ROLLBACK_IN_PROGRESS:
            self._roll_back(service, record, entry)
        elif not self._judge(service, record, entry):
            self._advance(service, record, entry)
        scheduler.refresh(service)

    def _keep(self, service: Record, entry: Record) -> None:
        """Keep as many tasks as a service shall have; a failed deployment starts none."""
        if entry["rolloutState"] == "FAILED":
            return
        scheduler.scale(service, entry, service["desiredCount"], "Service scaling down")
        for each in service["deployments"]:
            if each is not entry:
                scheduler.scale(service, each, 0, "Deployment completed")

    def _judge(self, service: Record, record: Record, entry: Record) -> bool:
        """Return whether the deployment has failed by now."""
        if record["_problem"]:
            self._fail(service, record, entry, record["_problem"], event=record["_problem"], back=True)
        elif monitors.trip(record):
            back = bool(monitors.breaker_settings(service).get("rollback"))
            event = "ECS deployment circuit breaker: tasks failed to start."
            self._fail(service, record, entry, monitors.THRESHOLD_EXCEEDED, event=event, back=back)
        elif on := monitors.alarm(record):
            back = bool(monitors.alarm_settings(service).get("rollback"))
            reason = f"Service deployment rolled back because of alarms in ALARM state: {', '.join(on)}."
            self._fail(
                service,
                record,
                entry,
                reason,
                event=f"ECS deployment failed: alarm detected: {', '.join(on)}",
                back=back,
            )
        else:
            return False
        return True

    def _advance(self, service: Record, record: Record, entry: Record) -> None:
        if service["desiredCount"] == 0 and not scheduler.tasks(service):
            # A service without a task: there is nothing to move, and nothing to look at.
            self._complete(service, record, entry)
        elif _rolling(record):
            self._roll(service, record, entry)
        else:
            self._blue_green(service, record, entry)

    # Rolling.

    def _roll(self, service: Record, record: Record, entry: Record) -> None:
        """Replace tasks within the service's percentages, then watch the alarms for some time."""
        if not self._replaced(service, entry):
            return
        until = record.setdefault("_until", time.time() + self._rolling_bake(service, record))
        if time.time() >= until:
            self._complete(service, record, entry)

    def _rolling_bake(self, service: Record, record: Record) -> float:
        monitored = record["alarms"]["status"] != monitors.DISABLED
        return CLOCK.seconds(monitors.rolling_bake_seconds(service)) if monitored else 0.0

    def _replaced(self, service: Record, entry: Record) -> bool:
        """Replace other tasks of a service; return whether all that shall run are of this deployment, and steady.

        Tasks beyond the largest percentage wait. Others stop before that only as far as the least percentage allows
        (DeploymentConfiguration, Amazon ECS API reference).
        """
        settings, desired = service.get("deploymentConfiguration") or {}, service["desiredCount"]
        largest = max(1, desired * int(settings.get("maximumPercent", 200)) // _FULL)
        least = -(-desired * int(settings.get("minimumHealthyPercent", _FULL)) // _FULL)
        own, every = scheduler.tasks(service, entry), scheduler.tasks(service)
        others = [each for each in every if each not in own]
        if scheduler.scale(service, entry, desired, "Service scaling down", at_most=max(0, largest - len(every))):
            for task in others:
                scheduler.stop(service, task, "Deployment completed")
            return True
        room = desired - len(own) - max(0, largest - len(every))
        spare = len([each for each in every if scheduler.steady(each)]) - least
        # What is not healthy does not count towards the least percentage.
        unsteady = [each for each in others if not scheduler.steady(each)]
        stoppable = [*unsteady, *[each for each in others if each not in unsteady][: max(0, spare)]]
        for task in stoppable[: max(0, room)]:
            scheduler.stop(service, task, "Deployment capacity limit")
        return False

    # Blue/green.

    def _blue_green(self, service: Record, record: Record, entry: Record) -> None:
        """Do what a deployment's stage asks for, then ask its hooks, then begin the next one."""
        stage = record["_stage"]
        if stage != "CLEAN_UP":
            self._keep_sources(service, entry)
        if _STAGES.index(stage) >= _STAGES.index("SCALE_UP"):
            up = scheduler.scale(service, entry, service["desiredCount"], "Service scaling down")
        else:
            up = True
        if not self._done(service, record, entry, stage, up):
            return
        try:
            passed = self._hooks.passed(record, stage, _weights(record, stage))
        except HookError as error:
            self._fail(service, record, entry, str(error), event=str(error), back=True)
            return
        if not passed:
            return
        if stage == "CLEAN_UP":
            self._complete(service, record, entry)
            return
        record["_stage"] = _STAGES[_STAGES.index(stage) + 1]
        if record["_stage"] != _NO_STAGE:
            record["lifecycleStage"] = record["_stage"]
        record["updatedAt"] = time.time()
        record.pop("_until", None)
        self._wake.set()

    def _done(self, service: Record, record: Record, entry: Record, stage: str, up: bool) -> bool:
        """Do what a stage asks for; return whether it is done."""
        match stage:
            case "RECONCILE_SERVICE":
                return self._reconciled(service, record, entry)
            case "SCALE_UP":
                return up
            case "TEST_TRAFFIC_SHIFT":
                return self._shifted(service, record, "test", record["_target"])
            case "PRODUCTION_TRAFFIC_SHIFT":
                return self._shifted(service, record, "production", record["_target"])
            case "BAKE_TIME":
                minutes = float(record["deploymentConfiguration"].get("bakeTimeInMinutes") or 0)
                return time.time() >= float(record.setdefault("_until", time.time() + CLOCK.seconds(60 * minutes)))
            case "CLEAN_UP":
                for each in service["deployments"]:
                    if each is not entry:
                        scheduler.scale(service, each, 0, "Deployment completed")
        return True

    def _reconciled(self, service: Record, record: Record, entry: Record) -> bool:
        """Keep of several revisions the one that serves; the others' tasks stop."""
        groups = {each["targetGroupArn"] for each in self._resolved(record["_target"])}
        for each in service["deployments"]:
            if each is entry:
                continue
            arn = records.revision_arn(service, each)
            if groups & {found["targetGroupArn"] for found in self._resolved(arn)}:
                scheduler.scale(service, each, 0, "Deployment superseded")
                record["_sources"] = [source for source in record["_sources"] if source != arn]
        return True

    def _keep_sources(self, service: Record, entry: Record) -> None:
        """Let what runs follow the number of tasks that the service shall have."""
        for each in service["deployments"]:
            if each is not entry and scheduler.tasks(service, each):
                scheduler.scale(service, each, service["desiredCount"], "Service scaling down")

    def _shifted(self, service: Record, record: Record, kind: str, revision: str) -> bool:
        """Move the traffic of a listener rule to a revision; return whether the runner has read of it."""
        arn = record["serviceDeploymentArn"]
        changed = False
        for balancer, resolved in zip(service["loadBalancers"], self._resolved(revision), strict=False):
            changed |= traffic.shift(balancer, kind, resolved["targetGroupArn"])
        if changed:
            self._moved[arn] = RUNNER.await_passes(_PASSES)
        if revision == record["_target"] and kind not in record["_shifted"]:
            record["_shifted"].append(kind)
        return RUNNER.passes >= self._moved.get(arn, 0)

    @staticmethod
    def _resolved(revision: str) -> list[Record]:
        found = records.revision(revision)
        return list(found["resolvedConfiguration"]["loadBalancers"]) if found else []

    # Ends.

    def _stop(self, service: Record, record: Record, entry: Record) -> None:
        reason = "Service deployment was stopped by the user."
        if record["status"] == STOP_REQUESTED:
            entry["rolloutState"] = "FAILED"
            events.failed(service, entry, reason)
            _end(record, STOPPED, reason)
        else:
            self._fail(service, record, entry, reason, event=reason, back=True)

    def _fail(self, service: Record, record: Record, entry: Record, reason: str, *, event: str, back: bool) -> None:
        """End a deployment that has failed, or begin to roll it back."""
        entry["rolloutState"] = "FAILED"
        events.failed(service, entry, event)
        events.message(service, f"deployment failed: {reason}")
        candidate = next(
            (each for each in service["deployments"] if each is not entry and each["rolloutState"] == "COMPLETED"), None
        )
        if not back:
            _end(record, STOPPED, reason)
        elif candidate is None:
            _end(record, ROLLBACK_FAILED, _NO_CANDIDATE)
        else:
            arn = records.revision_arn(service, candidate)
            now = time.time()
            record["rollback"] = {"reason": reason, "startedAt": now, "serviceRevisionArn": arn}
            record |= {"status": ROLLBACK_IN_PROGRESS, "statusReason": reason, "updatedAt": now}
            record["deploymentCircuitBreaker"] |= {"failureCount": 0}
            record.pop("_until", None)
            entry["status"] = "ACTIVE"
            candidate |= {"status": "PRIMARY", "rolloutState": "IN_PROGRESS", "failedTasks": 0}
            service["taskDefinition"] = candidate["taskDefinition"]
            begins = "ECS deployment circuit breaker" if reason == monitors.THRESHOLD_EXCEEDED else "ECS deployment"
            events.in_progress(service, candidate, f"{begins}: rolling back to deploymentId {candidate['id']}.")
            events.message(service, f"rolling back to deployment {candidate['id']}.")
        self._wake.set()

    def _roll_back(self, service: Record, record: Record, entry: Record) -> None:
        """Bring a service back to the revision of before: first the traffic, then the tasks."""
        breaker = record["deploymentCircuitBreaker"]
        if breaker["failureCount"] >= breaker["threshold"]:
            entry["rolloutState"] = "FAILED"
            reason = (
                f"{record['statusReason']} The rollback failed, because tasks of the revision of before do not start."
            )
            events.failed(service, entry, "ECS deployment circuit breaker: tasks failed to start.")
            _end(record, ROLLBACK_FAILED, reason)
            return
        if self._replaced(service, entry) if _rolling(record) else self._returned(service, record, entry):
            entry["rolloutState"] = "COMPLETED"
            events.completed(service, entry)
            _end(record, ROLLBACK_SUCCESSFUL, record["statusReason"])

    def _returned(self, service: Record, record: Record, entry: Record) -> bool:
        """Move traffic and tasks back to the revision of before; return whether all is as it was."""
        desired = service["desiredCount"]
        up = scheduler.scale(service, entry, desired, "Service scaling down")
        if desired and not any(map(scheduler.steady, scheduler.tasks(service, entry))):
            return False
        revision = record["rollback"]["serviceRevisionArn"]
        for kind, stage in (("production", "PRODUCTION_TRAFFIC_SHIFT"), ("test", "TEST_TRAFFIC_SHIFT")):
            if kind in record["_shifted"]:
                record["lifecycleStage"] = stage
                if not self._shifted(service, record, kind, revision):
                    return False
                try:
                    if not self._hooks.passed(record, stage, _weights(record, stage), back=True):
                        return False
                except HookError:
                    _log.warning("a hook fails during the rollback of %s", record["serviceDeploymentArn"])
        record["lifecycleStage"] = "CLEAN_UP"
        for each in service["deployments"]:
            if each is not entry:
                scheduler.scale(service, each, 0, "Deployment rolled back")
        return up

    def _complete(self, service: Record, record: Record, entry: Record) -> None:
        entry["rolloutState"] = "COMPLETED"
        events.completed(service, entry)
        events.message(service, "has reached a steady state.")
        _end(record, SUCCESSFUL, "")
        self._moved.pop(record["serviceDeploymentArn"], None)
        if RUNNER.attached:
            self._keep(service, entry)


def _end(record: Record, status: str, reason: str) -> None:
    now = time.time()
    monitors.end(record)
    record |= {"status": status, "finishedAt": now, "updatedAt": now}
    record |= {"stoppedAt": now} if status == STOPPED else {}
    record |= {"statusReason": reason} if reason else {}


def _take_over(service: Record, entry: Record) -> None:
    """Keep the revision of a service that an emulator without deployments has saved, and tell whose its tasks are."""
    groups = {each["targetGroupArn"]: each["targetGroupArn"] for each in service["loadBalancers"]}
    with suppress(traffic.NetworkingError):
        groups = {
            each["targetGroupArn"]: traffic.serving(each)
            for each in service["loadBalancers"]
            if traffic.rule(each, "production")
        } or groups
    revision = records.add_revision(service, entry, groups)
    record = records.add_deployment(service, revision["serviceRevisionArn"], [], monitors.begun(service))
    service["currentServiceDeployment"] = record["serviceDeploymentArn"]
    entry["rolloutState"] = "COMPLETED"
    _end(record, SUCCESSFUL, "")
    for task in scheduler.tasks(service):
        task |= {"_deployment_id": entry["id"], "startedBy": entry["id"]}


def _rolling(record: Mapping[str, Any]) -> bool:
    return str(record["deploymentConfiguration"].get("strategy") or _ROLLING) == _ROLLING


def _target_group(service: Mapping[str, Any], balancer: Mapping[str, Any]) -> str:
    """Return the target group that gets the tasks of a new revision.

    That is the one which does not serve: after the first deployment it is the alternate one already
    (go-to-k/cdk-real-drift#1730). Where nobody runs tasks, nothing is moved.

    Raises:
        NetworkingError: the listener rules do not say which one serves.
    """
    strategy = (service.get("deploymentConfiguration") or {}).get("strategy") or _ROLLING
    if strategy == _ROLLING or len(traffic.groups(balancer)) == 1:
        return str(balancer["targetGroupArn"])
    serving = traffic.serving(balancer)
    idle = service["desiredCount"] == 0 or not RUNNER.attached
    return serving if idle else traffic.other(balancer, serving)


def _weights(record: Mapping[str, Any], stage: str) -> dict[str, dict[str, int]]:
    """Return the weights that a hook is told: those that its stage moves, none at other stages."""
    back = record["status"] == ROLLBACK_IN_PROGRESS
    weights = {record["_target"]: 0 if back else _FULL}
    weights |= dict.fromkeys(record["_sources"], _FULL if back else 0)
    match stage:
        case "TEST_TRAFFIC_SHIFT":
            return {"test": weights}
        case "PRODUCTION_TRAFFIC_SHIFT":
            return {"production": weights}
    return {}


def _registering(original: Callable[..., None]) -> Callable[..., None]:
    """Register tasks in the target group of their revision; MiniStack's registers all in the service's first one."""

    def sync(cluster: str, service: Record) -> None:
        if not RUNNER.attached:
            original(cluster, service)
            return
        found: dict[str, list[tuple[str, int]]] = {
            group: [] for balancer in service.get("loadBalancers") or [] for group in traffic.groups(balancer)
        }
        for entry in service["deployments"]:
            revision = records.revision(records.revision_arn(service, entry))
            for resolved in revision["resolvedConfiguration"]["loadBalancers"] if revision else []:
                for task in scheduler.tasks(service, entry):
                    if scheduler.steady(task) and task.get("_address"):
                        host, _, port = str(task["_address"]).rpartition(":")
                        found.setdefault(resolved["targetGroupArn"], []).append((host, int(port)))
        published = service.setdefault("_published_targets", {})
        for group, targets in found.items():
            SET_TARGETS.value(group, targets, published.get(group, ()))
            published[group] = sorted({host for host, _ in targets})

    return sync


CONTROLLER = Controller()
