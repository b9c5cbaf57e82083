"""Refusal of resources whose provider is not registered in the subscription."""

from typing_extensions import override

from local.azure.arm.calls import Call
from local.azure.arm.errors import Refusal
from local.azure.arm.services.subscriptions import is_registered
from local.azure.refusals.rule import Rule
from local.azure.switches import SWITCHES


class Providers(Rule):
    """Rule: a provider must be registered before it makes something."""

    text = "A resource whose provider is not registered in the subscription is refused."
    source = '"Resolve errors for resource provider registration", Resource Manager'

    @override
    def check(self, call: Call) -> None:
        if not call.writes or not call.id.subscription:
            return
        if SWITCHES.value(call.cloud.store, "providers") == "all registered":
            return
        if not is_registered(call.cloud, call.id.subscription, call.kind.namespace):
            raise Refusal(
                409,
                "MissingSubscriptionRegistration",
                f"The subscription is not registered to use namespace '{call.kind.namespace}'. See"
                " https://aka.ms/rps-not-found for how to register subscriptions.",
            )
