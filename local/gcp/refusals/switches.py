"""Switches of the embedded Google Cloud: answers that documents leave open, and settings of an organization."""

from collections.abc import Mapping
from pathlib import Path

from local.proxy.switches import Switch, Switches

_SWITCHES = Switches(Path(__file__).with_name("switches.yaml"))
value = _SWITCHES.value
turn = _SWITCHES.turn


def known() -> Mapping[str, Switch]:
    """Return the switches by name."""
    return _SWITCHES.known
