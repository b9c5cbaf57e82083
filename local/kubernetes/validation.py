"""Rules between fields, beyond their schemas (pkg/apis/<group>/validation of kubernetes/kubernetes)."""

import binascii
import json
import re
from base64 import b64decode
from collections.abc import Iterator, Sequence

from assembly.values import Json, at
from local.kubernetes.errors import Cause
from local.kubernetes.kinds import Kind
from local.kubernetes.selectors import matches_labels

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_SUBDOMAIN_RULE = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
_SUBDOMAIN_LENGTH = 253
# Names of these are path segments, which may hold almost anything.
_PATH_SEGMENTS = {"Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}
# Fields that are wanted though their schemas have them as optional.
_REQUIRED = {"APIService": ("spec.group", "spec.version")}
_IMMUTABLE = {
    "ClusterRoleBinding": ("roleRef",),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "Job": ("spec.template", "spec.selector", "spec.completions"),
    "ReplicaSet": ("spec.selector",),
    "RoleBinding": ("roleRef",),
    "Secret": ("type",),
    "StatefulSet": ("spec.selector", "spec.serviceName"),
}


def validate(kind: Kind, item: Json, old: Json | None) -> Sequence[Cause]:
    """Return what is wrong with an object that fits its schema.

    Args:
        kind: of the object.
        item: the object with its defaults.
        old: the object as stored; None where it is new.
    """
    causes = [*_name(kind, item)]
    if kind.definition is None:
        causes += [*_required(kind, item), *_immutable(kind, item, old), *_workload(item), *_data(kind, item)]
    return causes


def _name(kind: Kind, item: Json) -> Iterator[Cause]:
    name = item["metadata"].get("name", "")
    if not name:
        yield Cause(
            reason="FieldValueRequired",
            field="metadata.name",
            message="Required value: name or generateName is required",
        )
    elif kind.name in _PATH_SEGMENTS:
        return
    elif not _SUBDOMAIN.fullmatch(name):
        yield _invalid("metadata.name", name, _SUBDOMAIN_RULE)
    elif len(name) > _SUBDOMAIN_LENGTH:
        yield _invalid("metadata.name", name, f"must be no more than {_SUBDOMAIN_LENGTH} characters")


def _required(kind: Kind, item: Json) -> Iterator[Cause]:
    for path in _REQUIRED.get(kind.name, ()):
        if not any(at(item, path)):
            yield Cause(reason="FieldValueRequired", field=path, message="Required value")
    if kind.name == "Service" and not item["spec"].get("ports"):
        headless = item["spec"].get("clusterIP") == "None"
        if not headless and item["spec"]["type"] != "ExternalName":
            yield Cause(reason="FieldValueRequired", field="spec.ports", message="Required value")


def _immutable(kind: Kind, item: Json, old: Json | None) -> Iterator[Cause]:
    for path in _IMMUTABLE.get(kind.name, ()) if old else ():
        if list(at(item, path)) != list(at(old, path)):
            yield _invalid(path, next(at(item, path), None), "field is immutable")
    if old and old.get("immutable") and kind.name in ("ConfigMap", "Secret"):
        for part in ("data", "binaryData"):
            if item.get(part) != old.get(part):
                yield Cause(
                    reason="FieldValueForbidden",
                    field=part,
                    message="Forbidden: field is immutable when `immutable` is set",
                )


def _workload(item: Json) -> Iterator[Cause]:
    template = next(at(item, "spec.template"), None)
    if not template or "containers" not in template.get("spec", {}):
        return
    selector = item["spec"].get("selector")
    labels = template.get("metadata", {}).get("labels", {})
    if selector is not None and not matches_labels(selector, labels):
        yield _invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`")
    yield from _pod(template["spec"], "spec.template.spec")


def _pod(spec: Json, place: str) -> Iterator[Cause]:
    volumes = {volume["name"] for volume in spec.get("volumes", ())}
    if not spec["containers"]:
        yield Cause(reason="FieldValueRequired", field=f"{place}.containers", message="Required value")
    seen = set()
    for part in ("initContainers", "containers"):
        for index, container in enumerate(spec.get(part, ())):
            here = f"{place}.{part}[{index}]"
            if not container.get("image"):
                yield Cause(reason="FieldValueRequired", field=f"{here}.image", message="Required value")
            if container["name"] in seen:
                yield Cause(
                    reason="FieldValueDuplicate",
                    field=f"{here}.name",
                    message=f'Duplicate value: "{container["name"]}"',
                )
            elif not _LABEL.fullmatch(container["name"]):
                yield _invalid(f"{here}.name", container["name"], "a lowercase RFC 1123 label is wanted")
            seen.add(container["name"])
            for number, mount in enumerate(container.get("volumeMounts", ())):
                if mount["name"] not in volumes:
                    yield Cause(
                        reason="FieldValueNotFound",
                        field=f"{here}.volumeMounts[{number}].name",
                        message=f'Not found: "{mount["name"]}"',
                    )


def _data(kind: Kind, item: Json) -> Iterator[Cause]:
    if kind.name != "Secret":
        return
    for key, value in item.get("data", {}).items():
        try:
            b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            yield _invalid(f"data[{key}]", "<value>", "illegal base64 data")


def _invalid(field: str, value: Json, rule: str) -> Cause:
    return Cause(reason="FieldValueInvalid", field=field, message=f"Invalid value: {json.dumps(value)}: {rule}")
