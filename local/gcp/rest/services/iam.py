"""IAM: roles that are removed stay for a week."""

from assembly.values import Json
from local.gcp.rest.calls import Call, handles
from local.gcp.rest.resources import read


@handles("iam.v1:projects.roles.delete")
def delete_role(call: Call) -> Json:
    """Mark a role as removed ("Deleting a custom role", IAM documentation)."""
    role = read(call)
    stored = call.documents.get(call.name)
    stored["outputs"]["deleted"] = True
    call.documents.put(call.name, stored)
    return role | {"deleted": True}
