"""Constraints of an organization that refuse what the stacks make: the effective policy of each project.

Source of the names and values: "Organization policy constraints", Resource Manager documentation, and
"Organization policy constraints for Cloud Load Balancing".
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from admin.errors import PreflightError
from admin.gcp.api import Api
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, Check, State, fine, missing, unknown
from assembly import Resource
from assembly.values import Json

_GROUP = "organization"
_OUTSIDE = ("allUsers", "allAuthenticatedUsers", "domain:", "group:", "user:")
_IN = "in:"
_GLOBAL = "global"


@dataclass(frozen=True)
class Constraint:
    """A constraint, and what of a project it would refuse.

    Attributes:
        name: without ``constraints/``.
        values: the values that a project's resources need it to allow; empty where none of them is concerned. A
            boolean constraint refuses as soon as it is enforced, whatever the values.
        boolean: whether it is enforced or not, and has no values.
    """

    name: str
    values: Callable[[Needs, str], list[str]]
    boolean: bool = False


def _own(needs: Needs, project: str) -> Iterator[Resource]:
    for stack in needs.stacks:
        yield from (each for each in stack.resources.values() if needs.project_of(each) == project)


def _of_types(*kinds: str) -> Callable[[Needs, str], list[str]]:
    def values(needs: Needs, project: str) -> list[str]:
        return sorted({each.type for each in _own(needs, project) if each.type in kinds})

    return values


def _members(needs: Needs, project: str) -> list[str]:
    members = (str(each.properties.get("member", "")) for each in _own(needs, project))
    return sorted({each for each in members if each.startswith(_OUTSIDE)})


def _locations(needs: Needs, project: str) -> list[str]:
    found = {
        str(each.properties[key]).lower()
        for each in _own(needs, project)
        for key in ("location", "region")
        if key in each.properties
    }
    regions = {stack.region for stack in needs.stacks if stack.account == project and stack.region}
    return sorted(each for each in found | regions if each != _GLOBAL and "${" not in each)


def _apis(needs: Needs, project: str) -> list[str]:
    return [name for each in needs.projects if each.id == project for name in each.apis]


def _balancer(needs: Needs, project: str) -> list[str]:
    rules = (each for each in _own(needs, project) if each.type == "google_compute_global_forwarding_rule")
    schemes = {str(each.properties.get("load_balancing_scheme", "EXTERNAL")) for each in rules}
    return sorted(
        f"GLOBAL_{each}_HTTP_HTTPS" if each == "EXTERNAL_MANAGED" else f"{each}_HTTP_HTTPS" for each in schemes
    )


def _public_databases(needs: Needs, project: str) -> list[str]:
    return sorted(
        each.path
        for each in _own(needs, project)
        if each.type == "google_sql_database_instance"
        and each.properties["settings"].get("ip_configuration", {}).get("ipv4_enabled", True)
    )


CONSTRAINTS = (
    Constraint("gcp.resourceLocations", _locations),
    Constraint("gcp.restrictServiceUsage", _apis),
    Constraint("iam.allowedPolicyMemberDomains", _members),
    Constraint("iam.disableServiceAccountCreation", _of_types("google_service_account"), boolean=True),
    Constraint("iam.disableServiceAccountKeyCreation", _of_types("google_service_account_key"), boolean=True),
    Constraint("compute.restrictLoadBalancerCreationForTypes", _balancer),
    Constraint("compute.disableGlobalLoadBalancing", _of_types("google_compute_global_forwarding_rule"), boolean=True),
    Constraint("compute.restrictVpcPeering", _of_types("google_service_networking_connection")),
    Constraint("sql.restrictPublicIp", _public_databases, boolean=True),
)


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield a check for each constraint that a resource of a project is concerned by."""
    for project in needs.projects:
        for constraint in CONSTRAINTS:
            if values := constraint.values(needs, project.id):
                subject = f"{constraint.name}, {project.id}"
                yield Check(_GROUP, subject, partial(_constraint, api, project.id, constraint, values))


def _constraint(api: Api, project: str, constraint: Constraint, values: Sequence[str]) -> Answer:
    # The API of policies is enabled only where an organization has them.
    if "parent" not in api.call("cloudresourcemanager.projects.get", name=f"projects/{project}"):
        return fine("the project is in no organization")
    name = f"projects/{project}/policies/{constraint.name}"
    policy = api.call("orgpolicy.projects.policies.getEffectivePolicy", name=name)
    rules = policy.get("spec", {}).get("rules", ())
    if any("condition" in rule for rule in rules):
        return unknown(
            "the policy depends on tags",
            f"gcloud org-policies describe {constraint.name} --project={project} --effective",
        )
    answer = _enforced(rules) if constraint.boolean else _listed(rules, values)
    if answer.state is State.MISSING:
        step = f"An administrator of the organization: an exception for {project}, in gcloud org-policies set-policy"
        return missing(f"{answer.found}: {', '.join(values)}" if constraint.boolean else answer.found, step)
    return answer


def _enforced(rules: Sequence[Json]) -> Answer:
    if not rules:
        raise PreflightError("the effective policy has no rules")
    return missing("enforced, and refuses") if any(rule.get("enforce") for rule in rules) else fine("not enforced")


def _listed(rules: Sequence[Json], values: Sequence[str]) -> Answer:
    if any(rule.get("denyAll") for rule in rules):
        return missing(f"nothing is allowed, and needed is {', '.join(values)}")
    lists = [rule["values"] for rule in rules if "values" in rule]
    allowed = [str(each) for part in lists for each in part.get("allowedValues", ())]
    denied = [str(each) for part in lists for each in part.get("deniedValues", ())]
    if not lists:
        if any(rule.get("allowAll") for rule in rules):
            return fine("all is allowed")
        raise PreflightError("the effective policy has no rules")
    refused = [each for each in values if _in(each, denied) or (allowed and _in(each, allowed) is False)]
    if refused:
        return missing(f"refuses {', '.join(refused)}")
    unclear = [each for each in values if _in(each, denied) is None or (allowed and _in(each, allowed) is None)]
    if unclear:
        return unknown(f"groups of values, whose content no API tells, decide on {', '.join(unclear)}")
    return fine(f"allows {', '.join(values)}" if len(values) < len(CONSTRAINTS) else f"allows all {len(values)}")


def _in(value: str, listed: Sequence[str]) -> bool | None:
    """Say whether a list holds a value; None where a group of values may.

    ``in:us-locations`` holds each location in the US, the multi-region too; ``in:us-central1-locations`` that region
    ("Restricting resource locations", value groups).
    """
    plain = [each.removeprefix("is:").lower() for each in listed]
    if value.lower() in plain:
        return True
    groups = [each.removeprefix(_IN).removesuffix("-locations") for each in plain if each.startswith(_IN)]
    if any(value.lower() == each or value.lower().startswith(f"{each}-") for each in groups):
        return True
    return None if [each for each in plain if each.startswith((_IN, "under:"))] else False
