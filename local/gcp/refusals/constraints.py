"""Refusal of what a constraint of the organization forbids."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from typing_extensions import override

from local.gcp.refusals import switches
from local.gcp.refusals.rule import FailedOperation, Operation, Rule
from local.gcp.refusals.tables import rows

_EVERYBODY = ("allUsers", "allAuthenticatedUsers")
# Of the organization of the embedded cloud.
_DOMAIN = "embedded.example"
_LOCATIONS = "gcp.resourceLocations"
_PEERING = "compute.restrictVpcPeering"  # Service Networking finds out in its operation
# How the locations of a group begin ("Defining locations", Resource Manager documentation).
_GROUPS = {"us": ("us", "nam"), "eu": ("eu", "europe", "eur"), "europe": ("eu", "europe", "eur")}
_OF_ORGANIZATION = {"values": {"allowedValues": ["in:us-locations"]}}
_ANYWHERE = ("", "global")


class Constraints(Rule):
    """Rule: a constraint that is in force in a project refuses what violates it, whoever asks."""

    text = "What a constraint of the organization forbids is refused, by the project's policies or by a switch."
    source = (
        'terraform-provider-google issue 3555; terraform-example-foundation issue 1257; "Constraints" of each service'
    )

    @override
    def check(self, operation: Operation) -> None:
        for name, violates in _VIOLATIONS.items():
            values = violates(operation)
            if values is not None and _in_force(operation, name, values):
                number = operation.call.cloud.number(operation.project) if operation.project else ""
                refusal = operation.refuse(rows("constraints")[name], number=number, **values)
                raise FailedOperation(refusal.message) if name == _PEERING else refusal


def _in_force(operation: Operation, constraint: str, values: Mapping[str, str]) -> bool:
    cloud = operation.call.cloud
    name = f"projects/{operation.project}/policies/{constraint}"
    policy = (cloud.documents("orgpolicy").get(name) or {}).get("body", {})
    rules = list(policy.get("spec", {}).get("rules", ()))
    if switches.value(cloud.store, constraint) == "enforced":
        rules.append(_OF_ORGANIZATION if constraint == _LOCATIONS else {"enforce": True})
    return any(_forbids(rule, values) for rule in rules)


def _forbids(rule: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    groups = [text.removeprefix("in:").removesuffix("-locations") for text in _allowed(rule)]
    if not groups or "location" not in values:
        return bool(rule.get("enforce") or rule.get("denyAll"))
    beginnings = tuple(each for group in groups for each in _GROUPS.get(group, (group,)))
    return not values["location"].lower().startswith(beginnings)


def _allowed(rule: Mapping[str, Any]) -> Sequence[str]:
    found: Sequence[str] = rule.get("values", {}).get("allowedValues", ())
    return found


def _members(operation: Operation) -> Iterator[str]:
    if operation.action == "setIamPolicy":
        body = operation.call.body
        for binding in body.get("policy", body).get("bindings", ()):
            yield from binding.get("members", ())


def _foreign(operation: Operation) -> dict[str, str] | None:
    for member in _members(operation):
        kind, _, name = member.partition(":")
        domain = name.rpartition("@")[2]
        if member in _EVERYBODY or (kind in ("user", "group", "domain") and domain != _DOMAIN):
            return {}
    return None


def _public(operation: Operation) -> dict[str, str] | None:
    is_bucket = operation.call.api == "storage"
    return {} if is_bucket and any(member in _EVERYBODY for member in _members(operation)) else None


def _location(operation: Operation) -> dict[str, str] | None:
    if not operation.creates:
        return None
    location = str(operation.body.get("location") or operation.body.get("region") or operation.place.location)
    return None if location in _ANYWHERE else {"location": location}


def _database(condition: Callable[[Mapping[str, Any]], bool]) -> Callable[[Operation], dict[str, str] | None]:
    def violates(operation: Operation) -> dict[str, str] | None:
        changes = operation.kind == "sqladmin.instances" and not operation.reads and not operation.deletes
        if not changes or "settings" not in operation.body:
            return None
        return {} if condition(operation.body["settings"].get("ipConfiguration", {})) else None

    return violates


def _old_access(operation: Operation) -> dict[str, str] | None:
    if operation.kind != "storage.buckets" or not operation.creates:
        return None
    access = operation.body.get("iamConfiguration", {}).get("uniformBucketLevelAccess", {})
    return None if access.get("enabled") else {}


def _peering(operation: Operation) -> dict[str, str] | None:
    if operation.kind != "servicenetworking.connections" or not operation.creates:
        return None
    return {"network": str(operation.body.get("network", ""))}


_VIOLATIONS: Mapping[str, Callable[[Operation], dict[str, str] | None]] = {
    "iam.allowedPolicyMemberDomains": _foreign,
    _LOCATIONS: _location,
    "sql.restrictPublicIp": _database(lambda addresses: bool(addresses.get("ipv4Enabled", True))),
    "sql.restrictAuthorizedNetworks": _database(lambda addresses: bool(addresses.get("authorizedNetworks"))),
    "storage.uniformBucketLevelAccess": _old_access,
    "storage.publicAccessPrevention": _public,
    _PEERING: _peering,
}
