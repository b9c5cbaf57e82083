"""Acts in a cloud account that page on call as soon as the audit log has them (SEC-8, SEC-9, SEC-10, SEC-11)."""

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


# The first three are what "CIS Google Cloud Platform Foundation Benchmark" asks for in its chapter on logging; the
# chapters on monitoring of "CIS Amazon Web Services Foundations Benchmark" ask for all of them.
OWNER_ADDED = DangerousAct(
    name="OwnerAdded", description="A member was granted all permissions in the project or account."
)
AUDIT_CHANGED = DangerousAct(
    name="AuditChanged", description="The audit configuration, which selects what audit logs record, was changed."
)
SINK_CHANGED = DangerousAct(
    name="SinkChanged", description="The trail or its log sink was changed, stopped or deleted; it may miss entries."
)
ACCOUNT_KEY_MADE = DangerousAct(
    name="AccountKeyMade",
    description="A long-lived key of a user or service account was created. No service of this platform needs one.",
)
ENCRYPTION_KEY_ENDED = DangerousAct(
    name="EncryptionKeyEnded",
    description="An encryption key was disabled or is scheduled for destruction; its data cannot be read.",
)
DETECTION_STOPPED = DangerousAct(
    name="DetectionStopped",
    description="A service that detects attacks or records changes was switched off or changed.",
)
DANGEROUS_ACTS = (
    OWNER_ADDED,
    AUDIT_CHANGED,
    SINK_CHANGED,
    ACCOUNT_KEY_MADE,
    ENCRYPTION_KEY_ENDED,
    DETECTION_STOPPED,
)
