"""Refusal of changes by somebody who has read an older version, where a version is more than an etag."""

from typing_extensions import override

from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest import forms
from local.gcp.rest.resources import view


class StaleSettings(Rule):
    """Rule: the version of a Cloud SQL instance's settings and of a bucket's metadata must be the current one."""

    text = "A change with an older settings version (Cloud SQL) or metageneration (Cloud Storage) is refused."
    source = 'settingsVersion, Cloud SQL Admin API reference; "Request preconditions", Cloud Storage documentation'

    @override
    def check(self, operation: Operation) -> None:
        if operation.reads or operation.creates or not operation.stored:
            return
        if operation.kind == "sqladmin.instances":
            sent = operation.body.get("settings", {}).get("settingsVersion")
            shown = view(operation.call, operation.stored)
            if sent not in (None, "0", shown["settings"]["settingsVersion"]):
                raise forms.stale(operation.call, "settingsVersion")
        if operation.kind == "storage.buckets":
            sent = operation.call.parameters.get("ifMetagenerationMatch")
            if sent not in (None, operation.stored["outputs"].get("metageneration")):
                raise forms.stale(operation.call, "metageneration")
