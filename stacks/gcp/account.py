"""What belongs to no environment on Google Cloud (DR-5, DR-6, SEC-11, CST-5)."""

import constructs_lib.gcp  # noqa: F401 - before jsii and the providers, which it makes quick to import

# isort: split
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
from constructs_lib.gcp.data.storage import Placement
from constructs_lib.gcp.delivery.registry import Registry
from constructs_lib.gcp.monitoring.notifications import AccountNotifications
from environments import Environment, Policy, SharedGcpAccount
from stacks.gcp.base import GoodiesTerraformStack

_SHARED = "shared"


class SharedStack(GoodiesTerraformStack):
    """``gcp-shared``: what belongs to no environment."""

    def __init__(
        self, app: App, policy: Policy, *, account: SharedGcpAccount, environments: Sequence[Environment]
    ) -> None:
        regions = policy.regions.gcp
        super().__init__(
            app,
            naming.terraform_stack("gcp", _SHARED),
            environment=_SHARED,
            component="delivery",
            project=account.project,
            region=regions.primary.name,
            state_project=account.project,
        )
        self._region = regions.primary.name
        self._projects = self._known(environments)
        self._environment_projects = [item.account.gcp.project for item in environments if item.account.gcp]
        continent = Placement(regions.primary.name, regions.recovery.name).key_location
        wide = self._key("Key", policy, continent)
        wide.adopt(account.project)
        self.notifications = AccountNotifications(
            self, "Notifications", name=naming.stack(_SHARED), receivers=policy.account.receivers
        )
        State(self, "State", project=account.project, location=continent, policy=policy.objects, key=wide)
        Registry(self, "Registry", policy=policy.images, location=continent, key=wide)
        key = self._key("RegionalKey", policy, self._region)
        self._record(policy, account, key)
        self._review(policy, account, wide, key)
        self._watch_costs(policy, account, environments)

    def _known(self, environments: Sequence[Environment]) -> dict[str, DataGoogleProject]:
        return {
            item.name: DataGoogleProject(self, item.name, project_id=item.account.gcp.project)
            for item in environments
            if item.account.gcp
        }

    def _key(self, construct_id: str, policy: Policy, location: str) -> Key:
        return Key(self, construct_id, policy=policy.security, location=location, project=self.project)

    def _record(self, policy: Policy, account: SharedGcpAccount, key: Key) -> None:
        trail = AuditTrail(self, "Trail", policy=policy.security, project=account.project, region=self._region, key=key)
        records = AuditRecords(
            self, "Records", project=account.project, trail_project=account.project, region=self._region
        )
        records.node.add_dependency(trail)
        Detection(self, "Detection", name=naming.stack(_SHARED), notifications=self.notifications)
        if account.organization:
            Compliance(self, "Compliance", project=account.project, regions=policy.regions.gcp)

    def _review(self, policy: Policy, account: SharedGcpAccount, wide: Key, key: Key) -> None:
        regions = policy.regions.gcp
        reports = Reports(
            self, "Reports", project=account.project, location=wide.location, policy=policy.objects, key=wide
        )
        tickets = Tickets(
            self,
            "Tickets",
            name=naming.stack(_SHARED),
            region=self._region,
            project=account.project,
            reports=reports.bucket,
            notifications=self.notifications,
            key=key,
        )
        Reviews(
            self,
            "Reviews",
            policies=policy.reviews,
            tickets=tickets,
            projects=list(dict.fromkeys([account.project, *self._environment_projects])),
            shared=account.project,
            billing_account=account.billing_account,
            regions=[regions.primary, regions.recovery],
        )

    def _watch_costs(self, policy: Policy, account: SharedGcpAccount, environments: Sequence[Environment]) -> None:
        budgets = {item.name: item.budget_usd for item in environments if item.name in self._projects}
        projects = {**self._projects, _SHARED: self.project}
        for name, usd in {**budgets, _SHARED: policy.costs.shared_budget_usd}.items():
            Budget(
                self,
                f"{name.title()}Budget",
                policy=policy.costs,
                billing_account=account.billing_account,
                name=naming.stack(name),
                project=projects[name].number,
                usd=usd,
                readers=[self.notifications.team, self.notifications.owner],
            )
