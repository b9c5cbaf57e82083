"""Refusal of references to what is not there."""

import re
from collections.abc import Iterator

from typing_extensions import override

from local.gcp.refusals import names
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.refusals.tables import rows
from local.gcp.rest import forms

# Of a project, not of a service.
_ACCOUNT = re.compile(r"[a-z][-a-z0-9]{4,28}[a-z0-9]@([a-z][-a-z0-9]{4,28}[a-z0-9])\.iam\.gserviceaccount\.com")
_ACCOUNT_FIELDS = ("serviceAccount", "serviceAccountEmail")
# Keys have a rule of their own; the destination of a sink is looked up when it writes ("Route logs", Cloud Logging).
_ELSEWHERE = {("cloudkms", "cryptoKeys")}
# Fields that have the last part of a name only ("Connection", Service Networking; "Cluster", GKE API reference).
_SHORT = {
    ("servicenetworking.connections", "reservedPeeringRanges"): "projects/{project}/global/addresses/{text}",
    ("container.clusters", "cluster.network"): "projects/{project}/global/networks/{text}",
    ("container.clusters", "cluster.subnetwork"): "projects/{project}/regions/{location}/subnetworks/{text}",
}
_UNCHECKED = {("logging.sinks", "destination")}


class References(Rule):
    """Rule: what a request refers to exists, as does the resource that shall hold a new one."""

    text = "A reference to a resource that is not there, and a resource in a parent that is not there, are refused."
    source = 'google/anthos-microk8s issue 1; "Standard methods: Create" (AIP-133) for parents'

    @override
    def check(self, operation: Operation) -> None:
        call = operation.call
        if operation.creates or operation.on_policy or operation.action == "list":
            _check_holder(operation)
        if operation.reads or operation.deletes or operation.on_policy:
            return
        for path, text, named in _references(operation):
            if (
                (operation.kind, path) not in _UNCHECKED
                and named.name != operation.name
                and not named.exists(call.cloud)
            ):
                table = rows("references")
                row = table.get(named.kind) or table.get(call.api) or table["other"]
                last = named.name.rpartition("/")[2]
                raise operation.refuse(
                    row, field=path, value=text, target=named.name, last=last, kind=names.word(named.kind)
                )


def _references(operation: Operation) -> Iterator[tuple[str, str, names.Named]]:
    cloud = operation.call.cloud
    for path, text in names.texts(dict(operation.call.body)):
        short = "" if "/" in text else _SHORT.get((operation.kind, path.partition("[")[0]), "")
        whole = short.format(project=operation.project, location=operation.place.location, text=text) or text
        if path.rpartition(".")[2] in _ACCOUNT_FIELDS and (account := _ACCOUNT.fullmatch(text)):
            yield path, text, names.Named("iam", "serviceAccounts", f"projects/{account[1]}/serviceAccounts/{text}")
        elif (named := names.find(whole, cloud)) and (named.api, named.kind) not in _ELSEWHERE:
            yield path, text, named


def _check_holder(operation: Operation) -> None:
    """Refuse to make or list resources in one that is not there, and the policy of one that is not there."""
    call = operation.call
    holder = call.name.rpartition("/")[0] if operation.action == "list" else operation.place.parent
    if operation.on_policy:
        holder = call.name.removesuffix("/iam")
    named = names.find(holder, call.cloud)
    if named and not named.exists(call.cloud):
        raise forms.absent(call.at(named.name))
