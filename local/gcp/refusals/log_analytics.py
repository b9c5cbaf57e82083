"""Refusal of a log bucket that has both Log Analytics and a key, by a switch."""

from typing_extensions import override

from local.gcp.refusals import switches
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest.errors import Refusal


class LogAnalytics(Rule):
    """Rule: in 2023 the API refused both on one bucket; documents neither repeat nor withdraw it."""

    text = "With the switch, a log bucket with both Log Analytics and a key of its own is refused."
    source = "terraform-provider-google issue 14193"

    @override
    def check(self, operation: Operation) -> None:
        if operation.kind != "logging.buckets" or operation.reads or operation.deletes:
            return
        before = (operation.stored or {}).get("body", {})
        wanted = {**before, **operation.body}
        if not wanted.get("analyticsEnabled") or not wanted.get("cmekSettings", {}).get("kmsKeyName"):
            return
        if switches.value(operation.call.cloud.store, "log_analytics_with_key") == "refused":
            raise Refusal(
                "FAILED_PRECONDITION",
                "This bucket has advanced analytics enabled. CMEK is not compatible with advanced analytics buckets",
            )
