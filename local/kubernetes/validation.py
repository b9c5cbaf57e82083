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
_LABEL_LENGTH = 63
_LABEL_RULE = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with "
    "an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")
_LABEL_VALUE_RULE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_CONFIG_KEY_RULE = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or "
    "'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
_DATA_BYTES = 1024**2
# Kinds whose names are labels: a part of a DNS name.
_LABEL_NAMES = {"Namespace", "Service"}
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
    causes = [*_name(kind, item), *_labels(item["metadata"], "metadata")]
    if kind.definition is None:
        causes += [*_required(kind, item), *_immutable(kind, item, old), *_workload(item)]
        causes += [*_data(kind, item), *_definition(kind, item)]
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
        if name in (".", "..") or "/" in name or "%" in name:
            yield _invalid("metadata.name", name, "may not be '.' or '..', nor contain '/' or '%'")
    elif kind.name in _LABEL_NAMES:
        if not _LABEL.fullmatch(name) or len(name) > _LABEL_LENGTH:
            yield _invalid("metadata.name", name, _LABEL_RULE)
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


def _labels(metadata: Json, place: str) -> Iterator[Cause]:
    for value in metadata.get("labels", {}).values():
        if not _LABEL_VALUE.fullmatch(value):
            yield _invalid(f"{place}.labels", value, _LABEL_VALUE_RULE)
        elif len(value) > _LABEL_LENGTH:
            yield _invalid(f"{place}.labels", value, f"must be no more than {_LABEL_LENGTH} characters")


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
    yield from _labels(template.get("metadata", {}), "spec.template.metadata")
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
            elif not _LABEL.fullmatch(container["name"]) or len(container["name"]) > _LABEL_LENGTH:
                yield _invalid(f"{here}.name", container["name"], _LABEL_RULE)
            seen.add(container["name"])
            for number, mount in enumerate(container.get("volumeMounts", ())):
                if mount["name"] not in volumes:
                    yield Cause(
                        reason="FieldValueNotFound",
                        field=f"{here}.volumeMounts[{number}].name",
                        message=f'Not found: "{mount["name"]}"',
                    )


def _data(kind: Kind, item: Json) -> Iterator[Cause]:
    if kind.name not in ("ConfigMap", "Secret"):
        return
    encoded = item.get("data" if kind.name == "Secret" else "binaryData", {})
    size = 0
    for part in ("data", "binaryData"):
        for key, value in item.get(part, {}).items():
            if not _CONFIG_KEY.fullmatch(key):
                yield _invalid(f"{part}[{key}]", key, _CONFIG_KEY_RULE)
            try:
                size += len(b64decode(value, validate=True) if key in encoded else value.encode())
            except (binascii.Error, ValueError):
                yield _invalid(f"{part}[{key}]", "<value>", "illegal base64 data")
    if size > _DATA_BYTES:
        message = f"Too long: may not be more than {_DATA_BYTES} bytes"
        yield Cause(reason="FieldValueTooLong", field="data", message=message)


def _definition(kind: Kind, item: Json) -> Iterator[Cause]:
    if kind.name != "CustomResourceDefinition":
        return
    spec = item["spec"]
    name = f"{spec['names']['plural']}.{spec['group']}"
    if item["metadata"].get("name") != name:
        yield _invalid("metadata.name", item["metadata"].get("name"), 'must be spec.names.plural+"."+spec.group')
    stored = [version["name"] for version in spec["versions"] if version["storage"]]
    if len(stored) != 1:
        yield _invalid("spec.versions", stored, "must have exactly one version marked as storage version")
    for index, version in enumerate(spec["versions"]):
        if not version.get("schema", {}).get("openAPIV3Schema"):
            field = f"spec.versions[{index}].schema.openAPIV3Schema"
            yield Cause(reason="FieldValueRequired", field=field, message="Required value: schemas are required")


def _invalid(field: str, value: Json, rule: str) -> Cause:
    return Cause(reason="FieldValueInvalid", field=field, message=f"Invalid value: {json.dumps(value)}: {rule}")
