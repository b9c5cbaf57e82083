"""Alarms on dangerous acts in the audit log."""

import pytest

from tests.gcp.alarms import alarms, receivers
from tests.gcp.terraform import Assembly

ACTS = {
    "OwnerAdded": 'role="roles/owner"',
    "AuditChanged": "auditConfigDeltas",
    "SinkChanged": "(Update|Delete)(Sink|Bucket)",
    "AccountKeyMade": "CreateServiceAccountKey",
    "EncryptionKeyEnded": "(Destroy|Update)CryptoKeyVersion",
    "DetectionStopped": "DisableService",
}


@pytest.mark.plan("SEC-11", "SEC-9/keyless", "SEC-8/managed")
@pytest.mark.parametrize("name", ACTS)
def test_what_should_not_happen_is_told_at_once(gcp: Assembly, name: str) -> None:
    for stack in gcp.stacks.values():
        alarm = alarms(stack)[f"Account-{name}"]
        (condition,) = alarm["conditions"]
        matched = condition["condition_matched_log"]
        assert matched["filter"].startswith('log_id("cloudaudit.googleapis.com/activity") AND ')
        assert ACTS[name] in matched["filter"]
        assert "${log.extracted_label.who}" in alarm["documentation"]["content"].replace("$${", "${")
        assert "who" in matched["label_extractors"]
        assert receivers(alarm), stack.name
        # Without a limit such a policy is refused ("AlertStrategy", Cloud Monitoring API reference).
        assert alarm["alert_strategy"]["notification_rate_limit"]["period"].endswith("s")
