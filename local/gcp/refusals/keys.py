"""Refusal of keys that a service may not use: its agent has no role on them."""

from typing_extensions import override

from local.gcp.refusals import agents, names, policies
from local.gcp.refusals.rule import Operation, Rule
from local.gcp.rest.errors import Refusal

_ROLE = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
_DISABLED = "is not enabled, current state is"


class Keys(Rule):
    """Rule: a service encrypts as its agent, which needs a role on the key; a key that is not there looks the same."""

    text = "A key that is not there, is not enabled, or that the service's agent has no role on is refused."
    source = 'terraform-google-vault issue 107; "Customer-managed encryption keys", Cloud KMS documentation'

    @override
    def check(self, operation: Operation) -> None:
        call = operation.call
        if operation.reads or operation.deletes or call.api == "cloudkms":
            return
        for path, _, named in names.found_in(dict(call.body), call.cloud):
            if (named.api, named.kind) != ("cloudkms", "cryptoKeys"):
                continue
            address = agents.of_key(call.api, path.rpartition(".")[2])
            number = call.cloud.number(operation.project)
            agent = f"service-{number}@{address}{agents.DOMAIN}"
            granted = not address or policies.has_role(call.cloud, f"serviceAccount:{agent}", _ROLE, named)
            if not granted or not named.exists(call.cloud):
                raise Refusal(
                    "PERMISSION_DENIED" if call.api in ("storage", "sqladmin") else "FAILED_PRECONDITION",
                    f"Permission 'cloudkms.cryptoKeyVersions.useToEncrypt' denied on resource '{named.name}' (or it may"
                    f" not exist): the service account {agent} needs {_ROLE} on it.",
                )
            _check_state(call.cloud.documents("cloudkms").list(f"{named.name}/cryptoKeyVersions/"), named.name)


def _check_state(versions: dict[str, dict[str, dict[str, str]]], key: str) -> None:
    states = {name: stored["outputs"]["state"] for name, stored in versions.items()}
    if states and "ENABLED" not in states.values():
        name, state = list(states.items())[-1]
        raise Refusal("FAILED_PRECONDITION", f"{name} of {key} {_DISABLED} {state}.")
