"""IAM policies as rules ask them: whether an identity has a role on a resource or on what holds it."""

from collections.abc import Iterator

from local.gcp.refusals.names import Named
from local.gcp.rest.calls import Cloud, Place


def has_role(cloud: Cloud, member: str, role: str, target: Named) -> bool:
    """Return whether a policy of a resource, of what holds it, or of its project grants a role."""
    return any(
        member in binding.get("members", ()) and binding["role"] == role
        for api, name in _holders(cloud, target)
        for binding in (cloud.documents(api, "policies").get(name) or {}).get("bindings", ())
    )


def has_role_in_project(cloud: Cloud, member: str, role: str, project: str) -> bool:
    """Return whether the policy of a project grants a role."""
    return has_role(cloud, member, role, Named("cloudresourcemanager", "projects", f"projects/{project}"))


def _holders(cloud: Cloud, target: Named) -> Iterator[tuple[str, str]]:
    name = target.name
    while name.count("/") > 1:
        yield target.api, name
        name = name.rsplit("/", 2)[0]
    yield "cloudresourcemanager", f"projects/{Place(target.name, cloud).project}"
