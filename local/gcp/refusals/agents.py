"""Service agents: which ones a project has, and as which one an API uses a key."""

from local.gcp.refusals.tables import rows
from local.gcp.rest.calls import Cloud

_SPACE = "service agents"
DOMAIN = ".iam.gserviceaccount.com"


def made(cloud: Cloud, email: str) -> None:
    """Take note of an agent that was made on request."""
    cloud.documents(_SPACE).put(email, cloud.now())


def exists(cloud: Cloud, number: str, address: str) -> bool:
    """Return whether a project has an agent.

    Args:
        cloud: the embedded cloud.
        number: of the project.
        address: the part of the agent's address between ``@`` and ``.iam.gserviceaccount.com``.
    """
    project = cloud.by_id(f"projects/{number}")
    if cloud.documents("cloudresourcemanager").get(project) is None:
        return False
    if cloud.documents(_SPACE).get(f"service-{number}@{address}{DOMAIN}"):
        return True
    made_by = rows("agents").get(address, {}).get("exists")
    if made_by is None or cloud.documents("serviceusage").get(f"{project}/services/{made_by['api']}") is None:
        return False
    api = made_by["api"].partition(".")[0]
    kind = made_by.get("kind")
    return not kind or any(f"/{kind}/" in name for name in cloud.documents(api).list(f"{project}/"))


def of_key(api: str, field: str) -> str:
    """Return the address of the agent as which an API uses the key in a field; empty where none is known."""
    for address, row in rows("agents").items():
        if row.get("keys") == api and row.get("field", field) == field:
            return address
    return ""
