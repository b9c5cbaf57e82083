"""Switches of the embedded Azure: answers that documents leave open, and what a subscription or a region lacks."""

from pathlib import Path

from local.proxy.switches import Switches

SWITCHES = Switches(Path(__file__).with_name("switches.yaml"))
