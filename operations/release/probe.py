"""Asks the tasks of both target groups each minute, so that a release is judged whatever its users do: a function.

Each task is asked for its health, for a read with a token of this program's own, and for a read with a token that
somebody else has signed, which it must refuse. Only tasks that the load balancer finds healthy are asked: those that
start, fail or end are a matter of its health checks. The metrics are of the worse set of tasks, a set being a target
group's:

- ``Failed``: share of the calls that did not give what they should, in percent; 0 where there is nobody to ask. A set
  that users and tests are sent to and that has no healthy task counts as failed as long as the other set has one. Where
  only users are sent to it, the first release is being tested, and the set never had a task.
- ``ResponseTime``: 95th percentile, in milliseconds.

CloudFormation calls it as well, when its stack is created: an alarm that is made after that finds a value, also of the
minute before, because alarms read minutes that are over.

Environment: ``TARGET_GROUP_ARNS``, separated by commas; ``RULE_ARNS`` of the rules that send users and tests to them;
``JWT_SECRET_ARN``; ``NAMESPACE`` and ``ENVIRONMENT`` of the metrics; ``REQUESTS`` to each set; ``SECONDS`` that one may
take.
"""

import json
import math
import os
import random
import secrets
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import boto3

from operations.release.direct_calls import HEALTH, READ, Answer, Target, call, healthy_targets, token

SENDER = "goodies-probe"
_OK = 200
_REFUSED = {401, 403}
_AT_A_TIME = 4
# Nothing is sent later in a run, so that it is over before the next one begins.
_RUN_SECONDS = 50
_ANSWER_SECONDS = 5
_MINUTE = 60


@dataclass(frozen=True)
class Check:
    """A call, and what it should give.

    Attributes:
        name: for the log.
        path: that is called.
        bearer: token.
        passes: whether an answer is as it should be.
    """

    name: str
    path: str
    bearer: str
    passes: Callable[[Answer], bool]


@dataclass(frozen=True)
class Figures:
    """Results of a set of tasks.

    Attributes:
        failed_percent: share of the calls that failed.
        milliseconds: 95th percentile of the response time; None where nobody was asked.
        reasons: what failed, and how often.
    """

    failed_percent: float
    milliseconds: float | None
    reasons: Mapping[str, int]


def handle(event: Mapping[str, Any], context: object) -> None:  # noqa: ARG001
    """Run once; CloudFormation gets its answer even if the run fails, which an alarm tells."""
    if "ResponseURL" not in event:
        run()
        return
    try:
        if event["RequestType"] == "Create":
            run(minutes_ago=(0, 1))
    finally:
        _answer(event)


def run(*, minutes_ago: Sequence[int] = (0,)) -> None:
    """Ask the tasks that the environment names, and publish the figures of the worse set, as those of some minutes."""
    balancing = boto3.client("elbv2")
    secret = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["JWT_SECRET_ARN"])["SecretString"]
    groups = os.environ["TARGET_GROUP_ARNS"].split(",")
    sets = {group: healthy_targets(balancing, group) for group in groups}
    figures = ask(
        sets,
        checks(secret, now=int(time.time())),
        requests=int(os.environ["REQUESTS"]),
        seconds=int(os.environ["SECONDS"]),
    )
    if any(sets.values()) and not all(sets.values()):
        for group in groups_of_all(balancing, os.environ["RULE_ARNS"].split(",")):
            if not sets[group]:
                figures[group] = Figures(100, None, {"users are sent to no healthy task": 1})
    for group, found in figures.items():
        name = group.rpartition("targetgroup/")[2]
        print(json.dumps({"target_group": name, "tasks": len(sets[group]), **vars(found)}))
    publish(boto3.client("cloudwatch"), list(figures.values()), [time.time() - _MINUTE * ago for ago in minutes_ago])


def checks(secret: str, *, now: int) -> list[Check]:
    """Return the calls that each task should answer rightly."""
    return [
        Check("health", HEALTH, "", _is_healthy),
        Check("read", READ, token(secret, now=now, subject=SENDER), _is_read),
        Check(
            "foreign token",
            READ,
            token(secrets.token_urlsafe(), now=now, subject=SENDER),
            lambda answer: answer.status in _REFUSED,
        ),
    ]


