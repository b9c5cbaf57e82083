"""The rules, and the calls that heed them."""

from collections.abc import Sequence

from assembly.values import Json
from local.gcp.refusals.disabled_apis import DisabledApis
from local.gcp.refusals.held_resources import HeldResources
from local.gcp.refusals.rule import FailedOperation, Operation, Rule
from local.gcp.refusals.taken_names import TakenNames
from local.gcp.rest import operations
from local.gcp.rest.calls import Call, Handler

RULES: Sequence[Rule] = (
    DisabledApis(),
    TakenNames(),
    HeldResources(),
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
        rule.done(operation)
    return found
