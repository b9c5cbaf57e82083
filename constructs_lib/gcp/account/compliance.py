"""Organization policies of a project: constraints that override IAM (SEC-1, SEC-5, SEC-9, GCP-1)."""

from cdktf_cdktf_provider_google import org_policy_policy as rules
from constructs import Construct

from environments import GcpRegions

# "Organization policy constraints", Resource Manager documentation. Each enforces what the constructs deploy.
_ENFORCED = {
    "no-keys": "iam.disableServiceAccountKeyCreation",
    "no-foreign-keys": "iam.disableServiceAccountKeyUpload",
    "no-editors-by-default": "iam.automaticIamGrantsForDefaultServiceAccounts",
    "uniform-buckets": "storage.uniformBucketLevelAccess",
    "closed-buckets": "storage.publicAccessPrevention",
    "private-databases": "sql.restrictPublicIp",
    "no-database-networks": "sql.restrictAuthorizedNetworks",
    "os-login": "compute.requireOsLogin",
    "no-default-network": "compute.skipDefaultNetworkCreation",
    "no-serial-port": "compute.disableSerialPortAccess",
}


class Compliance(Construct):
    """Organization policies of one project. Only an organization can set them; without one, only the code follows them.

    Args:
        project: id of the project.
        regions: regions whose continent is the only allowed location of resources.
    """

    def __init__(self, scope: Construct, construct_id: str, *, project: str, regions: GcpRegions) -> None:
        super().__init__(scope, construct_id)
        self._project = project
        for name, constraint in _ENFORCED.items():
            self._policy(name, constraint, rules.OrgPolicyPolicySpecRules(enforce="TRUE"))
        self._policy("no-addresses", "compute.vmExternalIpAccess", rules.OrgPolicyPolicySpecRules(deny_all="TRUE"))
        self._policy(
            "locations",
            "gcp.resourceLocations",
            rules.OrgPolicyPolicySpecRules(
                values=rules.OrgPolicyPolicySpecRulesValues(
                    allowed_values=[f"in:{regions.primary.name.partition('-')[0]}-locations"]
                )
            ),
        )

    def _policy(self, construct_id: str, constraint: str, rule: rules.OrgPolicyPolicySpecRules) -> None:
        parent = f"projects/{self._project}"
        rules.OrgPolicyPolicy(
            self,
            construct_id,
            name=f"{parent}/policies/{constraint}",
            parent=parent,
            spec=rules.OrgPolicyPolicySpec(rules=[rule]),
        )
