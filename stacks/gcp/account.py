"""Projects on Google Cloud: ``gcp-shared``, and the audit of every project (DR-5, DR-6, SEC-11, CST-5)."""

from collections.abc import Sequence

from cdktf import App
from cdktf_cdktf_provider_google.data_google_project import DataGoogleProject

from constructs_lib import naming
from constructs_lib.gcp.account.audit import AuditRecords, AuditTrail, Reports
from constructs_lib.gcp.account.budgets import Budget
from constructs_lib.gcp.account.compliance import Compliance
from constructs_lib.gcp.account.detection import Detection
from constructs_lib.gcp.account.reviews import Reviews
from constructs_lib.gcp.account.state import State
from constructs_lib.gcp.account.tickets import Tickets
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.delivery.registry import Registry
from constructs_lib.gcp.monitoring.notifications import AccountNotifications, Notifications
from environments import Environment, GcpRegions, Policy, SharedGcpAccount
from stacks.gcp.base import GoodiesTerraformStack, continent

_SHARED = "shared"


def add_shared(app: App, policy: Policy, *, account: SharedGcpAccount, environments: Sequence[Environment]) -> None:
    """Add ``gcp-shared``: what belongs to no environment."""
    regions = policy.regions.gcp
    stack = GoodiesTerraformStack(
        app,
        naming.terraform_stack("gcp", _SHARED),
        environment=_SHARED,
        component="delivery",
        project=account.project,
        region=regions.primary.name,
        state_project=account.project,
    )
    location = continent(regions)
    key = Key(stack, "RegionalKey", policy=policy.security, location=regions.primary.name, project=stack.project)
    wide = Key(stack, "Key", policy=policy.security, location=location, project=stack.project)
    wide.adopt(account.project)
    notifications = AccountNotifications(
        stack, "Notifications", name=naming.stack(_SHARED), receivers=policy.account.receivers
    )
    State(stack, "State", project=account.project, location=location, policy=policy.objects, key=wide)
    Registry(stack, "Registry", policy=policy.images, location=location, key=wide)
    trail = AuditTrail(
        stack, "Trail", policy=policy.security, project=account.project, region=regions.primary.name, key=key
    )
    audit = add_audit(stack, name=naming.stack(_SHARED), regions=regions, shared=account, notifications=notifications)
    audit.node.add_dependency(trail)
    _add_reviews(
        stack,
        policy=policy,
        account=account,
        environments=environments,
        notifications=notifications,
        wide=wide,
        key=key,
    )
    _add_budgets(stack, policy=policy, account=account, environments=environments, notifications=notifications)


def add_audit(
    stack: GoodiesTerraformStack,
    *,
    name: str,
    regions: GcpRegions,
    shared: SharedGcpAccount,
    notifications: Notifications,
) -> AuditRecords:
    """Add what every project has: records for the trail, detection, and the organization's policies.

    Args:
        stack: of the project.
        name: what its alarms' names begin with.
        regions: of the environments.
        shared: the project of the trail.
        notifications: channels of the project.
    """
    records = AuditRecords(
        stack, "Records", project=stack.project_id, trail_project=shared.project, region=regions.primary.name
    )
    Detection(stack, "Detection", name=name, notifications=notifications)
    if shared.organization:
        Compliance(stack, "Compliance", project=stack.project_id, regions=regions)
    return records


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
    reports = Reports(
        stack, "Reports", project=account.project, location=wide.location, policy=policy.objects, key=wide
    )
    tickets = Tickets(
        stack,
        "Tickets",
        name=naming.stack(_SHARED),
        region=regions.primary.name,
        project=account.project,
        reports=reports.bucket,
        notifications=notifications,
        key=key,
    )
    projects = [account.project, *(item.account.gcp.project for item in environments if item.account.gcp)]
    Reviews(
        stack,
        "Reviews",
        policies=policy.reviews,
        tickets=tickets,
        projects=list(dict.fromkeys(projects)),
        shared=account.project,
        billing_account=account.billing_account,
        regions=[regions.primary, regions.recovery],
    )


def _add_budgets(
    stack: GoodiesTerraformStack,
    *,
    policy: Policy,
    account: SharedGcpAccount,
    environments: Sequence[Environment],
    notifications: AccountNotifications,
) -> None:
    budgets = [(_SHARED, stack.project, policy.costs.shared_budget_usd)]
    for environment in environments:
        if environment.account.gcp:
            project = DataGoogleProject(stack, environment.name, project_id=environment.account.gcp.project)
            budgets.append((environment.name, project, environment.budget_usd))
    for name, project, usd in budgets:
        Budget(
            stack,
            f"{name.title()}Budget",
            policy=policy.costs,
            billing_account=account.billing_account,
            name=naming.stack(name),
            project=project.number,
            usd=usd,
            readers=[notifications.team, notifications.owner],
        )
