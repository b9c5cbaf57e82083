"""Keys of a vault. What a key would encrypt is not here, so of its pair only the public part is kept."""

import base64
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from assembly.values import Json
from local.azure.arm.errors import Refusal
from local.azure.vault.calls import Call, found
from local.azure.vault.objects import Objects
from local.proxy.api import Response

KEYS = Objects("key")
_POLICIES = "rotation policies"
_SIZES = (2048, 3072, 4096)
_CURVES: Mapping[str, type[ec.EllipticCurve]] = {
    "P-256": ec.SECP256R1,
    "P-256K": ec.SECP256K1,
    "P-384": ec.SECP384R1,
    "P-521": ec.SECP521R1,
}
# "About keys", key operations; a key has all of its type where none is asked for.
_OPERATIONS = {"RSA": ["encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"], "EC": ["sign", "verify"]}


def answer(call: Call, rest: str) -> Json | Response:
    """Answer a request about keys.

    Args:
        call: about the key.
        rest: what follows the key's name: ``create``, ``rotate``, ``rotationpolicy``, ``versions``, or nothing.
    """
    match call.request.method, rest:
        case "POST", "create":
            call.require("keys/create/action", f"keys/{call.name}")
            return _shown(KEYS.add(call, _made(call)))
        case "POST", "rotate":
            call.require("keys/rotate/action", f"keys/{call.name}")
            kept = KEYS.version(call)
            return _shown(KEYS.add(call, {**_pair(kept["key"]), "tags": kept.get("tags", {})}))
        case "GET" | "PUT", "rotationpolicy":
            return _policy(call)
        case "GET", "versions":
            call.require("keys/read", f"keys/{call.name}")
            stored = found(KEYS.stored(call), call, "key")
            return {"value": [_listed(each) for each in stored["versions"].values()]}
        case "GET", "" if not call.name:
            call.require("keys/read", "keys")
            return {"value": [_listed(each) for each in KEYS.newest(call)]}
        case "GET", "":
            call.require("keys/read", f"keys/{call.name}")
            return _shown(KEYS.version(call))
        case "PATCH", "":
            call.require("keys/update/action", f"keys/{call.name}")
            return _shown(_changed(call))
        case "DELETE", "":
            call.require("keys/delete", f"keys/{call.name}")
            return KEYS.shown_deleted(call, KEYS.delete(call), _shown)
    raise Refusal(405, "MethodNotAllowed", f"{call.request.method} is no operation on keys/{call.name}/{rest}.")


def answer_deleted(call: Call, rest: str) -> Json | Response:
    """Answer a request about deleted keys."""
    return KEYS.answer_deleted(call, rest, read="keys/read", shown=_shown)


def _made(call: Call) -> Mapping[str, Any]:
    kind = str(call.body.get("kty", "")).removesuffix("-HSM")
    if kind not in _OPERATIONS:
        raise Refusal(400, "BadParameter", f"Property kty has invalid value {call.body.get('kty')!r}.")
    wanted = {"kty": kind, "size": call.body.get("key_size", 2048), "crv": call.body.get("crv", "P-256")}
    made = _pair({**wanted, "key_ops": call.body.get("key_ops") or _OPERATIONS[kind]})
    return {**made, "attributes": call.body.get("attributes", {}), "tags": call.body.get("tags", {})}


def _pair(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Return the public part of a new pair, like an earlier one or as a request has it."""
    if wanted["kty"] == "RSA":
        size = wanted.get("size") or len(base64.urlsafe_b64decode(wanted["n"] + "==")) * 8
        if size not in _SIZES:
            raise Refusal(
                400, "BadParameter", f"Property key_size has invalid value {size}; allowed are 2048, 3072, 4096."
            )
        numbers = rsa.generate_private_key(public_exponent=65537, key_size=size).public_key().public_numbers()
        public: dict[str, Any] = {"n": _number(numbers.n), "e": _number(numbers.e)}
    else:
        curve = _CURVES.get(wanted["crv"])
        if curve is None:
            raise Refusal(400, "BadParameter", f"Property crv has invalid value {wanted['crv']!r}.")
        point = ec.generate_private_key(curve()).public_key().public_numbers()
        public = {"crv": wanted["crv"], "x": _number(point.x), "y": _number(point.y)}
    return {"key": {"kty": wanted["kty"], "key_ops": wanted["key_ops"], **public}}


def _changed(call: Call) -> Json:
    change: dict[str, Any] = {key: call.body[key] for key in ("attributes", "tags") if key in call.body}
    if operations := call.body.get("key_ops"):
        change["key"] = {**KEYS.version(call)["key"], "key_ops": operations}
    return KEYS.change(call, change)


def _policy(call: Call) -> Json:
    """Answer a key's rotation policy; without one, a key notifies 30 days before it expires ("Configure rotation")."""
    policies = call.vault.documents(_POLICIES)
    if call.request.method == "PUT":
        call.require("keyrotationpolicies/write", f"keys/{call.name}")
        KEYS.version(call)
        kept = policies.get(call.key)
        created = kept["attributes"]["created"] if kept else call.now()
        attributes = {**call.body.get("attributes", {}), "created": created, "updated": call.now()}
        policies.put(call.key, {"lifetimeActions": call.body.get("lifetimeActions") or [], "attributes": attributes})
    else:
        call.require("keyrotationpolicies/read", f"keys/{call.name}")
        KEYS.version(call)
    notify = [{"trigger": {"timeBeforeExpiry": "P30D"}, "action": {"type": "Notify"}}]
    found_policy = policies.get(call.key) or {"lifetimeActions": notify, "attributes": {}}
    return {"id": f"{call.vault.url}/keys/{call.name}/rotationpolicy", **found_policy}


def _shown(made: Json) -> Json:
    return {
        "key": {"kid": made["id"], **made["key"]},
        "attributes": {**made["attributes"], "exportable": False},
        "tags": made.get("tags") or {},
    }


def _listed(made: Json) -> Json:
    return {"kid": made["id"], "attributes": made["attributes"], "tags": made.get("tags") or {}}


def _number(value: int) -> str:
    return base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
