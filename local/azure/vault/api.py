"""Vaults behind the proxy."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from assembly.values import Json
from local.azure.arm.calls import Cloud
from local.azure.arm.errors import Refusal
from local.azure.arm.ids import ResourceId
from local.azure.arm.services.vaults import KIND
from local.azure.firewalls import ELSEWHERE, Obstacle, obstacle
from local.azure.tokens import CALLER, CLIENT
from local.azure.vault import contacts, keys, secrets
from local.azure.vault.calls import DOMAIN, Call, Vault
from local.proxy.api import Request, Response
from local.proxy.store import Store

_PATH = re.compile(
    r"/(?P<collection>keys|secrets|deletedkeys|deletedsecrets)(?:/(?P<name>[^/]+))?(?:/(?P<rest>[^/]*))?/?"
)
_NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
_VERSION = re.compile(r"[0-9a-f]{32}")

_Answer = Callable[[Call, str], Json | Response]
_COLLECTIONS: Mapping[str, _Answer] = {
    "keys": keys.answer,
    "secrets": secrets.answer,
    "deletedkeys": keys.answer_deleted,
    "deletedsecrets": secrets.answer_deleted,
}


class Vaults:
    """The vaults that Resource Manager has. The name of another one leads nowhere.

    Args:
        store: keeps what they hold.
    """

    def __init__(self, store: Store) -> None:
        self._cloud = Cloud(store)

    def serves(self, host: str) -> bool:
        """Return whether a vault of the name is there."""
        return host.endswith(DOMAIN) and self._vault(host) is not None

    def answer(self, request: Request) -> Response:
        """Answer a request, or refuse it in the vault's words."""
        try:
            with self._cloud.store.transaction():  # of a request that is refused nothing stays
                found = self._answer(request)
        except Refusal as refusal:
            return refusal.response()
        return found if isinstance(found, Response) else Response.of_json(found)

    def _answer(self, request: Request) -> Json | Response:
        vault = self._vault(request.host)
        path = unquote(request.path)
        if vault is None or path == "/":
            raise Refusal(404, "NotFound", f"There is nothing at {request.host}{path}.")
        _check_firewall(vault)
        if not request.query.get("api-version"):
            raise Refusal(400, "BadParameter", "Missing or unknown API version.")
        if path.rstrip("/") == "/certificates/contacts":
            return contacts.answer(Call(request, vault, "", "", _body(request)))
        match = _PATH.fullmatch(path)
        if match is None:
            raise Refusal(404, "NotFound", f"There is nothing at {request.host}{path}.")
        name, rest = match["name"] or "", match["rest"] or ""
        if name and not _NAME.fullmatch(name):
            message = f"The request URI contains an invalid name: {name}"
            raise Refusal(400, "BadParameter", message)
        version = rest if _VERSION.fullmatch(rest) else ""
        call = Call(request, vault, name, version, _body(request))
        return _COLLECTIONS[match["collection"]](call, "" if version else rest)

    def _vault(self, host: str) -> Vault | None:
        name = host.removesuffix(DOMAIN)
        for stored in self._cloud.of_kind(KIND).values():
            resource = ResourceId(stored["id"])
            if resource.name.lower() == name:
                return Vault(resource, stored["body"], self._cloud)
        return None


def _check_firewall(vault: Vault) -> None:
    """Refuse a caller that does not get to the vault.

    Raises:
        Refusal: in the vault's words (ForbiddenByFirewall, azurerm issue 20742; ForbiddenByConnection, multimodal-ai
            issue 171).
    """
    found = obstacle(vault.cloud, vault.body)
    if found is None:
        return
    caller = f"Caller: appid={CLIENT};oid={CALLER}\r\nVault: {vault.id.name};location={vault.body.get('location', '')}"
    if found is Obstacle.NO_PUBLIC_ACCESS:
        message = "Public network access is disabled and request is not from a trusted service nor via an approved"
        raise Refusal(403, "Forbidden", f"{message} private link.\r\n{caller}")
    message = "Client address is not authorized and caller is not a trusted service."
    raise Refusal(403, "Forbidden", f"{message}\r\nClient address: {ELSEWHERE}\r\n{caller}")


def _body(request: Request) -> Mapping[str, Any]:
    try:
        body = request.json() or {}
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "BadParameter", f"The request body is no JSON: {error}.") from error
    if not isinstance(body, Mapping):
        raise Refusal(400, "BadParameter", "The request body is not an object.")
    return body
