"""Microsoft.Cache: Managed Redis and its access keys."""

from assembly.values import Json
from local.azure.arm import verbs
from local.azure.arm.calls import Call, handles, unique
from local.azure.arm.errors import Refusal
from local.azure.arm.resources import get

CACHE = "Microsoft.Cache/redisEnterprise"
_DATABASE = f"{CACHE}/databases"


@handles("listKeys", _DATABASE)
def list_keys(call: Call) -> Json:
    """Answer the keys of a database, where it takes any: they open nothing, as nothing runs.

    Raises:
        Refusal: it takes tokens of Entra alone.
    """
    stored = verbs.existing(call)
    if get(stored["body"], "properties.accessKeysAuthentication") != "Enabled":
        raise Refusal(400, "AccessKeysAuthenticationDisabled", "Access keys authentication is disabled.")
    return {key: unique(call.id, key) for key in ("primaryKey", "secondaryKey")}
