"""Bootstrap: the toolkit's version in each region, and the region."""

from collections.abc import Callable

import pytest

from admin.preflight.model import Answer, State
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, THROTTLED, Answers, Given, Refused

Ask = Callable[..., Answer]


def version(value: str) -> Json:
    return {"Parameter": {"Value": value}}


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2"])
@pytest.mark.parametrize(
    ("given", "state"),
    [
        (version("30"), State.FINE),
        (version("6"), State.FINE),
        (version("5"), State.MISSING),
        (Refused("ParameterNotFound"), State.MISSING),
        (version("new"), State.UNKNOWN),
        ({"Parameter": {}}, State.UNKNOWN),
        (DENIED, State.UNKNOWN),
        (THROTTLED, State.UNKNOWN),
    ],
)
def test_toolkit(ask: Ask, region: str, given: Given, state: State) -> None:
    answers = Answers({"ssm:GetParameter": lambda place, _: given if place == region else version("30")})
    answer = ask(f"CDK toolkit, {region}", answers)
    assert answer.state is state
    if state is State.MISSING:
        assert answer.next_steps == (f"cdk bootstrap aws://{ID}/{region}",)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("ENABLED_BY_DEFAULT", State.FINE),
        ("ENABLED", State.FINE),
        ("ENABLING", State.MISSING),
        ("DISABLING", State.MISSING),
        ("DISABLED", State.MISSING),
    ],
)
def test_region(ask: Ask, status: str, state: State) -> None:
    answers = Answers({"account:GetRegionOptStatus": {"RegionOptStatus": status}})
    assert ask("us-west-2", answers).state is state
