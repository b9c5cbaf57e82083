"""Decoder of request bodies in protocol buffers, for the kinds that clients send so.

Helm's client for its Secrets, and kubectl's for namespaces, prefer this format (client-go 0.33, ``PrefersProtobuf``)
and take an answer in JSON.
"""

import base64
import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from assembly.values import Json

MEDIA_TYPE = "application/vnd.kubernetes.protobuf"
_MAGIC = b"k8s\0"

# Fields by number: name and type. ``[]`` before a type means a repeated field, ``{}`` a map with string keys
# (generated.proto of k8s.io/api/core/v1 and of k8s.io/apimachinery/pkg/apis/meta/v1 and pkg/runtime, release 0.33).
_MESSAGES: Mapping[str, Mapping[int, tuple[str, str]]] = {
    "Unknown": {1: ("typeMeta", "TypeMeta"), 2: ("raw", "raw")},
    "TypeMeta": {1: ("apiVersion", "string"), 2: ("kind", "string")},
    "Secret": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{}bytes"),
        3: ("type", "string"),
        4: ("stringData", "{}string"),
        5: ("immutable", "bool"),
    },
    "ConfigMap": {
        1: ("metadata", "ObjectMeta"),
        2: ("data", "{}string"),
        3: ("binaryData", "{}bytes"),
        4: ("immutable", "bool"),
    },
    "Namespace": {1: ("metadata", "ObjectMeta"), 2: ("spec", "NamespaceSpec")},
    "NamespaceSpec": {1: ("finalizers", "[]string")},
    "DeleteOptions": {
        1: ("gracePeriodSeconds", "int"),
        2: ("preconditions", "Preconditions"),
        3: ("orphanDependents", "bool"),
        4: ("propagationPolicy", "string"),
        5: ("dryRun", "[]string"),
    },
    "Preconditions": {1: ("uid", "string"), 2: ("resourceVersion", "string")},
    "ObjectMeta": {
        1: ("name", "string"),
        2: ("generateName", "string"),
        3: ("namespace", "string"),
        5: ("uid", "string"),
        6: ("resourceVersion", "string"),
        7: ("generation", "int"),
        8: ("creationTimestamp", "Time"),
        9: ("deletionTimestamp", "Time"),
        10: ("deletionGracePeriodSeconds", "int"),
        11: ("labels", "{}string"),
        12: ("annotations", "{}string"),
        13: ("ownerReferences", "[]OwnerReference"),
        14: ("finalizers", "[]string"),
    },
    "OwnerReference": {
        1: ("kind", "string"),
        3: ("name", "string"),
        4: ("uid", "string"),
        5: ("apiVersion", "string"),
        6: ("controller", "bool"),
        7: ("blockOwnerDeletion", "bool"),
    },
    "Time": {1: ("seconds", "int"), 2: ("nanos", "int")},
}


def decode(body: bytes) -> Json:
    """Return the object that a body holds, as its JSON.

    Raises:
        ValueError: the body is cut or no object in protocol buffers.
        LookupError: its kind is none of those above.
    """
    if not body.startswith(_MAGIC):
        raise ValueError("the body does not begin with the prefix of Kubernetes")
    try:
        envelope = {"typeMeta": {}, "raw": b""} | _message(body[len(_MAGIC) :], "Unknown")
        if "kind" not in envelope["typeMeta"]:
            raise ValueError("the body names no kind")
        content = _message(envelope["raw"], envelope["typeMeta"]["kind"])
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise ValueError(f"the body is cut: {error}") from error
    return envelope["typeMeta"] | content


def _message(data: bytes, name: str) -> Json:
    fields = _MESSAGES[name]
    if name == "Time":
        time = {fields[number][0]: value for number, value in _fields(data) if number in fields}
        return datetime.fromtimestamp(time.get("seconds", 0), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if time else None
    content: dict[str, Json] = {}
    for number, value in _fields(data):
        if number not in fields:
            continue
        field, kind = fields[number]
        if kind.startswith("{}"):
            entry = dict(_fields(value))
            content.setdefault(field, {})[entry.get(1, b"").decode()] = _value(entry.get(2, b""), kind[2:])
        elif kind.startswith("[]"):
            content.setdefault(field, []).append(_value(value, kind[2:]))
        else:
            content[field] = _value(value, kind)
    # Go's protocol buffers write a string that is not set as an empty one.
    return {field: value for field, value in content.items() if value not in ("", None)}


def _value(value: Json, kind: str) -> Json:
    match kind:
        case "string":
            return value.decode()
        case "bytes":
            return base64.b64encode(value).decode()
        case "bool":
            return bool(value)
        case "int" | "raw":
            return value
        case _:
            return _message(value, kind)


def _fields(data: bytes) -> Iterator[tuple[int, Json]]:
    position = 0
    while position < len(data):
        tag, position = _varint(data, position)
        value: Json
        match tag & 7:
            case 0:
                value, position = _varint(data, position)
            case 1:
                (value,), position = struct.unpack_from("<q", data, position), position + 8
            case 2:
                length, position = _varint(data, position)
                if position + length > len(data):
                    raise IndexError(f"{length} bytes are announced at {position}")
                value, position = data[position : position + length], position + length
            case 5:
                (value,), position = struct.unpack_from("<i", data, position), position + 4
            case other:
                raise ValueError(f"wire type {other} is unknown")
        yield tag >> 3, value


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if not byte & 0x80:
            return (value - (1 << 64) if value >> 63 else value), position
