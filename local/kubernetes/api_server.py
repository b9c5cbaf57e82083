"""API server of one cluster: the verbs on its objects."""

import secrets
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import yaml

from assembly.values import Json
from local.kubernetes import admission, controllers, patches
from local.kubernetes.defaults import derive
from local.kubernetes.errors import (
    Cause,
    already_exists,
    bad_request,
    conflict,
    forbidden,
    invalid,
    not_found,
    unsupported_media_type,
)
from local.kubernetes.kinds import Kind, built_in, built_in_kind, custom
from local.kubernetes.objects import Objects
from local.kubernetes.schemas import Faults, Schemas
from local.kubernetes.validation import validate

_EXTENSIONS: Sequence[Json] = yaml.safe_load(Path(__file__).with_name("extensions.yaml").read_text())
_SYSTEM_NAMESPACES = ("kube-node-lease", "kube-public", "kube-system", "default")
# pkg/controlplane/apiserver of kubernetes/kubernetes, "immortal namespaces"
_IMMORTAL = {"default", "kube-public", "kube-system"}
# Fields of the metadata that no client sets.
_SERVER_SET = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_SUFFIX = "bcdfghjklmnpqrstvwxz2456789"  # k8s.io/apimachinery/pkg/util/rand


# Refuses, by a StatusError, an object that a client makes or changes: the kind, the object, and the one before it.
Admission = Callable[[Kind, Json, Json | None], None]


