"""Refusal of resources that work through a service agent, where the agent or its role is not there yet."""

from typing_extensions import override

from local.gcp.refusals import agents, policies, switches
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest.errors import Refusal

_EVENTARC = (
    'Invalid resource state for "": Permission denied while using the Eventarc Service Agent. If you recently started '
    "to use Eventarc, it may take a few minutes before all necessary permissions are propagated to the Service Agent. "
    "Otherwise, verify that it has Eventarc Service Agent role."
)
_TRIGGER = "eventarc.triggers"
# Kinds, the agent that they act through, and its role ("Service agents", IAM documentation).
_AGENTS = {
    "artifactregistry.repositories": ("gcp-sa-artifactregistry", "roles/artifactregistry.serviceAgent"),
    "redis.instances": ("cloud-redis", "roles/redis.serviceAgent"),
    "sqladmin.instances": ("gcp-sa-cloud-sql", "roles/cloudsql.serviceAgent"),
    "workflows.workflows": ("gcp-sa-workflows", "roles/workflows.serviceAgent"),
    _TRIGGER: ("gcp-sa-eventarc", "roles/eventarc.serviceAgent"),
}


class ServiceAgents(Rule):
    """Rule: an agent that was made on request has the roles that somebody granted it, and no others.

    Google documents it for all agents, and threads show it for Eventarc's; for the others it is a switch.
    """

    text = "A trigger is refused before Eventarc's agent has its role; with the switch, other services' resources too."
    source = 'pulumi-gcp issue 1290; "Create and grant roles to service agents", IAM documentation'

    @override
    def check(self, operation: Operation) -> None:
        if not operation.creates or operation.kind not in _AGENTS:
            return
        cloud = operation.call.cloud
        address, role = _AGENTS[operation.kind]
        if operation.kind != _TRIGGER and switches.value(cloud.store, "agents_without_roles") == "work":
            return
        email = f"service-{cloud.number(operation.project)}@{address}{agents.DOMAIN}"
        if policies.has_role_in_project(cloud, f"serviceAccount:{email}", role, operation.project):
            return
        if operation.kind == _TRIGGER:
            raise Refusal("FAILED_PRECONDITION", _EVENTARC)
        raise Refusal(
            "PERMISSION_DENIED", f"Permission denied: the service agent {email} does not have the role {role}."
        )
