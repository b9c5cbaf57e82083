"""Values that exist while Terraform runs and in no state file (SEC-8).

CDKTF knows no ephemeral blocks, so they are written into the stack's JSON as they are. They need Terraform 1.11, and
serve write-only arguments only: ``secret_data_wo``, ``password_wo``.
"""

from cdktf import TerraformStack
from constructs import Construct

# ephemeral random_password came with 3.7 ("random_password (Ephemeral)", hashicorp/random documentation).
_RANDOM = {"source": "hashicorp/random", "version": "3.7.2"}
_TERRAFORM = ">= 1.11"


def random_password(scope: Construct, name: str, *, length: int) -> str:
    """Return a reference to letters and digits that are drawn anew whenever Terraform runs.

    What takes it must have a version of its own that decides when a new value is written. All that take it in one run
    get the same.
    """
    stack = TerraformStack.of(scope)
    stack.add_override("terraform.required_version", _TERRAFORM)
    stack.add_override("terraform.required_providers.random", _RANDOM)
    stack.add_override(f"ephemeral.random_password.{name}", {"length": length, "special": False})
    return f"${{ephemeral.random_password.{name}.result}}"
