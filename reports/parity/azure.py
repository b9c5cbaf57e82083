"""Numbers that an environment promises on Azure."""

import re
from collections.abc import Iterator, Mapping

from assembly import Stack
from assembly.values import Json


def promises(stacks: Mapping[str, Stack], environment: str) -> Iterator[tuple[str, Json]]:
    """Yield the name and value of each promise of an environment, in the words that every cloud's module uses."""
    own = next(stack for stack in stacks.values() if stack.environment == environment)
    yield "ENV-4 regions", len({part["location"] for part in own.of("azurerm_virtual_network")})
    yield "SEC-8 keys rotate after, days", min(_rotations(own))


def _rotations(stack: Stack) -> Iterator[int]:
    for key in stack.of("azurerm_key_vault_key"):
        period = re.fullmatch(r"P(\d+)D", key["rotation_policy"]["automatic"]["time_after_creation"])
        if period:
            yield int(period[1])
