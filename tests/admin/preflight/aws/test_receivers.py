"""Receivers: confirmed, not confirmed, gone."""

from collections.abc import Callable

import pytest

from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, State
from assembly.values import Json
from tests.admin.preflight.aws.answers import DENIED, ID, NO_STACK, Answers, Given, Refused, summaries

Ask = Callable[..., Answer]
STACK = "GoodiesProd-Foundation"


def topics(needs: Needs) -> Json:
    found = [each for each in needs.resources("AWS::SNS::Topic") if each.stack == STACK]
    return summaries((each.id, each.type, f"arn:aws:sns:us-east-1:{ID}:{each.id}") for each in found)


def subscribed(needs: Needs, arn: str) -> Json:
    addresses = {
        each.properties["Endpoint"] for each in needs.resources("AWS::SNS::Subscription") if each.stack == STACK
    }
    return {
        "Subscriptions": [
            {"SubscriptionArn": arn, "Protocol": "email", "Endpoint": address} for address in sorted(addresses)
        ]
    }


def test_before_the_deploy_there_is_nothing_to_confirm(ask: Ask) -> None:
    assert ask(f"{STACK}, us-east-1", Answers({"cloudformation:ListStackResources": NO_STACK})).state is State.FINE


@pytest.mark.parametrize(("arn", "state"), [("arn:aws:sns:it", State.FINE), ("PendingConfirmation", State.MISSING)])
def test_confirmation(ask: Ask, needs: Needs, arn: str, state: State) -> None:
    def pages(_: str, parameters: Json) -> Json:
        return subscribed(needs, arn) if "NextToken" in parameters else {"Subscriptions": [], "NextToken": "a"}

    given: dict[str, Given] = {
        "cloudformation:ListStackResources": topics(needs),
        "sns:ListSubscriptionsByTopic": pages,
    }
    answer = ask(f"{STACK}, us-east-1", Answers(given))
    assert answer.state is state
    if state is State.MISSING:
        assert "has not confirmed" in answer.found
        assert all(
            step.startswith(f"aws sns subscribe --topic-arn arn:aws:sns:us-east-1:{ID}:") for step in answer.next_steps
        )


@pytest.mark.parametrize(
    ("given", "state"),
    [({"Subscriptions": []}, State.MISSING), (DENIED, State.UNKNOWN), (Refused("NotFound", "Topic"), State.UNKNOWN)],
)
def test_a_receiver_that_is_gone(ask: Ask, needs: Needs, given: Given, state: State) -> None:
    answers = {"cloudformation:ListStackResources": topics(needs), "sns:ListSubscriptionsByTopic": given}
    assert ask(f"{STACK}, us-east-1", Answers(answers)).state is state
