"""Refusal of the deletion of what is still in use."""

from typing_extensions import override

from local.gcp.refusals import names
from local.gcp.refusals.rule import FailedOperation, Operation, Rule
from local.gcp.refusals.tables import rows
from local.gcp.rest.errors import Refusal

_CONNECTION = "servicenetworking.connections"
# Fields by which a database or a cache says in which network it is.
_PRODUCERS = {"redis": "authorizedNetwork", "sqladmin": "settings.ipConfiguration.privateNetwork"}


class UsedResources(Rule):
    """Rule: what others refer to stays until they are gone."""

    text = (
        "A network, backend, proxy, address, certificate or channel that others refer to, a primary with replicas and "
        "a connection with databases are not deleted."
    )
    source = (
        "terraform-google-vm issue 45; certificate pages; notificationChannels.delete; terraform-provider-google "
        'issue 16275; "Delete instances", Cloud SQL'
    )

    @override
    def check(self, operation: Operation) -> None:
        if operation.kind == _CONNECTION and operation.action == "deleteConnection":
            _check_connection(operation)
        if not operation.deletes:
            return
        if operation.kind == "sqladmin.instances":
            _check_replicas(operation)
        row = rows("used_resources").get(operation.kind) or rows("used_resources").get(f"{operation.call.api}.*")
        if row is None or operation.call.parameters.get(row.get("unless", "")) == "true":
            return
        if user := _user(operation, row["users"]):
            raise operation.refuse(row, kind=names.word(operation.kind), user=user)


def _user(operation: Operation, apis: list[str]) -> str:
    """Return the name of a resource that refers to the one of the request."""
    cloud = operation.call.cloud
    for api in apis:
        for name, stored in cloud.documents(api).list().items():
            if name == operation.name or name.startswith(f"{operation.name}/"):
                continue
            for _, _, named in names.found_in(stored.get("body", {}), cloud):
                if (named.api, named.name) == (operation.call.api, operation.name):
                    return name
    return ""


def _check_replicas(operation: Operation) -> None:
    instances = operation.call.documents.list(f"{operation.place.parent}/instances/")
    for name, stored in instances.items():
        primary = stored.get("body", {}).get("masterInstanceName", "").rpartition(":")[2]
        if primary == operation.place.short:
            raise Refusal(
                "FAILED_PRECONDITION",
                "The requested operation is not valid for the current instance: its read replica "
                f"{name.rpartition('/')[2]} must be deleted first.",
                "operationNotValid",
            )


def _check_connection(operation: Operation) -> None:
    cloud = operation.call.cloud
    wanted = names.find(operation.call.body.get("consumerNetwork", ""), cloud)
    for api, field in _PRODUCERS.items():
        for stored in cloud.documents(api).list().values():
            used = [named for path, _, named in names.found_in(stored.get("body", {}), cloud) if path == field]
            if wanted in used:
                raise FailedOperation(
                    "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still "
                    "using this connection."
                )
