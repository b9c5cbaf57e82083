"""Projects, what pays for them, and the services that are enabled in them."""

from typing import Any

from assembly.values import Json
from local.gcp.rest import operations
from local.gcp.rest.calls import Call, Place, handles
from local.gcp.rest.errors import Refusal
from local.gcp.rest.resources import read
from local.gcp.rest.verbs import below, create, page

_COMPUTE = "compute.googleapis.com"
_SERVICES = ".googleapis.com"
# Enabled in each new project ("Services enabled by default", Service Usage documentation).
_ENABLED_AT_FIRST = (
    "cloudapis.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "servicemanagement.googleapis.com",
    "serviceusage.googleapis.com",
    "storage.googleapis.com",
)
# Rules of the network that each new project has ("Pre-populated rules in the default network", VPC documentation).
_DEFAULT_RULES: dict[str, dict[str, Any]] = {
    "default-allow-icmp": {"allowed": [{"IPProtocol": "icmp"}], "sourceRanges": ["0.0.0.0/0"]},
    "default-allow-internal": {
        "allowed": [{"IPProtocol": "tcp", "ports": ["0-65535"]}],
        "sourceRanges": ["10.128.0.0/9"],
    },
    "default-allow-rdp": {"allowed": [{"IPProtocol": "tcp", "ports": ["3389"]}], "sourceRanges": ["0.0.0.0/0"]},
    "default-allow-ssh": {"allowed": [{"IPProtocol": "tcp", "ports": ["22"]}], "sourceRanges": ["0.0.0.0/0"]},
}


# Names of agents that are not made of their service's ("Service agents", IAM documentation).
_AGENTS = {
    "redis.googleapis.com": "cloud-redis",
    "sqladmin.googleapis.com": "gcp-sa-cloud-sql",
    "monitoring.googleapis.com": "gcp-sa-monitoring-notification",
}


@handles("cloudresourcemanager.v3:projects.create")
def create_project(call: Call) -> Json:
    """Make a project, with what Google enables in each."""
    operation = create(call)
    services = call.cloud.documents("serviceusage")
    project = f"projects/{call.body['projectId']}"
    for service in _ENABLED_AT_FIRST:
        services.put(f"{project}/services/{service}", {"body": {}, "outputs": {}})
    return operation


@handles(
    "cloudresourcemanager.v1:projects.delete",
    "cloudresourcemanager.v1:projects.undelete",
    "cloudresourcemanager.v3:projects.delete",
    "cloudresourcemanager.v3:projects.undelete",
)
def change_state(call: Call) -> Json:
    """Mark a project as removed, or bring it back; what is in it stays as it is."""
    read(call)
    stored: dict[str, Any] = call.documents.get(call.name) or {}
    if call.method.action == "delete":
        stored["outputs"] |= {"state": "DELETE_REQUESTED", "deleteTime": call.cloud.now()}
    else:
        stored["outputs"]["state"] = "ACTIVE"
        stored["outputs"].pop("deleteTime", None)
    call.documents.put(call.name, stored)
    return operations.start(call, read(call)) if call.method.starts_operation else {}


@handles("cloudresourcemanager.v3:projects.list", "cloudresourcemanager.v3:projects.search")
def search_projects(call: Call) -> Json:
    """Answer all projects: the embedded cloud has one owner."""
    return page(call.at("projects"), below(call.at("projects")))


@handles("cloudresourcemanager.v1:projects.get")
def get_project(call: Call) -> Json:
    """Answer a project as the older version of the API writes it."""
    return _older(read(call))


@handles("cloudresourcemanager.v1:projects.list")
def list_projects(call: Call) -> Json:
    """Answer all projects as the older version of the API writes them."""
    return page(call, [_older(each) for each in below(call)])


def _older(project: dict[str, Any]) -> dict[str, Any]:
    answer = {
        "createTime": project["createTime"],
        "lifecycleState": project["state"],
        "name": project["displayName"],
        "projectId": project["projectId"],
        "projectNumber": project["name"].partition("/")[2],
    }
    if "labels" in project:
        answer["labels"] = project["labels"]
    if "parent" in project:
        kind, _, identifier = project["parent"].partition("/")
        answer["parent"] = {"type": kind.rstrip("s"), "id": identifier}
    return answer


@handles("cloudresourcemanager.v3:organizations.get")
def get_organization(call: Call) -> Json:
    """Answer an organization: the embedded cloud knows each that is asked for."""
    return {"name": call.name, "displayName": "embedded.example", "state": "ACTIVE"}


@handles("cloudbilling.v1:billingAccounts.get")
def get_billing_account(call: Call) -> Json:
    """Answer a billing account: the embedded cloud knows each that is asked for."""
    return {"name": call.name, "displayName": "Embedded", "open": True, "currencyCode": "USD"}


