"""Secrets of a vault. Their values lie in the state of the embedded Azure, which only its user reads."""

from assembly.values import Json
from local.azure.arm.errors import Refusal
from local.azure.vault.calls import Call, found
from local.azure.vault.objects import Objects
from local.proxy.api import Response

SECRETS = Objects("secret")
# "About Azure Key Vault secrets": 25 kB.
_BYTES = 25 * 1024


def answer(call: Call, rest: str) -> Json | Response:
    """Answer a request about secrets.

    Args:
        call: about the secret.
        rest: what follows the secret's name: ``versions``, or nothing.
    """
    match call.request.method, rest:
        case "PUT", "":
            call.require("secrets/setSecret/action", f"secrets/{call.name}")
            return SECRETS.add(call, _made(call))
        case "GET", "versions":
            call.require("secrets/readMetadata/action", f"secrets/{call.name}")
            stored = found(SECRETS.stored(call), call, "secret")
            return {"value": [_listed(each) for each in stored["versions"].values()]}
        case "GET", "" if not call.name:
            call.require("secrets/readMetadata/action", "secrets")
            return {"value": [_listed(each) for each in SECRETS.newest(call)]}
        case "GET", "":
            call.require("secrets/getSecret/action", f"secrets/{call.name}")
            return SECRETS.version(call)
        case "PATCH", "":
            call.require("secrets/update/action", f"secrets/{call.name}")
            change = {key: call.body[key] for key in ("attributes", "contentType", "tags") if key in call.body}
            return _listed(SECRETS.change(call, change))
        case "DELETE", "":
            call.require("secrets/delete", f"secrets/{call.name}")
            return SECRETS.shown_deleted(call, SECRETS.delete(call), _listed)
    raise Refusal(405, "MethodNotAllowed", f"{call.request.method} is no operation on secrets/{call.name}/{rest}.")


def answer_deleted(call: Call, rest: str) -> Json | Response:
    """Answer a request about deleted secrets."""
    return SECRETS.answer_deleted(call, rest, read="secrets/readMetadata/action", shown=_listed)


def _made(call: Call) -> Json:
    value = call.body.get("value")
    if not isinstance(value, str):
        raise Refusal(400, "BadParameter", "Property value is required.")
    if len(value.encode()) > _BYTES:
        raise Refusal(400, "BadParameter", f"The secret has {len(value.encode())} bytes; allowed are {_BYTES}.")
    attributes = {key: given for key, given in (call.body.get("attributes") or {}).items() if given is not None}
    kind = {"contentType": call.body["contentType"]} if call.body.get("contentType") else {}
    return {"value": value, "attributes": attributes, "tags": call.body.get("tags") or {}, **kind}


def _listed(made: Json) -> Json:
    return {key: below for key, below in made.items() if key != "value"}