class ApiServer:
    """API server of one cluster.

    Args:
        admission: what a managed cluster refuses beyond Kubernetes.

    Attributes:
        objects: what is stored.
        schemas: of its release.
        warnings: what the last request is told beside its answer.
    """

    def __init__(self, objects: Objects, schemas: Schemas, admission: Sequence[Admission] = ()) -> None:
        self.objects = objects
        self.schemas = schemas
        self._admission = admission
        self._inside = 0  # depth of changes that controllers make, which no admission sees
        self.warnings: list[str] = []
        self._custom_kinds: list[Kind] | None = None
        self._inside += 1
        last = self.objects.get(built_in_kind("Namespace"), "", _SYSTEM_NAMESPACES[-1])
        if last is None:
            self._install()
        else:  # what an end in the middle of a change has left
            for kind in self.kinds():
                for item in list(self.objects.list(kind)):
                    controllers.reconcile(self, kind, item)
        self._inside -= 1

    def _install(self) -> None:
        """Make what a new cluster has."""
        definitions = built_in_kind("CustomResourceDefinition")
        for each in _EXTENSIONS:
            if self.objects.get(definitions, "", each["metadata"]["name"]) is None:
                self.create(definitions, "", each)
        for name in _SYSTEM_NAMESPACES:
            if self.objects.get(built_in_kind("Namespace"), "", name) is None:
                self.create(built_in_kind("Namespace"), "", {"metadata": {"name": name}})

    def kinds(self) -> Sequence[Kind]:
        """Return all that it serves now."""
        if self._custom_kinds is None:
            definitions = self.objects.list(built_in_kind("CustomResourceDefinition"))
            self._custom_kinds = [kind for each in definitions for kind in custom(each)]
        return [*built_in(), *self._custom_kinds]

    def create(self, kind: Kind, namespace: str, body: Json, options: Mapping[str, str] | None = None) -> Json:
        """Make an object, and return it.

        Raises:
            StatusError: it exists, its namespace does not, or its fields are refused.
        """
        options = options or {}
        item = _identified(kind, namespace, body)
        metadata = item["metadata"]
        if not metadata.get("name") and metadata.get("generateName"):
            metadata["name"] = metadata["generateName"] + "".join(secrets.choice(_SUFFIX) for _ in range(5))
        if namespace and self.objects.get(built_in_kind("Namespace"), "", namespace) is None:
            raise not_found("namespaces", namespace)
        if metadata.get("name") and self.objects.get(kind, namespace, metadata["name"]):
            raise already_exists(kind.resource, metadata["name"])
        item = self._admit(kind, item, None, options)
        if "status" in kind.subresources:
            item.pop("status", None)
        for each in _SERVER_SET:
            item["metadata"].pop(each, None)
        item["metadata"] |= {"uid": str(uuid.uuid4()), "creationTimestamp": now()}
        if self._counts_generations(kind):
            item["metadata"]["generation"] = 1
        if options.get("dryRun"):
            return item
        return self._store(kind, item)

    def get(self, kind: Kind, namespace: str, name: str) -> Json:
        """Return an object.

        Raises:
            StatusError: there is none.
        """
        item = self.objects.get(kind, namespace, name)
        if item is None:
            raise not_found(kind.resource, name)
        return item

    def update(  # noqa: PLR0917
        self, kind: Kind, namespace: str, name: str, body: Json, options: Mapping[str, str], subresource: str = ""
    ) -> Json:
        """Replace an object, or its status, and return it.

        Raises:
            StatusError: there is none, another version is stored, or its fields are refused.
        """
        old = self.get(kind, namespace, name)
        item = _identified(kind, namespace, body)
        metadata = item["metadata"]
        if isinstance(metadata.get("name"), str) and metadata["name"] != name:  # another type is refused as such
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
            )
        if "resourceVersion" not in metadata and kind.definition is not None:
            cause = "Invalid value: 0x0: must be specified for an update"
            field = "metadata.resourceVersion"
            raise invalid(kind.qualified_name, name, [Cause(reason="FieldValueInvalid", field=field, message=cause)])
        if metadata.get("resourceVersion", old["metadata"]["resourceVersion"]) != old["metadata"]["resourceVersion"]:
            raise conflict(
                kind.resource,
                name,
                "the object has been modified; please apply your changes to the latest version and try again",
            )
        if metadata.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
            raise conflict(
                kind.resource,
                name,
                f"Precondition failed: UID in precondition: {metadata['uid']}, UID in object meta: "
                f"{old['metadata']['uid']}",
            )
        if subresource == "status":
            item = old | {"status": item.get("status", {})}
        elif "status" in kind.subresources:
            item = {key: value for key, value in item.items() if key != "status"} | _part(old, "status")
        return self._replace(kind, old, item, options)

    def _replace(self, kind: Kind, old: Json, item: Json, options: Mapping[str, str]) -> Json:
        item = self._admit(kind, item, old, options)
        kept = {
            key: old["metadata"][key]
            for key in ("uid", "creationTimestamp", "generation", "deletionTimestamp", "resourceVersion")
            if key in old["metadata"]
        }
        item["metadata"] = {"name": old["metadata"]["name"], **item["metadata"], **kept}
        if item == old or options.get("dryRun"):
            return item
        if "generation" in kept and _desired(item) != _desired(old):
            item["metadata"]["generation"] += 1
        if "deletionTimestamp" in kept and not item["metadata"].get("finalizers"):
            self._remove(kind, item)
            return item
        return self._store(kind, item)

    def patch(  # noqa: PLR0917
        self,
        kind: Kind,
        namespace: str,
        name: str,
        media_type: str,
        body: Json,
        options: Mapping[str, str],
        subresource: str = "",
    ) -> Json:
        """Patch an object, and return it.

        Raises:
            StatusError: there is none, or the patch or its result is refused.
        """
        if media_type == patches.APPLY:
            return self._apply(kind, namespace, name, body, options, subresource)
        old = self.get(kind, namespace, name)
        change = self._patches(kind).get(media_type)
        if change is None:
            raise unsupported_media_type([*self._patches(kind), patches.APPLY])
        return self.update(kind, namespace, name, change(old, body), options, subresource)

    def _patches(self, kind: Kind) -> Mapping[str, Callable[[Json, Json], Json]]:
        known: dict[str, Callable[[Json, Json], Json]] = {
            patches.JSON: patches.json_patch,
            patches.MERGE: patches.merge_patch,
        }
        if kind.definition is None:  # custom resources have no strategic merge patch
            known[patches.STRATEGIC] = lambda item, patch: patches.strategic_merge_patch(
                self.schemas, self.schemas.of(kind), item, patch
            )
        return known

    def _apply(  # noqa: PLR0917
        self, kind: Kind, namespace: str, name: str, body: Json, options: Mapping[str, str], subresource: str
    ) -> Json:
        manager = options.get("fieldManager")
        if not manager:
            raise bad_request(
                "PatchOptions.meta.k8s.io is invalid: fieldManager: Required value: is required for apply patch"
            )
        self._decode(kind, body)
        old = self.objects.get(kind, namespace, name)
        applied = self.objects.applied(kind, namespace, name)
        if old is None:
            item = self.create(kind, namespace, body, options)
        else:
            schema = self.schemas.of(kind)
            merged = patches.apply_patch(self.schemas, schema, old, applied.get(manager), body)
            item = self.update(kind, namespace, name, merged, options, subresource)
        if not options.get("dryRun"):
            self.objects.put_applied(kind, namespace, name, {**applied, manager: body})
        return item

    def delete(self, kind: Kind, namespace: str, name: str, delete_options: Json) -> Json:
        """Delete an object with all that stands in it or belongs to it, and return the answer.

        Raises:
            StatusError: there is none, or a precondition does not hold.
        """
        item = self.get(kind, namespace, name)
        if kind.name == "Namespace" and name in _IMMORTAL:
            raise forbidden(kind.resource, name, "this namespace may not be deleted")
        for key, wanted in (delete_options.get("preconditions") or {}).items():
            if item["metadata"].get(key) != wanted:
                raise conflict(
                    kind.resource, name, f"the {key} in the precondition ({wanted}) does not match the object's"
                )
        if not delete_options.get("dryRun"):
            if item["metadata"].get("finalizers"):
                if "deletionTimestamp" not in item["metadata"]:
                    metadata = item["metadata"] | {"deletionTimestamp": now(), "deletionGracePeriodSeconds": 0}
                    item = self._store(kind, item | {"metadata": metadata})
                return item
            self._remove(kind, item, orphan=delete_options.get("propagationPolicy") == "Orphan")
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Success",
            "details": {"name": name, "group": kind.group, "kind": kind.plural, "uid": item["metadata"]["uid"]},
        }

    def set_status(self, kind: Kind, item: Json, status: Json) -> Json:
        """Write what a controller found out, where it is new."""
        return item if item.get("status") == status else self._store(kind, item | {"status": status})

    def _remove(self, kind: Kind, item: Json, *, orphan: bool = False) -> None:
        self.objects.delete(kind, item)
        if kind.name == "CustomResourceDefinition":
            for each in custom(item):
                for resource in list(self.objects.list(each)):
                    self.objects.delete(each, resource)
        self._changed(kind)
        name, uid = item["metadata"]["name"], item["metadata"]["uid"]
        for other in self.kinds():
            for each in list(self.objects.list(other)):
                metadata = each["metadata"]
                owned = any(owner["uid"] == uid for owner in metadata.get("ownerReferences", ()))
                if (kind.name == "Namespace" and metadata.get("namespace") == name) or (owned and not orphan):
                    self._remove(other, each)

    def _store(self, kind: Kind, item: Json) -> Json:
        item = self.objects.put(kind, item)
        self._changed(kind)
        self._inside += 1
        try:
            controllers.reconcile(self, kind, item)
        finally:
            self._inside -= 1
        return item

    def _counts_generations(self, kind: Kind) -> bool:
        """Return whether changes are counted: those of a desired state, but not in the core group."""
        return kind.definition is not None or bool(kind.group and {"spec", "webhooks"} & set(self._fields(kind)))

    def _fields(self, kind: Kind) -> Collection[str]:
        fields: Collection[str] = self.schemas.resolve(self.schemas.of(kind)).get("properties", {})
        return fields

    def _changed(self, kind: Kind) -> None:
        if kind.name == "CustomResourceDefinition":
            self._custom_kinds = None

    def _decode(self, kind: Kind, item: Json) -> tuple[Json, Faults]:
        """Return an object with its defaults, and its faults.

        Raises:
            StatusError: it has values of other types than its fields take.
        """
        if kind.definition is None and "spec" in self._fields(kind) and item.get("spec") is None:
            item = item | {"spec": {}}  # Go's value of a struct that is not set
        item, faults = self.schemas.clean(kind, item)
        if faults.undecodable:
            raise bad_request(
                f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: {faults.undecodable[0]}'
            )
        wrong = [cause for cause in faults.causes if cause.reason == "FieldValueTypeInvalid"]
        if wrong:
            raise invalid(kind.qualified_name, str(item["metadata"].get("name", "")), wrong)
        return item, faults

    def _admit(self, kind: Kind, item: Json, old: Json | None, options: Mapping[str, str]) -> Json:
        """Return an object as it is stored: decoded, defaulted and validated.

        Raises:
            StatusError: it cannot be decoded, or its fields are refused.
        """
        item, faults = self._decode(kind, item)
        unknown = [f'unknown field "{path}"' for path in faults.unknown]
        if unknown and options.get("fieldValidation") == "Strict":
            raise bad_request(
                f'{kind.name} in version "{kind.version}" cannot be handled as a {kind.name}: strict decoding error: '
                f"{', '.join(unknown)}"
            )
        if options.get("fieldValidation") != "Ignore":
            self.warnings += unknown
        causes: Sequence[Cause] = faults.causes
        if not causes:
            derive(kind, item, list(self.objects.list(kind)))
            causes = validate(kind, item, old)
        if causes:
            raise invalid(kind.qualified_name, item["metadata"].get("name", ""), causes)
        if not self._inside:
            self.warnings += admission.check(self.objects, kind, item, old)
            for refuse in self._admission:
                refuse(kind, item, old)
        return item


def now() -> str:
    """Return the time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _identified(kind: Kind, namespace: str, body: Json) -> Json:
    """Return a body with the kind, version and namespace that its path has.

    Raises:
        StatusError: it names others.
    """
    if not isinstance(body, dict) or not isinstance(body.get("metadata", {}), dict | None):
        raise bad_request("the object provided is unrecognized: it is no object of Kubernetes")
    given = (body.get("apiVersion") or kind.api_version, body.get("kind") or kind.name)
    if given != (kind.api_version, kind.name):
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind.name}): it is a {given[1]} of {given[0]}"
        )
    metadata = dict(body.get("metadata") or {})
    named = metadata.setdefault("namespace", namespace) if kind.namespaced else namespace
    if isinstance(named, str) and named != namespace:  # another type is refused as such
        raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
    return body | {"apiVersion": kind.api_version, "kind": kind.name, "metadata": metadata}


def _desired(item: Json) -> Json:
    return {key: value for key, value in item.items() if key not in ("metadata", "status")}


def _part(item: Json, key: str) -> Json:
    return {key: item[key]} if key in item else {}
