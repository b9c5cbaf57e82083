"""Refusal of changes by somebody who has read an older version."""

from collections.abc import Iterator
from typing import Any

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest import forms
from local.gcp.rest.resources import VERSIONS, view


class StaleSettings(Rule):
    """Rule: a version that is sent must be the current one: of a resource, of settings, of a bucket's metadata."""

    text = "A change with an older settings version (Cloud SQL) or metageneration (Cloud Storage) is refused."
    source = 'settingsVersion, Cloud SQL Admin API reference; "Request preconditions", Cloud Storage documentation'

    @override
    def check(self, operation: Operation) -> None:
        if operation.reads or operation.creates or operation.on_policy or not operation.stored:
            return
        shown = view(operation.call, operation.stored) if "outputs" in operation.stored else operation.stored
        for key, sent in _versions(operation):
            if key in shown and sent != shown[key]:
                raise forms.stale(operation.call, key)
        if operation.kind == "sqladmin.instances":
            sent = operation.body.get("settings", {}).get("settingsVersion")
            if sent not in (None, "0", shown["settings"]["settingsVersion"]):
                raise forms.stale(operation.call, "settingsVersion")
        if operation.kind == "storage.buckets":
            sent = operation.call.parameters.get("ifMetagenerationMatch")
            if sent not in (None, operation.stored["outputs"].get("metageneration")):
                raise forms.stale(operation.call, "metageneration")


def _versions(operation: Operation) -> Iterator[tuple[str, Any]]:
    """Yield the versions that a request holds: of the resource, of a part that it changes, of the query."""
    call = operation.call
    for part in (operation.body, call.body, call.body.get("update", {}), call.parameters):
        yield from ((key, part[key]) for key in VERSIONS if part.get(key))
