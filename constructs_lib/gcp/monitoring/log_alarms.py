"""Log-based alarms: alert policies on single entries of a log (SEC-11, SEC-12)."""

from collections.abc import Mapping

from cdktf_cdktf_provider_google import monitoring_alert_policy as policies
from cdktf_cdktf_provider_google.monitoring_notification_channel import MonitoringNotificationChannel
from constructs import Construct

_CLOSED_AFTER = "86400s"


def log_alarm(
    scope: Construct,
    construct_id: str,
    *,
    name: str,
    severity: str,
    condition: str,
    log_filter: str,
    extracted: Mapping[str, str],
    subject: str,
    content: str,
    notification_channel: MonitoringNotificationChannel,
    at_most_seconds: int,
) -> None:
    """Add an alarm that goes off for each entry that a filter finds.

    Args:
        scope: what the alarm belongs to.
        construct_id: its name there.
        name: as Cloud Monitoring calls it.
        severity: ``CRITICAL`` or ``WARNING``.
        condition: the filter in words.
        log_filter: in the language of Cloud Logging.
        extracted: by label, the field of the entry that the texts may name as ``$${log.extracted_label.<label>}``.
        subject: of the message.
        content: of the message, as Markdown.
        notification_channel: receives the message.
        at_most_seconds: one message in so long, however many entries there are.
    """
    policies.MonitoringAlertPolicy(
        scope,
        construct_id,
        display_name=name,
        severity=severity,
        combiner="OR",
        conditions=[
            policies.MonitoringAlertPolicyConditions(
                display_name=condition,
                condition_matched_log=policies.MonitoringAlertPolicyConditionsConditionMatchedLog(
                    filter=log_filter,
                    label_extractors={label: f"EXTRACT({path})" for label, path in extracted.items()},
                ),
            )
        ],
        documentation=policies.MonitoringAlertPolicyDocumentation(
            subject=subject, content=content, mime_type="text/markdown"
        ),
        notification_channels=[notification_channel.name],
        alert_strategy=policies.MonitoringAlertPolicyAlertStrategy(
            auto_close=_CLOSED_AFTER,
            notification_rate_limit=policies.MonitoringAlertPolicyAlertStrategyNotificationRateLimit(
                period=f"{at_most_seconds}s"
            ),
        ),
        user_labels={"severity": severity.lower()},
    )
