"""Checks of what Google's APIs refuse at a first apply, beyond the providers' schemas.

Each returns the resources of a stack that would be refused.
"""

import re

from assembly.values import Json
from tests.gcp.terraform import Stack

# "6-30 characters long, and match the regular expression" (projects.serviceAccounts.create, IAM API reference).
_ACCOUNT_ID = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]")
# An organization made since May 2024 refuses members outside it ("Managing secure-by-default organization resources").
_FOREIGN = re.compile(r"(group|user|domain):|all(Authenticated)?Users$")
# Roles that the owner of a project does not have, by the types that need them ("Cloud Billing roles and permissions";
# "Organization Policy Administrator", Resource Manager documentation).
RIGHTS = {
    "google_billing_account_iam_member": "roles/billing.admin",
    "google_billing_budget": "roles/billing.costsManager",
    "google_org_policy_policy": "roles/orgpolicy.policyAdmin",
}


def project(stack: Stack) -> str:
    """Return the id of the project that a stack lives in."""
    (provider,) = stack.content["provider"]["google"]
    return str(provider["project"])


def bad_account_ids(stack: Stack) -> list[str]:
    """Name the service accounts whose id is too short, too long, or no DNS label."""
    return [
        f"{account}: {account['account_id']}"
        for account in stack.resources("google_service_account")
        if not _ACCOUNT_ID.fullmatch(account["account_id"])
    ]


def grants_without_identity(stack: Stack) -> list[str]:
    """Name the grants to a sink that has no identity, because its destination is in its own project.

    Source: terraform-google-log-export issue 116.
    """
    own = [
        f"{sink.type}.{sink.name}.writer_identity"
        for sink in stack.resources("google_logging_project_sink")
        if _destination(stack, sink["destination"]) == project(stack)
    ]
    return [
        str(grant)
        for grant in stack.resources()
        if "_iam_" in grant.type and any(identity in str(grant.body.get("member")) for identity in own)
    ]


def _destination(stack: Stack, destination: Json) -> str:
    found = re.search(r"/projects/([^/]+)/", destination)
    # A reference is to a bucket of the same stack.
    return found[1] if found else project(stack)


def foreign_members(stack: Stack) -> list[str]:
    """Name the grants to members outside the organization, which are no service accounts."""
    return [
        f"{grant}: {grant.body['member']}"
        for grant in stack.resources()
        if _FOREIGN.match(str(grant.body.get("member", "")))
    ]


def undocumented_rights(stack: Stack, document: str) -> list[str]:
    """Name the resources that need a role beyond the owner's of the project that a document does not name."""
    return [
        f"{resource} needs {RIGHTS[resource.type]}"
        for resource in stack.resources()
        if resource.type in RIGHTS and RIGHTS[resource.type] not in document
    ]


def encrypted_analytics(stack: Stack) -> list[str]:
    """Name the log buckets with both a key and Log Analytics (terraform-provider-google issue 14193)."""
    return [
        str(bucket)
        for bucket in stack.resources("google_logging_project_bucket_config")
        if bucket.get("cmek_settings") and bucket.get("enable_analytics")
    ]