def ask(
    sets: Mapping[str, Sequence[Target]], checks: Sequence[Check], *, requests: int, seconds: float
) -> dict[str, Figures]:
    """Return the figures of each set that has a task.

    Args:
        sets: tasks by target group.
        checks: what is asked, each of as many tasks as the number of requests allows.
        requests: number of calls to each set.
        seconds: after which a call has failed.
    """
    until = time.monotonic() + _RUN_SECONDS
    calls = [(group, *each) for group, targets in sets.items() if targets for each in _drawn(targets, checks, requests)]

    def answer(drawn: tuple[str, Target, Check]) -> tuple[str, str, Answer] | None:
        group, target, check = drawn
        left = until - time.monotonic()
        if left <= 0:
            return None
        given = call(target, check.path, sender=SENDER, timeout=min(seconds, left), bearer=check.bearer)
        reason = "" if check.passes(given) else f"{check.name}: {given.error or given.status}"
        return group, reason, given

    with ThreadPoolExecutor(_AT_A_TIME) as pool:
        answers = [each for each in pool.map(answer, calls) if each]
    return {
        group: _figures([(reason, given) for of, reason, given in answers if of == group])
        for group in dict.fromkeys(each[0] for each in answers)
    }


def groups_of_all(balancing: Any, rule_arns: Sequence[str]) -> set[str]:
    """Return the ARNs of the target groups to which each of some rules sends requests: those with a weight."""
    return set.intersection(
        *(
            {
                group["TargetGroupArn"]
                for action in rule["Actions"]
                for group in action.get("ForwardConfig", {}).get("TargetGroups", [])
                if group.get("Weight", 1) > 0
            }
            for rule in balancing.describe_rules(RuleArns=rule_arns)["Rules"]
        )
    )


def publish(cloudwatch: Any, figures: Sequence[Figures], times: Sequence[float]) -> None:
    """Publish the worst of each figure at some times; without any set nothing has failed, and nothing took time."""
    slowest = [each.milliseconds for each in figures if each.milliseconds is not None]
    values = [("Failed", "Percent", max((each.failed_percent for each in figures), default=0.0))]
    if slowest:
        values.append(("ResponseTime", "Milliseconds", max(slowest)))
    dimensions = [{"Name": "Environment", "Value": os.environ["ENVIRONMENT"]}]
    cloudwatch.put_metric_data(
        Namespace=os.environ["NAMESPACE"],
        MetricData=[
            {"MetricName": name, "Dimensions": dimensions, "Unit": unit, "Value": value, "Timestamp": when}
            for name, unit, value in values
            for when in times
        ],
    )


def _answer(event: Mapping[str, Any]) -> None:
    """Answer a request of CloudFormation ("Custom resource response objects", CloudFormation user guide)."""
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")} | {
        "Status": "SUCCESS",
        "PhysicalResourceId": "first-run",
    }
    # The address is signed for a request without a content type.
    request = urllib.request.Request(  # noqa: S310 - of CloudFormation
        event["ResponseURL"], data=json.dumps(answer).encode(), method="PUT", headers={"Content-Type": ""}
    )
    with urllib.request.urlopen(request, timeout=_ANSWER_SECONDS):  # noqa: S310
        pass


def _drawn(targets: Sequence[Target], checks: Sequence[Check], requests: int) -> list[tuple[Target, Check]]:
    """So many calls, evenly of all tasks and checks; of many tasks others in each run."""
    pairs = [(target, check) for target in targets for check in checks]
    random.shuffle(pairs)
    return [pairs[at % len(pairs)] for at in range(requests)]


def _figures(answers: Sequence[tuple[str, Answer]]) -> Figures:
    seconds = sorted(given.seconds for _, given in answers)
    reasons = Counter(reason for reason, _ in answers if reason)
    return Figures(
        failed_percent=100 * reasons.total() / len(answers),
        milliseconds=1000 * seconds[math.ceil(0.95 * len(seconds)) - 1],
        reasons=dict(reasons),
    )


def _is_healthy(answer: Answer) -> bool:
    content = answer.content
    return answer.status == _OK and isinstance(content, dict) and content.get("status") == "healthy"


def _is_read(answer: Answer) -> bool:
    return answer.status == _OK and isinstance(answer.content, dict | list)
