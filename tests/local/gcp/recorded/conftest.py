"""Stacks as they are synthesized today."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.gcp.terraform import Assembly


@pytest.fixture(scope="package")
def synthesized(gcp: Assembly) -> Mapping[str, Mapping[str, Any]]:
    """The stacks by name, as Terraform reads them."""
    return {name: stack.content for name, stack in gcp.stacks.items()}
