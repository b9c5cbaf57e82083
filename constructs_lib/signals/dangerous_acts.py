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
    name="OwnerAdded", description="Somebody was made an owner of the project, who may do everything in it."
)
AUDIT_CHANGED = DangerousAct(name="AuditChanged", description="What is recorded in the audit logs was changed.")
SINK_CHANGED = DangerousAct(name="SinkChanged", description="The way of the audit logs to the trail was changed.")
ACCOUNT_KEY_MADE = DangerousAct(
    name="AccountKeyMade",
    description="A long-lived key of a service account was made. No service of this platform needs one.",
)
ENCRYPTION_KEY_ENDED = DangerousAct(
    name="EncryptionKeyEnded",
    description="A key that encrypts data is going to be destroyed; what it encrypts is lost with it.",
)
DANGEROUS_ACTS = (OWNER_ADDED, AUDIT_CHANGED, SINK_CHANGED, ACCOUNT_KEY_MADE, ENCRYPTION_KEY_ENDED)
