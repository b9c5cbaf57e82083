"""Refusal of bindings whose members nobody knows: empty, malformed, not there, or made a moment ago."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import Any

from typing_extensions import override

from local.gcp.refusals import agents, names
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.refusals.tables import rows
from local.gcp.rest import policies
from local.gcp.rest.calls import Cloud
from local.gcp.rest.errors import Refusal

_ROLE = re.compile(r"(?:(?:projects|organizations)/[^/\s]+/)?roles/[A-Za-z0-9_.]+")
_FORM = re.compile(
    r"allUsers|allAuthenticatedUsers|(?:user|group|serviceAccount):[^\s@:]+@[^\s@]+|domain:[^\s@]+|"
    r"serviceAccount:[^\s@\[]+\[[^\s\]]+\]|deleted:\S+|(?:projectOwner|projectEditor|projectViewer):\S+|"
    r"(?:principal|principalSet)://\S+"
)
_MALFORMED = 'Policy members must be of the form "<type>:<value>".'
_ACCOUNT = re.compile(r"serviceAccount:([^\s@]+)@([a-z0-9.-]+)\.gserviceaccount\.com")
_AGENT = re.compile(r"service-(\d+)")
_OF_NUMBER = re.compile(r"(\d+)(-compute)?")
_POOL = re.compile(
    r"(?:principal|principalSet)://iam\.googleapis\.com/projects/(\d+)/.*/workloadIdentityPools/([^/]+)/.+"
)
_POOL_ACCOUNT = re.compile(r"serviceAccount:([^\s\[]+\.svc\.id\.goog)\[[^\s\]]+\]")
_CLUSTERS = "projects that had a cluster"
_MADE = "times of service accounts"
# Terraform's provider waits twice as long after it has made a service account (google_service_account, "create").
_UNKNOWN_SECONDS = 5


class Members(Rule):
    """Rule: whoever is granted something exists, and IAM has heard of it."""

    text = (
        "A member that is empty or malformed, a service account or agent that is not there or was made within the last "
        "seconds, a pool before the first cluster and a role that is not there or deleted are refused."
    )
    source = (
        "terraform-google-log-export issue 116; google_service_account, page of Terraform's provider; "
        'terraform issue 25623; "Access change propagation" and projects.roles.delete, IAM documentation'
    )

    @override
    def check(self, operation: Operation) -> None:
        if operation.action != "setIamPolicy":
            return
        call = operation.call
        sent = call.body.get("policy", call.body)
        current = policies.current(call.at(call.name.removesuffix("/iam")))
        known, granted = set(_members(current)), set(_grants(current))
        for member in _members(sent):
            if member not in known:
                _check_member(call.cloud, member)
        for role, _ in sorted(set(_grants(sent)) - granted):
            _check_role(call.cloud, role)

    @override
    def done(self, operation: Operation, answer: Any) -> None:
        cloud = operation.call.cloud
        if operation.action == "generateServiceIdentity":
            agents.made(cloud, answer["response"]["email"])
        if operation.kind == "container.clusters" and operation.creates:
            cloud.documents(_CLUSTERS).put(operation.project, True)
        if operation.kind == "iam.serviceAccounts" and operation.creates:
            cloud.documents(_MADE).put(operation.name, cloud.now())


def _members(policy: Mapping[str, Any]) -> Iterator[str]:
    for binding in policy.get("bindings", ()):
        yield from binding.get("members", ())


def _grants(policy: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for binding in policy.get("bindings", ()):
        yield from ((binding.get("role", ""), member) for member in binding.get("members", ()))


def _check_role(cloud: Cloud, role: str) -> None:
    if not _ROLE.fullmatch(role):
        forms = "roles/{role}, organizations/{organization_id}/roles/{role}, or projects/{project_id}/roles/{role}"
        raise Refusal("INVALID_ARGUMENT", f"Role name must be in the format {forms}.")
    if custom := names.find(role, cloud):
        stored = cloud.documents(custom.api).get(custom.name)
        if stored is None or stored["outputs"].get("deleted"):
            raise Refusal("INVALID_ARGUMENT", f"Role ({role}) does not exist in the resource's hierarchy.")
    elif role.startswith("roles/"):
        service, dot, last = role.partition("/")[2].partition(".")
        if (last if dot else service) not in rows("predefined_roles").get(service if dot else "basic", ()):
            raise Refusal("INVALID_ARGUMENT", f"Role {role} is not supported for this resource.")


def _check_member(cloud: Cloud, member: str) -> None:
    if not _FORM.fullmatch(member):
        raise Refusal("INVALID_ARGUMENT", _MALFORMED)
    if pool := _POOL_ACCOUNT.fullmatch(member):
        _check_pool(cloud, pool[1])
    elif pool := _POOL.fullmatch(member):
        _check_pool(cloud, pool[2])
    elif (account := _ACCOUNT.fullmatch(member)) and not _is_known(cloud, account[1], account[2]):
        email = member.partition(":")[2]
        raise Refusal("INVALID_ARGUMENT", f"Service account {email} does not exist.")


def _check_pool(cloud: Cloud, pool: str) -> None:
    project = pool.removesuffix(".svc.id.goog")
    if project != pool and not cloud.documents(_CLUSTERS).get(project):
        raise Refusal(
            "INVALID_ARGUMENT",
            f"Identity Pool does not exist ({pool}). Please check that you specified a valid resource name as returned "
            "in the `name` attribute in the configuration API.",
        )


def _is_known(cloud: Cloud, user: str, domain: str) -> bool:
    if agent := _AGENT.fullmatch(user):
        return agents.exists(cloud, agent[1], domain.removesuffix(".iam"))
    if number := _OF_NUMBER.fullmatch(user):  # of Compute Engine and of Google's own services
        return cloud.by_id(f"projects/{number[1]}") != f"projects/{number[1]}"
    email = f"{user}@{domain}.gserviceaccount.com"
    if domain == "gcp-sa-cloud-sql.iam":  # each instance has one
        instances = cloud.documents("sqladmin").list().values()
        return any(stored["outputs"].get("serviceAccountEmailAddress") == email for stored in instances)
    project = domain.removesuffix(".iam")
    name = f"projects/{project}/serviceAccounts/{email}"
    made = cloud.documents(_MADE).get(name)
    age = (cloud.time() - datetime.datetime.fromisoformat(made)).total_seconds() if made else _UNKNOWN_SECONDS
    return cloud.documents("iam").get(name) is not None and age >= _UNKNOWN_SECONDS
