"""Projects on Google Cloud: ``gcp-shared``, and the audit of every project (DR-5, DR-6, SEC-11, CST-5)."""

from collections.abc import Sequence

from cdktf import App, TerraformOutput

from constructs_lib import naming
from constructs_lib.gcp.account.audit import AuditSink, AuditTrail, ReportsBucket
from constructs_lib.gcp.account.background_jobs import shared_jobs
from constructs_lib.gcp.account.compliance import Compliance
from constructs_lib.gcp.account.detection import Detection
from constructs_lib.gcp.account.reviews import Reviews
from constructs_lib.gcp.account.state import State
from constructs_lib.gcp.account.tickets import Tickets
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.delivery.registry import Registry
from constructs_lib.gcp.monitoring.alarms import Alarms
from constructs_lib.gcp.monitoring.notifications import AccountNotifications, Notifications
from environments import Environment, GcpRegions, Policy, SharedGcpAccount
from stacks.gcp.base import GoodiesTerraformStack, continent
from stacks.gcp.budgets import add_budgets
from stacks.terraform import SHARED


def add_shared(app: App, policy: Policy, *, account: SharedGcpAccount, environments: Sequence[Environment]) -> None:
    """Add ``gcp-shared``: what belongs to no environment."""
    regions = policy.regions.gcp
    stack = GoodiesTerraformStack(
        app,
        naming.terraform_stack("gcp", SHARED),
        environment=SHARED,
        component="delivery",
        project=account.project,
        region=regions.primary.name,
        state_project=account.project,
    )
    location = continent(regions)
    key = Key(stack, "RegionalKey", policy=policy.security, location=regions.primary.name, project=stack.project)
    wide = Key(stack, "Key", policy=policy.security, location=location, project=stack.project)
    wide.import_existing(account.project)
    notifications = AccountNotifications(
        stack, "Notifications", name=naming.stack(SHARED), receivers=policy.account.receivers
    )
    State(stack, "State", project=account.project, location=location, policy=policy.objects, key=wide)
    Registry(stack, "Registry", policy=policy.images, location=location, key=wide)
    trail = AuditTrail(
        stack, "Trail", policy=policy.security, project=account.project, region=regions.primary.name, key=key
    )
    add_audit(
        stack, name=naming.stack(SHARED), regions=regions, shared=account, notifications=notifications, trail=trail
    )
    _add_reviews(
        stack,
        policy=policy,
        account=account,
        environments=environments,
        notifications=notifications,
        wide=wide,
        key=key,
    )
    Alarms(stack, "Jobs", name=naming.stack(SHARED), sections=[shared_jobs()], notifications=notifications)
    add_budgets(stack, policy=policy, account=account, environments=environments, notifications=notifications)


def add_audit(
    stack: GoodiesTerraformStack,
    *,
    name: str,
    regions: GcpRegions,
    shared: SharedGcpAccount,
    notifications: Notifications,
    trail: AuditTrail | None = None,
) -> None:
    """Add what every project has: records for the trail, detection, and the organization's policies.

    Args:
        stack: of the project.
        name: what its alarms' names begin with.
        regions: of the environments.
        shared: the project of the trail.
        notifications: channels of the project.
        trail: the trail, in the stack that makes it.
    """
    AuditSink(
        stack,
        "Records",
        project=stack.project_id,
        trail_project=shared.project,
        region=regions.primary.name,
        trail=trail,
    )
    Detection(stack, "Detection", name=name, notifications=notifications)
    if shared.organization:
        Compliance(stack, "Compliance", project=stack.project_id, regions=regions)


def _add_reviews(
    stack: GoodiesTerraformStack,
    *,
    policy: Policy,
    account: SharedGcpAccount,
    environments: Sequence[Environment],
    notifications: Notifications,
    wide: Key,
    key: Key,
) -> None:
    regions = policy.regions.gcp
    reports = ReportsBucket(
        stack, "Reports", project=account.project, location=wide.location, policy=policy.objects, key=wide
    )
    tickets = Tickets(
        stack,
        "Tickets",
        name=naming.stack(SHARED),
        region=regions.primary.name,
        project=account.project,
        reports=reports.bucket,
        notifications=notifications,
        key=key,
    )
    projects = [account.project, *(item.account.gcp.project for item in environments if item.account.gcp)]
    reviews = Reviews(
        stack,
        "Reviews",
        policies=policy.reviews,
        tickets=tickets,
        projects=list(dict.fromkeys(projects)),
        shared=account.project,
        billing_account=account.billing_account,
        regions=[regions.primary, regions.recovery],
    )
    TerraformOutput(stack, "BillingGrant", value=reviews.billing_grant)
