"""Contacts of a vault's certificates ("Set Certificate Contacts", Key Vault REST API)."""

from assembly.values import Json
from local.azure.arm.errors import Refusal
from local.azure.vault.calls import Call

_SPACE = "contacts"


def answer(call: Call) -> Json:
    """Answer a request about the contacts.

    Raises:
        Refusal: there are none.
    """
    kept = call.vault.documents(_SPACE)
    action = "read" if call.request.method == "GET" else "write"
    call.require(f"certificatecontacts/{action}", "certificates")
    before = kept.get(call.vault.name)
    match call.request.method:
        case "PUT":
            contacts = [
                {key: below for key, below in each.items() if below} for each in call.body.get("contacts") or ()
            ]
            kept.put(call.vault.name, contacts)
            return _shown(call, contacts)
        case "GET" | "DELETE" if before is None:
            raise Refusal(404, "ContactsNotFound", "Contacts not found")
        case "DELETE":
            kept.delete(call.vault.name)
            return _shown(call, before)
        case "GET":
            return _shown(call, before)
    raise Refusal(405, "MethodNotAllowed", f"{call.request.method} is no operation on contacts.")


def _shown(call: Call, contacts: Json) -> Json:
    return {"id": f"{call.vault.url}/certificates/contacts", "contacts": contacts}
