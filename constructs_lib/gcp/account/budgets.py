"""Budget of a project with e-mail notifications (CST-5)."""

from collections.abc import Sequence

from cdktf_cdktf_provider_google import billing_budget as budgets
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from environments import CostPolicy

_ACTUAL, _FORECAST = "CURRENT_SPEND", "FORECASTED_SPEND"
_ALL = 100


class Budget(Construct):
    """Monthly budget of a project. It mails readers before it is spent, when it is, and when the forecast is above.

    All costs of the project count, labeled or not.

    Args:
        policy: share of the budget at which the first mail is sent.
        billing_account: id of the billing account that pays.
        name: name of the budget.
        project: number of the project whose costs count.
        currency: currency of the billing account.
        limit: limit in that currency per month.
        readers: notification channels of the mails.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        policy: CostPolicy,
        billing_account: str,
        name: str,
        project: str,
        currency: str,
        limit: int,
        readers: Sequence[MonitoringNotificationChannel],
    ) -> None:
        super().__init__(scope, construct_id)
        levels = ((_ACTUAL, policy.warning_percent), (_ACTUAL, _ALL), (_FORECAST, _ALL))
        budgets.BillingBudget(
            self,
            "month",
            billing_account=billing_account,
            display_name=name,
            budget_filter=budgets.BillingBudgetBudgetFilter(
                projects=[f"projects/{project}"],
                calendar_period="MONTH",
                # Net costs count, after discounts for commitments.
                credit_types_treatment="INCLUDE_ALL_CREDITS",
            ),
            amount=budgets.BillingBudgetAmount(
                specified_amount=budgets.BillingBudgetAmountSpecifiedAmount(currency_code=currency, units=str(limit))
            ),
            threshold_rules=[
                budgets.BillingBudgetThresholdRules(spend_basis=basis, threshold_percent=percent / _ALL)
                for basis, percent in levels
            ],
            all_updates_rule=budgets.BillingBudgetAllUpdatesRule(
                monitoring_notification_channels=[reader.id for reader in readers]
            ),
        )
