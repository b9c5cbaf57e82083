"""The rules, and the calls that heed them."""

from collections.abc import Sequence

from assembly.values import Json
from local.azure.arm.calls import Call, Handler
from local.azure.refusals.addresses import Addresses
from local.azure.refusals.customer_keys import CustomerKeys
from local.azure.refusals.databases import Databases
from local.azure.refusals.delegations import Delegations
from local.azure.refusals.fixed_settings import FixedSettings
from local.azure.refusals.locations import Locations
from local.azure.refusals.locks import Locks
from local.azure.refusals.missing_roles import MissingRoles
from local.azure.refusals.names import Names
from local.azure.refusals.providers import Providers
from local.azure.refusals.references import References
from local.azure.refusals.rule import Rule
from local.azure.refusals.taken_names import TakenNames
from local.azure.refusals.used_resources import UsedResources
from local.azure.refusals.zones import Zones

# In this order: what Resource Manager refuses itself, then what the provider of a resource refuses.
RULES: Sequence[Rule] = (
    MissingRoles(),
    Providers(),
    Locks(),
    Locations(),
    Names(),
    TakenNames(),
    FixedSettings(),
    References(),
    Addresses(),
    Delegations(),
    Zones(),
    Databases(),
    CustomerKeys(),
    UsedResources(),
)


def answer(call: Call, handler: Handler) -> Json:
    """Answer a call by its handler, or refuse it as Azure does.

    Raises:
        Refusal: a rule refuses it.
    """
    for rule in RULES:
        rule.check(call)
    return handler(call)
