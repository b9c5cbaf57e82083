"""Status of an environment: what is said of release, instances and alarms, and where it asks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from admin.errors import ServiceError
from admin.status import status
from tests.admin.clients import account

SINCE = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
REGIONS = ("us-east-1", "us-west-2")


def releases(recorded: str, running: str) -> Any:
    return {
        "Parameters": [
            {"Name": f"/goodies/prod/{name}", "Value": value, "LastModifiedDate": SINCE}
            for name, value in (("release", recorded), ("running", running))
        ]
    }


def service(running: int, wanted: int, **deployment: Any) -> Any:
    return {
        "services": [
            {
                "status": "ACTIVE",
                "runningCount": running,
                "desiredCount": wanted,
                "pendingCount": wanted - running,
                "deployments": [deployment] if deployment else [],
            }
        ]
    }


def alarms(region: str, request: Any) -> Any:
    state = "ALARM" if region == "us-west-2" else "OK"
    found = {
        "MetricAlarms": [
            {"AlarmName": "GoodiesProd-Replica-Lag", "StateValue": state, "StateUpdatedTimestamp": SINCE},
            {"AlarmName": "GoodiesProd-Silent", "StateValue": "INSUFFICIENT_DATA"},
        ],
        "CompositeAlarms": [{"AlarmName": "GoodiesProd-Replica-Page", "StateValue": state}],
    }
    # Composite alarms are answered only where they are asked for (AlarmTypes, DescribeAlarms, API reference).
    return {f"{kind}s": found[f"{kind}s"] for kind in request.get("AlarmTypes", ["MetricAlarm"])}


def said(**given: Any) -> list[str]:
    answers = {
        "ssm:GetParameters": releases("0.3.0-2a1ec34", "0.3.0-2a1ec34"),
        "ecs:DescribeServices": service(2, 2),
        "cloudwatch:DescribeAlarms": alarms,
    }
    aws, _ = account(answers | {name.replace("_", ":"): value for name, value in given.items()})
    return list(status("prod", aws.client, REGIONS))


def test_it_says_release_instances_and_alarms_of_all_regions() -> None:
    assert said() == [
        "release    0.3.0-2a1ec34, since 2026-11-28 09:30 UTC",
        "instances  2 of 2 run",
        "alarms     2 of 6 are on",
        "           GoodiesProd-Replica-Lag (us-west-2), since 2026-11-28 09:30 UTC",
        "           GoodiesProd-Replica-Page (us-west-2)",
    ]


@pytest.mark.parametrize(
    ("recorded", "running", "line"),
    [
        ("none", "none", "none runs"),
        (
            "0.3.0-2a1ec34",
            "none",
            "none has been deployed with success; 0.3.0-2a1ec34 is recorded, and not deployed or",
        ),
        ("0.4.0-1111111", "0.3.0-2a1ec34", "0.3.0-2a1ec34, since 2026-11-28 09:30 UTC; 0.4.0-1111111 is recorded, and"),
    ],
)
def test_a_release_that_does_not_run_is_named(recorded: str, running: str, line: str) -> None:
    assert said(ssm_GetParameters=releases(recorded, running))[0].startswith(f"release    {line}")


def test_a_deployment_at_work_is_named() -> None:
    lines = said(ecs_DescribeServices=service(1, 3, rolloutState="IN_PROGRESS", createdAt=SINCE))
    assert lines[1:3] == ["instances  1 of 3 run, 2 start", "deployment IN_PROGRESS, since 2026-11-28 09:30 UTC"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"ssm_GetParameters": {"Parameters": []}}, "prod records no release: deploy GoodiesProd first"),
        ({"ecs_DescribeServices": {"services": []}}, "prod has no service: deploy GoodiesProd-Service first"),
    ],
)
def test_an_environment_that_is_not_deployed_is_named(given: Any, reason: str) -> None:
    with pytest.raises(ServiceError, match=reason):
        said(**given)
