"""Notification channels of on call and team (MON-7, MON-8)."""

from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

from environments import AccountReceivers, Receivers


class Notifications(Construct):
    """Two notification channels. An alarm can only use those of its project.

    Args:
        name: what their titles begin with.
        receivers: the addresses.

    Attributes:
        on_call: for what is critical.
        team: for warnings and reports.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, receivers: Receivers) -> None:
        super().__init__(scope, construct_id)
        self.on_call = channel(self, "on_call", title=f"{name} on call", address=receivers.on_call)
        self.team = channel(self, "team", title=f"{name} team", address=receivers.team)


def channel(scope: Construct, construct_id: str, *, title: str, address: str) -> MonitoringNotificationChannel:
    """Return a channel that writes to an e-mail address."""
    return MonitoringNotificationChannel(
        scope, construct_id, display_name=title, type="email", labels={"email_address": address}
    )


class AccountNotifications(Notifications):
    """The notification channels of what belongs to no environment.

    Args:
        name: what their titles begin with.
        receivers: the addresses.

    Attributes:
        owner: answers for the bill.
    """

    def __init__(self, scope: Construct, construct_id: str, *, name: str, receivers: AccountReceivers) -> None:
        super().__init__(scope, construct_id, name=name, receivers=receivers)
        self.owner = channel(self, "owner", title=f"{name} owner", address=receivers.owner)
