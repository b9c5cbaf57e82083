"""Ephemeral values: they exist while Terraform runs and are in no state file (SEC-8).

CDKTF has no ephemeral blocks, so they are written into the stack's JSON directly. They need Terraform 1.11, and
serve write-only arguments only: ``secret_data_wo``, ``password_wo``.
"""

from cdktf import TerraformStack
from constructs import Construct

# ephemeral random_password came with 3.7 ("random_password (Ephemeral)", hashicorp/random documentation).
_RANDOM = {"source": "hashicorp/random", "version": "3.7.2"}
_TERRAFORM = ">= 1.11"


def random_password(scope: Construct, name: str, *, length: int, mixed: bool = False) -> str:
    """Return a reference to random letters and digits, new in each run of Terraform.

    A write-only argument that takes it needs a version argument, which decides when a new value is written. All
    references in one run have the same value.

    Args:
        scope: a construct of the stack.
        name: of the value in the stack.
        length: number of characters.
        mixed: whether lower case, upper case and digits are all in it, for certain.
    """
    stack = TerraformStack.of(scope)
    stack.add_override("terraform.required_version", _TERRAFORM)
    stack.add_override("terraform.required_providers.random", _RANDOM)
    kinds = {"min_lower": 1, "min_numeric": 1, "min_upper": 1} if mixed else {}
    stack.add_override(f"ephemeral.random_password.{name}", {"length": length, "special": False, **kinds})
    return f"${{ephemeral.random_password.{name}.result}}"
