"""Results of the bootstrap: projects, enabled APIs, and service agents with their roles."""

from collections.abc import Iterator
from functools import partial

from admin.bootstrap.gcp.needs import Project
from admin.errors import AbsentError, DeniedError
from admin.gcp.api import Api
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown

_GROUP = "bootstrap"
_ACTIVE = "ACTIVE"


def checks(needs: Needs, api: Api) -> Iterator[Check]:
    """Yield the checks of each project."""
    step = "make bootstrap CLOUD=gcp" if api.embedded else f"make bootstrap CLOUD=gcp PROJECT={needs.projects[0].id}"
    for project in needs.projects:
        yield Check(_GROUP, f"Project {project.id}", partial(_project, api, project, step))
        yield Check(_GROUP, f"APIs, {project.id}", partial(_apis, api, project, step))
        yield Check(_GROUP, f"Service agents, {project.id}", partial(_agents, api, project, step))


def _project(api: Api, project: Project, step: str) -> Answer:
    try:
        found = api.call("cloudresourcemanager.projects.get", name=f"projects/{project.id}")
    except AbsentError:
        return missing("does not exist", step)
    except DeniedError as error:
        return unknown(str(error), f"Where it does not exist yet: {step}")
    if found["state"] != _ACTIVE:
        return missing(f"is {found['state']}", f"gcloud projects undelete {project.id}, or another id in environments/")
    return fine(f"number {_number(found)}")


def _apis(api: Api, project: Project, step: str) -> Answer:
    found = api.pages(
        "serviceusage.services.list",
        "services",
        parent=f"projects/{project.id}",
        filter="state:ENABLED",
        pageSize=200,
    )
    # Named projects/<number>/services/<API>.
    enabled = {str(each["name"]).rpartition("/")[2] for each in found}
    absent = [name for name in project.apis if name not in enabled]
    if not absent:
        return fine(f"all {len(project.apis)} are enabled")
    return missing(f"not enabled: {', '.join(absent)}", step)


def _agents(api: Api, project: Project, step: str) -> Answer:
    number = _number(api.call("cloudresourcemanager.projects.get", name=f"projects/{project.id}"))
    policy = api.call("cloudresourcemanager.projects.getIamPolicy", resource=f"projects/{project.id}")
    granted = {
        (str(member), str(binding["role"]))
        for binding in policy.get("bindings", ())
        # A grant with a condition is not the one that the bootstrap makes.
        if "condition" not in binding
        for member in binding.get("members", ())
    }
    needed = {(agent.member(number), agent.role) for agent in project.agents if agent.role}
    absent = sorted(role for member, role in needed if (member, role) not in granted)
    if not absent:
        return fine(f"{len(needed)} have their roles")
    return missing(f"without their roles: {', '.join(absent)}", step)


def _number(project: dict[str, str]) -> str:
    """Return the number of a project, which the API has in its name."""
    return str(project["name"]).rpartition("/")[2]
