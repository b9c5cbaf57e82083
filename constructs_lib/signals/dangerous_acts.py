"""Acts in a cloud account that page on call as soon as the audit log has them (SEC-8, SEC-9, SEC-11)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DangerousAct:
    """Unwanted change of an account's protection. A cloud finds it in its own audit log.

    Attributes:
        name: the last part of its alarm's name.
        description: what has happened.
    """

    name: str
    description: str


# The first three are what "CIS Google Cloud Platform Foundation Benchmark" asks for in its chapter on logging.
OWNER_ADDED = DangerousAct(
    name="OwnerAdded", description="A member was granted roles/owner, which permits every action in the project."
)
AUDIT_CHANGED = DangerousAct(
    name="AuditChanged", description="The audit configuration, which selects what audit logs record, was changed."
)
SINK_CHANGED = DangerousAct(
    name="SinkChanged", description="A log sink was changed or deleted; the audit trail may miss entries."
)
ACCOUNT_KEY_MADE = DangerousAct(
    name="AccountKeyMade",
    description="A long-lived key of a service account was created. No service of this platform needs one.",
)
ENCRYPTION_KEY_ENDED = DangerousAct(
    name="EncryptionKeyEnded",
    description="An encryption key is scheduled for destruction; the data that it encrypts will be lost.",
)
DANGEROUS_ACTS = (OWNER_ADDED, AUDIT_CHANGED, SINK_CHANGED, ACCOUNT_KEY_MADE, ENCRYPTION_KEY_ENDED)
