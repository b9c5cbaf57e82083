"""Firewalls of vaults and storage accounts: whether the caller's address reaches what they hold.

Resource Manager is outside of them ("Configure network security for Azure Key Vault"; "Azure Storage firewall rules").
The caller comes from the internet, from an address that the rules name, or with a switch from another one.
"""

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Any

from local.azure.arm.calls import Cloud
from local.azure.arm.resources import get
from local.azure.switches import SWITCHES

# An address for documentation (RFC 5737).
ELSEWHERE = "198.51.100.1"


class Obstacle(StrEnum):
    """Obstacle between the caller and a vault or an account."""

    NO_PUBLIC_ACCESS = auto()
    ADDRESS = auto()


def obstacle(cloud: Cloud, body: Mapping[str, Any]) -> Obstacle | None:
    """Return what keeps the caller from a vault or an account; None where it gets there.

    Args:
        cloud: whose switch says where the caller is.
        body: of the vault or the account, as Resource Manager has it.
    """
    if get(body, "properties.publicNetworkAccess") == "Disabled":
        return Obstacle.NO_PUBLIC_ACCESS
    if get(body, "properties.networkAcls.defaultAction") != "Deny":
        return None
    named = SWITCHES.value(cloud.store, "caller_address") == SWITCHES.known["caller_address"].values[0]
    return None if named and get(body, "properties.networkAcls.ipRules") else Obstacle.ADDRESS
