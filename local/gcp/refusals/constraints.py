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
        for name, violations in _VIOLATIONS.items():
            values = next((each for each in violations(operation) if _in_force(operation, name, each)), None)
            if values is not None:
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


def _foreign(operation: Operation) -> Iterator[dict[str, str]]:
    for member in _members(operation):
        kind, _, name = member.partition(":")
        domain = name.rpartition("@")[2]
        if member in _EVERYBODY or (kind in ("user", "group", "domain") and domain != _DOMAIN):
            yield {}


def _public(operation: Operation) -> Iterator[dict[str, str]]:
    if operation.call.api == "storage" and any(member in _EVERYBODY for member in _members(operation)):
        yield {}


def _locations(operation: Operation) -> Iterator[dict[str, str]]:
    if not operation.creates:
        return
    location = str(operation.body.get("location") or operation.body.get("region") or operation.place.location)
    if location not in _ANYWHERE:
        yield {"location": location}
    replication = operation.body.get("replication", {})
    if "automatic" in replication:  # "Choose a replication policy", Secret Manager documentation
        yield {"location": "global"}
    yield from ({"location": each["location"]} for each in replication.get("userManaged", {}).get("replicas", ()))


def _database(condition: Callable[[Mapping[str, Any]], bool]) -> Callable[[Operation], Iterator[dict[str, str]]]:
    def violations(operation: Operation) -> Iterator[dict[str, str]]:
        changes = operation.kind == "sqladmin.instances" and not operation.reads and not operation.deletes
        settings = operation.body.get("settings", {} if operation.creates else None)
        if changes and settings is not None and condition(settings.get("ipConfiguration", {})):
            yield {}

    return violations


def _old_access(operation: Operation) -> Iterator[dict[str, str]]:
    if operation.kind != "storage.buckets" or operation.reads or operation.deletes or operation.on_policy:
        return
    configuration = operation.body.get("iamConfiguration", {} if operation.creates else None)
    if configuration is not None and not configuration.get("uniformBucketLevelAccess", {}).get("enabled"):
        yield {}


def _peering(operation: Operation) -> Iterator[dict[str, str]]:
    if operation.kind == "servicenetworking.connections" and operation.creates:
        yield {"network": str(operation.body.get("network", ""))}


_VIOLATIONS: Mapping[str, Callable[[Operation], Iterator[dict[str, str]]]] = {
    "iam.allowedPolicyMemberDomains": _foreign,
    _LOCATIONS: _locations,
    "sql.restrictPublicIp": _database(lambda addresses: bool(addresses.get("ipv4Enabled", True))),
    "sql.restrictAuthorizedNetworks": _database(lambda addresses: bool(addresses.get("authorizedNetworks"))),
    "storage.uniformBucketLevelAccess": _old_access,
    "storage.publicAccessPrevention": _public,
    _PEERING: _peering,
}
