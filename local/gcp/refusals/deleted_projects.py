"""Refusal of requests to a project that was deleted."""

import datetime

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest import forms
from local.gcp.rest.errors import Refusal

_DAYS = 30


class DeletedProjects(Rule):
    """Rule: a deleted project answers nothing; it can be brought back for 30 days, and its id is never free."""

    text = (
        "In a deleted project everything is refused. For 30 days it can be read and brought back, later no more. Its "
        "id is never free."
    )
    source = (
        '"Shut down projects", Resource Manager documentation; methods projects.delete and undelete; terraformer issue '
        "593; terraform-provider-google issue 10267"
    )

    @override
    def check(self, operation: Operation) -> None:
        call = operation.call
        project = call.cloud.documents("cloudresourcemanager").get(f"projects/{operation.project}")
        if project is None or project["outputs"]["state"] == "ACTIVE":
            if call.api == "cloudresourcemanager" and operation.action == "undelete" and project:
                raise Refusal("FAILED_PRECONDITION", "Precondition check failed.", "failedPrecondition")
            return
        if call.api != "cloudresourcemanager":
            raise Refusal("PERMISSION_DENIED", f"Project {operation.project} has been deleted.", "forbidden")
        if operation.creates:
            raise Refusal("ALREADY_EXISTS", "Requested entity already exists", "alreadyExists")
        deleted = datetime.datetime.fromisoformat(project["outputs"]["deleteTime"])
        if call.cloud.time() >= deleted + datetime.timedelta(days=_DAYS):
            raise forms.absent(call)
        if operation.action not in ("get", "undelete"):
            raise Refusal("FAILED_PRECONDITION", "Precondition check failed.", "failedPrecondition")
