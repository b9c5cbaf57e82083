"""Refusal of more resources than a project may have."""

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest.errors import Refusal
from local.gcp.rest.services.quotas import exceeded


class Quotas(Rule):
    """Rule: a project has no more resources of a kind than its quota allows."""

    text = "More networks, firewall rules, addresses, proxies or rules of a policy than the quota allows are refused."
    source = "kyma-project/test-infra issue 677 for the words; `local/gcp/rest/services/quotas.yaml` for the limits"

    @override
    def check(self, operation: Operation) -> None:
        if operation.call.api != "compute" or operation.reads or operation.deletes or not operation.name:
            return
        for metric, limit in exceeded(operation.call.at(operation.name), operation.body):
            message = f"Quota '{metric}' exceeded.  Limit: {limit:.1f} globally."
            raise Refusal("PERMISSION_DENIED", message, "quotaExceeded")
