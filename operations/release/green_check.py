"""Deployment hook that checks the new tasks before users reach them; ECS calls it after test traffic has shifted.

It calls each task directly on its port: health, a login with a random password that must be refused, an authenticated
read, a write, and that another task gives back what was written. Its addresses are those of the target group
that ECS has resolved for the revision (ServiceRevision, Amazon ECS API reference).

What it writes is a note with a name that nobody else uses. The service deletes nothing: the note becomes a version that
is marked as deleted, which synchronization and search leave out. Notes of a check that was interrupted are removed by
the next one. Several checks at a time do not disturb each other.

No password is stored for it: its token is its own, signed with the secret that signs all tokens.

Environment: ``JWT_SECRET_ARN``; ``SECONDS``, how long the check may take in all; and what ``hook`` needs.
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import boto3

from operations.release.direct_calls import ENTITIES, HEALTH, LOGIN, READ, Answer, Target, call, token
from operations.release.hook import SUCCEEDED, AwsError, HookAnswer, refuse, release

NAME = "deployment check"
SUBJECT = "deployment-check"
TIMEOUT_SECONDS = 10
SEARCH = "/api/v1/graph/search"
_PERMISSIONS = ("read", "write", "delete")
# 429 also counts as refused: the service answers it to an address that was refused before.
_REFUSED = {401, 429}
_OK = 200
_ERROR = 400
_POLL_SECONDS = 2
# A check that began so long ago has ended, as no function of Lambda runs longer (quotas, Lambda developer guide).
_INTERRUPTED_SECONDS = 900


class CheckFailed(Exception):
    """Failed check: one line with the task, the step and its answer."""


def handle(event: dict[str, Any], _context: object) -> HookAnswer:
    """Answer ECS after it has started the tasks of a deployment, before it shifts production traffic."""
    tag, deadline = "the release", time.monotonic() + float(os.environ["SECONDS"])
    try:
        tag = release()
        details = event["executionDetails"]
        if not _desired(details["serviceArn"]):
            # Before the first release a service has no tasks.
            return SUCCEEDED
        group = target_group(details["targetServiceRevisionArn"])
        targets = wait_for_targets(lambda: target_states(group), deadline)
        secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["JWT_SECRET_ARN"])
        check(targets, secret["SecretString"], deadline)
    except CheckFailed as failure:
        return refuse(tag, str(failure))
    except AwsError as error:
        return refuse(tag, f"The new tasks cannot be checked: {error}")
    print(f"{tag} passes: {len(targets)} tasks")
    return SUCCEEDED


def _desired(service: str) -> int:
    cluster = service.split("/")[-2]
    (found,) = boto3.client("ecs").describe_services(cluster=cluster, services=[service])["services"]
    return int(found["desiredCount"])


def target_group(revision: str) -> str:
    """Return the ARN of the target group that the tasks of a service revision are registered with.

    Raises:
        CheckFailed: ECS names none.
    """
    answer = boto3.client("ecs").describe_service_revisions(serviceRevisionArns=[revision])
    for found in answer["serviceRevisions"]:
        for balancer in found.get("resolvedConfiguration", {}).get("loadBalancers", []):
            return str(balancer["targetGroupArn"])
    raise CheckFailed(f"ECS names no target group of {revision}")


def target_states(group: str) -> dict[Target, str]:
    """Return the states of a target group's targets."""
    answer = boto3.client("elbv2").describe_target_health(TargetGroupArn=group)
    return {
        Target(each["Target"]["Id"], int(each["Target"]["Port"])): each["TargetHealth"]["State"]
        for each in answer["TargetHealthDescriptions"]
    }


def wait_for_targets(
    states: Callable[[], dict[Target, str]], deadline: float, sleep: Callable[[float], None] = time.sleep
) -> list[Target]:
    """Return the targets once all of them are healthy.

    Those that are being deregistered are of a deployment before.

    Args:
        states: reads their states.
        deadline: when to give up, of the monotonic clock.
        sleep: waits for some seconds.

    Raises:
        CheckFailed: they are not healthy in time.
    """
    while True:
        found = {target: state for target, state in states().items() if state != "draining"}
        if found and set(found.values()) == {"healthy"}:
            return list(found)
        if time.monotonic() >= deadline:
            listed = ", ".join(sorted(f"{_address(target)} is {state}" for target, state in found.items()))
            raise CheckFailed(f"The new tasks are not healthy in time: {listed or 'there is none'}")
        sleep(_POLL_SECONDS)


def check(targets: Sequence[Target], secret: str, deadline: float) -> None:
    """Check each task.

    Args:
        targets: addresses of the tasks, at least one.
        secret: signs the token.
        deadline: when to give up, of the monotonic clock.

    Raises:
        CheckFailed: at the first step that does not give what it should.
    """
    tasks = [_Task(target, secret) for target in targets]
    for task, other in zip(tasks, [*tasks[1:], tasks[0]], strict=True):
        if time.monotonic() >= deadline:
            raise CheckFailed(f"{task}: the check has no time left; the tasks before it answered slowly")
        task.check(other)
    tasks[0].remove_interrupted()


