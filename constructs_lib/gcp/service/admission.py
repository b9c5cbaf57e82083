"""Binary Authorization: images that may run in a project's clusters (SEC-2)."""

from cdktf_cdktf_provider_google.binary_authorization_policy import (
    BinaryAuthorizationPolicy,
    BinaryAuthorizationPolicyAdmissionWhitelistPatterns,
    BinaryAuthorizationPolicyDefaultAdmissionRule,
)
from constructs import Construct


class Admission(Construct):
    """Binary Authorization policy that admits images of one registry and Google's system images only.

    Args:
        registry: registry whose repositories are admitted.
    """

    def __init__(self, scope: Construct, construct_id: str, *, registry: str) -> None:
        super().__init__(scope, construct_id)
        BinaryAuthorizationPolicy(
            self,
            "policy",
            global_policy_evaluation_mode="ENABLE",
            admission_whitelist_patterns=[
                BinaryAuthorizationPolicyAdmissionWhitelistPatterns(name_pattern=f"{registry}/**")
            ],
            default_admission_rule=BinaryAuthorizationPolicyDefaultAdmissionRule(
                evaluation_mode="ALWAYS_DENY", enforcement_mode="ENFORCED_BLOCK_AND_AUDIT_LOG"
            ),
        )
