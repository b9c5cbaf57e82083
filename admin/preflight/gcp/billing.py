"""Billing: whether the account pays for the projects, and whether budgets are in its currency."""

from collections.abc import Iterator, Set
from functools import partial

from admin.gcp.api import Api
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from assembly.values import at

_GROUP = "billing"


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield a check of each project, and one of the account with the budgets' currency."""
    for project in needs.projects:
        yield Check(_GROUP, f"Account of {project.id}", partial(_project, needs, api, project.id))
    yield Check(_GROUP, f"Currency of {needs.billing_account}", partial(_account, needs, api, currencies_of(needs)))


def currencies_of(needs: Needs) -> set[str]:
    """Return the currencies of the stacks' budgets."""
    return {
        str(currency)
        for budget in needs.resources("google_billing_budget")
        for currency in at(budget.properties, "amount.specified_amount.currency_code")
    }


def _project(needs: Needs, api: Api, project: str) -> Answer:
    found = api.call("cloudbilling.projects.getBillingInfo", name=f"projects/{project}")
    link = f"gcloud billing projects link {project} --billing-account={needs.billing_account}"
    account = str(found.get("billingAccountName", "")).rpartition("/")[2]
    if not found.get("billingEnabled"):
        return missing("no account pays for it" if not account else f"{account} is closed", link)
    if account != needs.billing_account:
        # The account that pays works; that of the data has the budgets.
        return missing(
            f"{account} pays, and environments/policy.yaml names {needs.billing_account}",
            link,
            f"Or in environments/policy.yaml: account.gcp.billing_account: {account}",
        )
    return fine(f"{account} pays")


def _account(needs: Needs, api: Api, currencies: Set[str]) -> Answer:
    found = api.call("cloudbilling.billingAccounts.get", name=f"billingAccounts/{needs.billing_account}")
    if not found.get("open"):
        return missing("the account is closed", "Console, Billing, Account management: reopen it, or name another")
    currency = str(found["currencyCode"])
    if currencies <= {currency}:
        return fine(f"{currency}, as the budgets")
    # The Cloud Billing Budget API takes no other currency ("specifiedAmount", API reference).
    return missing(
        f"{currency}, and budgets are in {', '.join(sorted(currencies))}, which Google refuses",
        f"In environments/policy.yaml: account.gcp.currency: {currency}, and currency_per_usd",
    )