@dataclass(frozen=True)
class _Task:
    """A task of the service, and the secret that signs the tokens of a check."""

    target: Target
    secret: str

    def __str__(self) -> str:
        return _address(self.target)

    def check(self, other: "_Task") -> None:
        """Check this task; the other one, which may be the same, gives back what this one has written."""
        answer = self._call("health", HEALTH, authenticated=False)
        if answer.status != _OK or _member(answer, "status") != "healthy":
            raise self._failure("health", answer, "healthy")
        answer = self._call("login", LOGIN, content={"password": secrets.token_urlsafe()}, authenticated=False)
        if answer.status not in _REFUSED:
            raise self._failure("login", answer, "a refusal of a random password")
        answer = self._call("read", READ)
        if answer.status != _OK or _member(answer, "entities") is None:
            raise self._failure("read", answer, "entities")
        self._write_and_read_back(other)

    def remove_interrupted(self) -> None:
        """Remove the notes of checks that were interrupted."""
        answer = self._call("search", SEARCH, content={"query": NAME, "limit": 100})
        results = _member(answer, "results")
        if answer.status != _OK or not isinstance(results, list):
            raise self._failure("search", answer, "results")
        for identifier, mark in _interrupted(results):
            self._try_to_remove(identifier, mark)

    def _write_and_read_back(self, other: "_Task") -> None:
        mark = f"{int(time.time())} {secrets.token_hex(8)}"
        answer = self._call("write", ENTITIES, content=_note(mark))
        entity = _member(answer, "entity")
        identifier = entity.get("id") if isinstance(entity, dict) else None
        if not isinstance(identifier, str):
            raise self._failure("write", answer, "the entity")
        try:
            answer = other._call("read back", f"{ENTITIES}/{identifier}")
            if answer.status != _OK or not _holds(_member(answer, "entity"), identifier, mark):
                raise other._failure("read back", answer, f"what {self} has written")
        except CheckFailed:
            self._try_to_remove(identifier, mark)
            raise
        self._remove(identifier, mark)

    def _remove(self, identifier: str, mark: str) -> None:
        deleted = {"content": {"mark": mark, "deleted": True}, "user_id": SUBJECT}
        answer = self._call("remove", f"{ENTITIES}/{identifier}", method="PUT", content=deleted)
        if answer.status != _OK:
            raise self._failure("remove", answer, "200")

    def _try_to_remove(self, identifier: str, mark: str) -> None:
        try:
            self._remove(identifier, mark)
        except CheckFailed as failure:
            print(f"The next check removes what is left: {failure}")

    def _call(
        self, step: str, path: str, *, method: str = "", content: object = None, authenticated: bool = True
    ) -> Answer:
        bearer = ""
        if authenticated:
            bearer = token(self.secret, now=int(time.time()), subject=SUBJECT, permissions=_PERMISSIONS)
        answer = call(
            self.target,
            path,
            sender=SUBJECT,
            timeout=TIMEOUT_SECONDS,
            content=content,
            bearer=bearer,
            method=method,
        )
        if answer.error:
            raise CheckFailed(f"{self}: {step}: no answer: {answer.error}")
        return answer

    def _failure(self, step: str, answer: Answer, expected: str) -> CheckFailed:
        """Return what was answered to a step: of a body only what says why, as any other may be of users."""
        detail = _member(answer, "detail") if answer.status >= _ERROR else None
        said = f"{answer.status} ({str(detail)[:200]})" if detail else str(answer.status)
        return CheckFailed(f"{self}: {step}: {said} instead of {expected}")


def _address(target: Target) -> str:
    return f"{target.host}:{target.port}"


def _member(answer: Answer, name: str) -> Any:
    content = answer.content
    return content.get(name) if isinstance(content, dict) else None


def _note(mark: str) -> dict[str, Any]:
    return {
        "entity_type": "note",
        "name": NAME,
        "content": {"mark": mark},
        "source_type": "generated",
        "user_id": SUBJECT,
    }


def _holds(entity: Any, identifier: str, mark: str) -> bool:
    """Return whether an entity is the note: also once another check has marked it as deleted."""
    try:
        return (entity["id"], entity["name"], entity["content"]["mark"]) == (identifier, NAME, mark)
    except (KeyError, TypeError):
        return False


def _interrupted(results: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """Yield id and mark of the notes that checks have left, of which none runs any more."""
    for each in results:
        try:
            found = each["entity"]
            mark = str(found["content"]["mark"])
            began = int(mark.partition(" ")[0])
        except (KeyError, TypeError, ValueError):
            continue
        ours = (found.get("name"), found.get("user_id")) == (NAME, SUBJECT)
        if ours and not found["content"].get("deleted") and time.time() - began > _INTERRUPTED_SECONDS:
            yield str(found["id"]), mark
