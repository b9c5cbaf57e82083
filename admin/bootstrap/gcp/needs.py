"""Prerequisites of the synthesized stacks that Terraform cannot create itself."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from admin.errors import BootstrapError
from assembly import Stack, open_assembly
from assembly.values import Json

POLICY = Path("environments", "policy.yaml")
_AGENT = re.compile(r"@([a-z-]+)\.iam\.gserviceaccount\.com")
# The API of a resource type; the longest prefix counts.
APIS: Mapping[str, str] = {
    "google_artifact_registry_": "artifactregistry.googleapis.com",
    "google_billing_account_": "cloudbilling.googleapis.com",
    "google_billing_budget": "billingbudgets.googleapis.com",
    "google_binary_authorization_": "binaryauthorization.googleapis.com",
    "google_certificate_manager_": "certificatemanager.googleapis.com",
    "google_client_config": "iam.googleapis.com",
    "google_cloud_run_": "run.googleapis.com",
    "google_cloud_scheduler_": "cloudscheduler.googleapis.com",
    "google_compute_": "compute.googleapis.com",
    "google_container_": "container.googleapis.com",
    "google_dns_": "dns.googleapis.com",
    "google_eventarc_": "eventarc.googleapis.com",
    "google_iam_": "iam.googleapis.com",
    "google_kms_": "cloudkms.googleapis.com",
    "google_logging_": "logging.googleapis.com",
    "google_memorystore_": "memorystore.googleapis.com",
    "google_monitoring_": "monitoring.googleapis.com",
    "google_network_connectivity_": "networkconnectivity.googleapis.com",
    "google_org_policy_": "orgpolicy.googleapis.com",
    "google_project": "cloudresourcemanager.googleapis.com",
    "google_pubsub_": "pubsub.googleapis.com",
    "google_redis_": "redis.googleapis.com",
    "google_secret_manager_": "secretmanager.googleapis.com",
    "google_service_account": "iam.googleapis.com",
    "google_service_networking_": "servicenetworking.googleapis.com",
    "google_sql_": "sqladmin.googleapis.com",
    "google_storage_": "storage.googleapis.com",
    "google_workflows_": "workflows.googleapis.com",
}
# APIs that the running workload calls, though no resource is made with them.
_RUNTIME_APIS: Mapping[str, Sequence[str]] = {
    "google_artifact_registry_repository": (
        "containeranalysis.googleapis.com",
        "containerscanning.googleapis.com",
        "recommender.googleapis.com",
        "cloudasset.googleapis.com",
    ),
    "google_container_cluster": ("recommender.googleapis.com", "cloudasset.googleapis.com"),
    "google_workflows_workflow": ("workflowexecutions.googleapis.com",),
}


@dataclass(frozen=True, kw_only=True)
class Agent:
    """A service agent: the identity that a service of Google acts as in a project.

    Attributes:
        address: part of its address between ``@`` and ``.iam.gserviceaccount.com``.
        api: API that creates it on request; None where enabling the API or creating the first resource does.
        role: role on the project that it acts with. Google grants it only to agents that it creates by itself ("Create
            and grant roles to service agents", IAM documentation). None where it has none.
    """

    address: str
    api: str | None = None
    role: str | None = None

    def member(self, project_number: str) -> str:
        """Return the agent of a project, as the bindings of IAM name it."""
        return f"serviceAccount:service-{project_number}@{self.address}.iam.gserviceaccount.com"


# "Service agents", IAM documentation; the roles also in cloud-foundation-fabric, modules/project/service-agents.yaml.
AGENTS: Mapping[str, Agent] = {
    agent.address: agent
    for agent in (
        Agent(address="cloud-redis", api="redis.googleapis.com", role="roles/redis.serviceAgent"),
        Agent(address="compute-system"),
        Agent(address="container-engine-robot"),
        Agent(
            address="gcp-sa-artifactregistry",
            api="artifactregistry.googleapis.com",
            role="roles/artifactregistry.serviceAgent",
        ),
        Agent(address="gcp-sa-cloud-sql", api="sqladmin.googleapis.com", role="roles/cloudsql.serviceAgent"),
        Agent(
            address="gcp-sa-cloudscheduler",
            api="cloudscheduler.googleapis.com",
            role="roles/cloudscheduler.serviceAgent",
        ),
        Agent(address="gcp-sa-eventarc", api="eventarc.googleapis.com", role="roles/eventarc.serviceAgent"),
        Agent(address="gcp-sa-logging", api="logging.googleapis.com"),
        Agent(address="gcp-sa-memorystore", api="memorystore.googleapis.com", role="roles/memorystore.serviceAgent"),
        Agent(
            address="gcp-sa-monitoring-notification",
            api="monitoring.googleapis.com",
            role="roles/monitoring.notificationServiceAgent",
        ),
        Agent(
            address="gcp-sa-networkconnectivity",
            api="networkconnectivity.googleapis.com",
            role="roles/networkconnectivity.serviceAgent",
        ),
        Agent(address="gcp-sa-pubsub", api="pubsub.googleapis.com", role="roles/pubsub.serviceAgent"),
        Agent(address="gcp-sa-secretmanager", api="secretmanager.googleapis.com"),
        Agent(address="gcp-sa-workflows", api="workflows.googleapis.com", role="roles/workflows.serviceAgent"),
        Agent(address="gs-project-accounts"),
        Agent(address="https-lb"),
    )
}
# Agents that a resource type acts through. Such a resource fails, or never runs, in the minutes until an agent that its
# first use creates has its role (terraform-provider-google issue 14584).
AGENTS_OF_TYPES: Mapping[str, Sequence[str]] = {
    "google_artifact_registry_repository": ["gcp-sa-artifactregistry"],
    "google_cloud_scheduler_job": ["gcp-sa-cloudscheduler"],
    "google_eventarc_trigger": ["gcp-sa-eventarc", "gcp-sa-pubsub"],
    "google_memorystore_instance": ["gcp-sa-memorystore"],
    "google_monitoring_notification_channel": ["gcp-sa-monitoring-notification"],
    "google_network_connectivity_service_connection_policy": ["gcp-sa-networkconnectivity"],
    "google_pubsub_topic": ["gcp-sa-pubsub"],
    "google_redis_instance": ["cloud-redis"],
    "google_secret_manager_secret": ["gcp-sa-secretmanager"],
    "google_sql_database_instance": ["gcp-sa-cloud-sql"],
    "google_workflows_workflow": ["gcp-sa-workflows"],
}


@dataclass(frozen=True)
class Project:
    """A project, with what its stack needs.

    Attributes:
        id: of the project.
        apis: names of the APIs that must be enabled.
        agents: service agents that must exist, and have their roles, before the first resource.
        storage: whether Cloud Storage needs its agent.
    """

    id: str
    apis: Sequence[str]
    agents: Sequence[Agent]
    storage: bool


@dataclass(frozen=True)
class Needs:
    """Prerequisites of a first deploy.

    Attributes:
        projects: the shared one first.
        billing_account: pays for them.
        organization: holds them; none where there is none.
        bucket: of the state.
        location: of the bucket, in Cloud Storage's words.
        key_location: of its key; the multi-region that Cloud Storage calls EU is ``europe`` there.
        ring: the name of the key's ring, and of the key.
    """

    projects: Sequence[Project]
    billing_account: str
    organization: str | None
    bucket: str
    location: str
    key_location: str
    ring: str

    @property
    def shared(self) -> Project:
        """The shared project, whose resources belong to no environment."""
        return self.projects[0]

    @property
    def key(self) -> str:
        """The full name of the key."""
        place = f"projects/{self.shared.id}/locations/{self.key_location}"
        return f"{place}/keyRings/{self.ring}/cryptoKeys/{self.ring}"


def read(folder: Path, policy: Path = POLICY) -> Needs:
    """Return the prerequisites of an assembly's stacks.

    Raises:
        AssemblyError: there is no such assembly, or it has no stack that all environments share.
    """
    assembly = open_assembly(folder)
    shared = assembly.stack("gcp-shared")
    others = [stack for stack in assembly.stacks.values() if stack is not shared]
    account = yaml.safe_load(policy.read_text(encoding="utf-8"))["account"]["gcp"]
    imported = {entry["to"].partition(".")[0]: entry["id"] for entry in shared.template["import"]}
    _, _, _, key_location, _, ring = imported["google_kms_key_ring"].split("/")
    (state,) = (
        bucket for bucket in shared.of("google_storage_bucket") if bucket["name"] == imported["google_storage_bucket"]
    )
    return Needs(
        projects=[_project(stack) for stack in (shared, *others)],
        billing_account=account["billing_account"],
        organization=account.get("organization"),
        bucket=imported["google_storage_bucket"],
        location=state["location"],
        key_location=key_location,
        ring=ring,
    )


def find_api(kind: str) -> str:
    """Return the API of a resource type.

    Raises:
        BootstrapError: there is no row for it.
    """
    found = [beginning for beginning in APIS if kind.startswith(beginning)]
    if not found:
        raise BootstrapError(f"{kind}: no API is known for it; add one to {__name__}.APIS")
    return APIS[max(found, key=len)]


def _project(stack: Stack) -> Project:
    kinds = {
        kind for part in ("resource", "data") for kind in stack.template.get(part, {}) if kind.startswith("google_")
    }
    runtime = {name for kind in kinds for name in _RUNTIME_APIS.get(kind, ())}
    agents = {*_granted_agents(stack.template), *(name for kind in kinds for name in AGENTS_OF_TYPES.get(kind, ()))}
    return Project(
        id=stack.account,
        apis=sorted({"serviceusage.googleapis.com", *map(find_api, kinds), *runtime}),
        agents=[agent for name in sorted(agents) if (agent := _find_agent(name)).api],
        storage="gs-project-accounts" in agents,
    )


def _granted_agents(template: Json) -> Iterator[str]:
    own = "${data.google_project."
    yield from (
        agent
        for text in re.findall(r'"serviceAccount:service-[^"]*"', json.dumps(template))
        if own in text
        for agent in _AGENT.findall(text)
    )


def _find_agent(address: str) -> Agent:
    if address not in AGENTS:
        raise BootstrapError(f"{address}: no service is known for this agent; add it to {__name__}.AGENTS")
    return AGENTS[address]
