"""Billing: Cost Explorer, cost allocation tags, and the account's part in an organization."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from botocore.exceptions import ClientError

from admin.preflight.aws.account import Account, code_of, message_of
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown
from assembly.values import at

_GROUP = "billing"
# Billing has one endpoint ("AWS Billing and Cost Management endpoints and quotas").
_REGION = "us-east-1"
_COSTS = ("AWS::CE::AnomalyMonitor", "AWS::CE::AnomalySubscription")
# What these say of accounts without Cost Explorer, and of member accounts: aws-samples/aws-cost-explorer-report#15,
# hashicorp/terraform-provider-aws#37636.
_NOT_ENABLED = "not enabled for cost explorer"
_LINKED = "linked account doesn't have access"
_LAUNCH = (
    "As the root user, once: console, Account, IAM user and role access to Billing information: activate",
    "Console, Billing and Cost Management, Cost Explorer: open it once; its data is there within a day",
)


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield the checks that the templates' resources of billing need."""
    if any(needs.resources(*_COSTS)):
        yield Check(_GROUP, "Cost Explorer", partial(_cost_explorer, account))
    keys = tags_of(needs)
    if keys:
        yield Check(_GROUP, "Cost allocation tags", partial(_tags, account, keys))
        yield Check(_GROUP, "Account that pays", partial(_payer, account))


def tags_of(needs: Needs) -> list[str]:
    """Return the keys of the tags that budgets and cost monitors filter by."""
    keys = {
        str(value).removeprefix("user:").partition("$")[0]
        for budget in needs.resources("AWS::Budgets::Budget")
        for value in at(budget.properties, "Budget.CostFilters.TagKeyValue")
    }
    for monitor in needs.resources("AWS::CE::AnomalyMonitor"):
        specification = json.loads(monitor.properties.get("MonitorSpecification", "{}"))
        keys |= {str(key) for key in at(specification, "Tags.Key")}
    return sorted(keys)


def _cost_explorer(account: Account) -> Answer:
    """Ask for yesterday's costs; the request costs USD 0.01 ("AWS Cost Explorer pricing")."""
    today = datetime.now(UTC).date()
    period = {"Start": str(today - timedelta(days=1)), "End": str(today)}
    try:
        account.client("ce", _REGION).get_cost_and_usage(
            TimePeriod=period, Granularity="DAILY", Metrics=["UnblendedCost"]
        )
    except ClientError as error:
        if code_of(error) == "DataUnavailableException":
            return missing(
                "enabled, and its data is not there yet", "Run it again a day after Cost Explorer was opened"
            )
        if _NOT_ENABLED in message_of(error).lower():
            return missing("not enabled; no API enables it", *_LAUNCH)
        raise
    return fine("enabled")


def _tags(account: Account, keys: list[str]) -> Answer:
    activate = " ".join(f"TagKey={key},Status=Active" for key in keys)
    step = f"aws ce update-cost-allocation-tags-status --cost-allocation-tags-status {activate}"
    try:
        found = account.pages("ce", _REGION, "list_cost_allocation_tags", "CostAllocationTags", TagKeys=keys)
    except ClientError as error:
        if _LINKED in message_of(error).lower():
            return unknown(
                f"a member account cannot tell; needed are {', '.join(keys)}", f"In the paying account: {step}"
            )
        raise
    active = {each["TagKey"] for each in found if each["Status"] == "Active" and each["Type"] == "UserDefined"}
    inactive = sorted(set(keys) - active)
    if not inactive:
        return fine(f"active: {', '.join(keys)}")
    return missing(
        f"not active: {', '.join(inactive)}; until then budgets by tag count nothing",
        f"A day after the first deploy, when billing has seen them: {step}",
    )


def _payer(account: Account) -> Answer:
    """Say whether the account may have monitors and budgets by tag.

    Monitors by tag can only be created in the management account ("Getting started with AWS Cost Anomaly Detection").
    """
    try:
        found = account.client("organizations", _REGION).describe_organization()["Organization"]
    except ClientError as error:
        if code_of(error) == "AWSOrganizationsNotInUseException":
            return fine("in no organization: it pays for itself")
        raise
    if found["MasterAccountId"] == account.id:
        return fine(f"management account of {found['Id']}")
    return missing(
        f"member of {found['Id']}, which {found['MasterAccountId']} pays for; a member creates no monitor by tag",
        f'In environments/policy.yaml: account.aws_organization: {{payer: "{found["MasterAccountId"]}"}}',
    )
