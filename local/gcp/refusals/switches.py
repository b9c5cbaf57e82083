"""Switches of the embedded Google Cloud: answers that documents leave open, and settings of an organization."""

from collections.abc import Mapping
from pathlib import Path

from local.proxy.switches import Switch, Switches

SWITCHES = Switches(Path(__file__).with_name("switches.yaml"))
value = SWITCHES.value
turn = SWITCHES.turn


def known() -> Mapping[str, Switch]:
    """Return the switches by name."""
    return SWITCHES.known
