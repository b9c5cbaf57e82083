"""The rules, and the calls that heed them."""

from collections.abc import Sequence

from assembly.values import Json
from local.gcp.refusals.account_ids import AccountIds
from local.gcp.refusals.constraints import Constraints
from local.gcp.refusals.deleted_projects import DeletedProjects
from local.gcp.refusals.disabled_apis import DisabledApis
from local.gcp.refusals.held_resources import HeldResources
from local.gcp.refusals.keys import Keys
from local.gcp.refusals.log_analytics import LogAnalytics
from local.gcp.refusals.members import Members
from local.gcp.refusals.protections import Protections
from local.gcp.refusals.quotas import Quotas
from local.gcp.refusals.references import References
from local.gcp.refusals.resource_ids import ResourceIds
from local.gcp.refusals.rule import FailedOperation, Operation, Rule
from local.gcp.refusals.service_agents import ServiceAgents
from local.gcp.refusals.stale_settings import StaleSettings
from local.gcp.refusals.taken_names import TakenNames
from local.gcp.refusals.used_resources import UsedResources
from local.gcp.rest import operations
from local.gcp.rest.calls import Call, Handler

# In this order: what Google's front end refuses first, then what IAM and the organization refuse.
RULES: Sequence[Rule] = (
    DeletedProjects(),
    DisabledApis(),
    TakenNames(),
    AccountIds(),
    ResourceIds(),
    Constraints(),
    Members(),
    ServiceAgents(),
    Keys(),
    References(),
    Quotas(),
    LogAnalytics(),
    StaleSettings(),
    Protections(),
    HeldResources(),
    UsedResources(),
)


def answer(call: Call, handler: Handler) -> Json:
    """Answer a call by its handler, or refuse it as Google does.

    Raises:
        Refusal: a rule refuses it.
    """
    operation = Operation(call)
    try:
        for rule in RULES:
            rule.check(operation)
    except FailedOperation as failure:
        return operations.fail(call, str(failure))
    found = handler(call)
    for rule in RULES:
        rule.done(operation, found)
    return found