@handles("cloudbilling.v1:projects.getBillingInfo")
def get_billing(call: Call) -> Json:
    """Answer which account pays for a project."""
    name = call.name.removesuffix("/billingInfo")
    kept = call.documents.get(name) or {"billingAccountName": "", "billingEnabled": False}
    return {"name": f"{name}/billingInfo", "projectId": Place(name, call.cloud).project} | kept


@handles("cloudbilling.v1:projects.updateBillingInfo")
def update_billing(call: Call) -> Json:
    """Let an account pay for a project."""
    account = call.body.get("billingAccountName", "")
    kept = {"billingAccountName": account, "billingEnabled": bool(account)}
    call.documents.put(call.name.removesuffix("/billingInfo"), kept)
    return get_billing(call)


@handles("serviceusage.v1:services.get")
def get_service(call: Call) -> Json:
    """Answer whether a service is enabled."""
    enabled = call.documents.get(call.name) is not None
    return _service(call, call.name, enabled=enabled)


@handles("serviceusage.v1:services.list")
def list_services(call: Call) -> Json:
    """Answer the services that are enabled; of the others, the embedded cloud has no list."""
    if call.parameters.get("filter") not in (None, "state:ENABLED"):
        raise Refusal(
            "INVALID_ARGUMENT",
            f"The embedded Google Cloud lists services by state:ENABLED only, not by {call.parameters['filter']}",
        )
    found = [_service(call, name, enabled=True) for name in call.documents.list(f"{call.name}/")]
    return page(call, found)


@handles("serviceusage.v1:services.batchGet")
def get_services(call: Call) -> Json:
    """Answer whether some services are enabled."""
    name = call.parameters.get("names", "")
    return {"services": [_service(call, name, enabled=call.documents.get(name) is not None)]}


@handles("serviceusage.v1:services.enable")
def enable_service(call: Call) -> Json:
    """Enable a service."""
    return operations.start(call, {"service": _enable(call, call.name)})


@handles("serviceusage.v1:services.batchEnable")
def enable_services(call: Call) -> Json:
    """Enable some services at once."""
    return operations.start(
        call, {"services": [_enable(call, f"{call.name}/{service}") for service in call.body["serviceIds"]]}
    )


@handles("serviceusage.v1:services.disable")
def disable_service(call: Call) -> Json:
    """Disable a service."""
    call.documents.delete(call.name)
    return operations.start(call, {"service": _service(call, call.name, enabled=False)})


@handles("serviceusage.v1beta1:services.generateServiceIdentity")
def generate_identity(call: Call) -> Json:
    """Make the agent of a service in a project ("Service agents", IAM documentation)."""
    place = Place(call.name, call.cloud)
    if not place.short.endswith(_SERVICES):
        raise Refusal("PERMISSION_DENIED", f"Not found or permission denied for service(s): {place.short}.")
    agent = _AGENTS.get(place.short, f"gcp-sa-{place.short.partition('.')[0]}")
    email = f"service-{place.number}@{agent}.iam.gserviceaccount.com"
    return operations.start(call, {"email": email, "uniqueId": place.digits})


def _enable(call: Call, name: str) -> Json:
    place = Place(name, call.cloud)
    if call.documents.get(name) is None and place.short == _COMPUTE:
        _make_default_network(call, place.project)
    call.documents.put(name, {"body": {}, "outputs": {}})
    return _service(call, name, enabled=True)


def _make_default_network(call: Call, project: str) -> None:
    """Make the network that a new project has, which the bootstrap removes."""
    resources = call.cloud.documents("compute")
    place = f"projects/{project}/global"
    link = f"https://www.googleapis.com/compute/v1/{place}"
    network = f"{link}/networks/default"
    outputs = {
        "kind": "compute#network",
        "name": "default",
        "selfLink": network,
        "id": Place(network, call.cloud).digits,
    }
    resources.put(f"{place}/networks/default", {"body": {"autoCreateSubnetworks": True}, "outputs": outputs})
    for name, rule in _DEFAULT_RULES.items():
        outputs = {"kind": "compute#firewall", "name": name, "selfLink": f"{link}/firewalls/{name}"}
        resources.put(f"{place}/firewalls/{name}", {"body": rule | {"network": network}, "outputs": outputs})


def _service(call: Call, name: str, *, enabled: bool) -> dict[str, Any]:
    place = Place(name, call.cloud)
    return {
        "config": {"name": place.short},
        "name": f"projects/{place.number}/services/{place.short}",
        "parent": f"projects/{place.number}",
        "state": "ENABLED" if enabled else "DISABLED",
    }
