"""The requests of Terraform's providers, sent again: a deploy, a second plan, changes, replacements, and a destroy."""

import copy
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.gcp.recorded.literals import arguments
from tests.local.gcp.recorded.replay import RECORDED, RECORDING, Replay, ReplayError, recording
from tests.local.gcp.recorded.test_mutations import Patch, leave_out_an_output_only_value
from tests.local.gcp.recorded.values import leaves

Stacks = Mapping[str, Mapping[str, Any]]
_BYTES = 1024**2
# It has a fraction of a second, which no argument has.
_CLOCK = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z")


def unrecorded(stacks: Stacks) -> list[str]:
    """Return the types and arguments of stacks that no provider was ever given here."""
    known = json.loads(RECORDED.read_text())["arguments"]
    found = {
        f"{kind}.{argument}" if kind in known else kind
        for stack in stacks.values()
        for kind, resources in stack["resource"].items()
        for body in resources.values()
        for argument in arguments(body)
        if argument not in known.get(kind, ())
    }
    return sorted(found)


def changed(stacks: Stacks, stack: str, kind: str, **values: Any) -> Stacks:
    """Return stacks with other arguments of the first resource of a type."""
    other = copy.deepcopy(dict(stacks))
    body = next(iter(other[stack]["resource"].setdefault(kind, {"Other": {}}).values()))
    body.update(values)
    return other


def test_every_request_is_answered_as_it_was(synthesized: Stacks) -> None:
    Replay(synthesized).run(recording())


def test_every_type_and_every_argument_was_recorded(synthesized: Stacks) -> None:
    assert unrecorded(synthesized) == []


def test_a_type_or_an_argument_that_is_new_is_found(synthesized: Stacks) -> None:
    assert unrecorded(changed(synthesized, "gcp-shared", "google_filestore_instance", name="x")) == [
        "google_filestore_instance"
    ]
    assert unrecorded(changed(synthesized, "gcp-prod", "google_compute_network", mtu=1500)) == [
        "google_compute_network.mtu"
    ]


def test_literals_of_today_are_sent(synthesized: Stacks) -> None:
    replay = Replay(changed(synthesized, "gcp-prod", "google_compute_network", routing_mode="EVERYWHERE"))
    with pytest.raises(ReplayError, match=r"google_compute_network.*answered 400.*EVERYWHERE"):
        replay.run(recording())


def test_another_literal_that_is_allowed_passes(synthesized: Stacks) -> None:
    applied = [row for row in recording() if row.step in ("bootstrap", "apply")]
    Replay(changed(synthesized, "gcp-prod", "google_compute_network", routing_mode="REGIONAL")).run(applied)


def test_another_literal_hides_no_missing_value_of_another_type(synthesized: Stacks, monkeypatch: Patch) -> None:
    leave_out_an_output_only_value(monkeypatch)
    applied = [row for row in recording() if row.step in ("bootstrap", "apply")]
    with pytest.raises(ReplayError, match=r"google_compute_global_address.*/address is missing"):
        Replay(changed(synthesized, "gcp-prod", "google_compute_network", routing_mode="REGIONAL")).run(applied)


def test_the_recording_is_small() -> None:
    assert RECORDING.stat().st_size + RECORDED.stat().st_size <= _BYTES


def test_no_clock_of_a_provider_is_in_the_recording() -> None:
    read = {
        value
        for row in recording()
        for path, value in leaves(row.body)
        if isinstance(value, str)
        and (_CLOCK.fullmatch(value) or (path and path[-1] in ("createdAt", "modifiedAt") and value != "0"))
    }
    assert read == set()


def test_no_password_is_in_the_recording() -> None:
    secret = {
        value
        for row in recording()
        for path, value in leaves(row.body)
        if path and (path[-1] == "password" or path == ("payload", "data"))
    }
    assert secret
    for value in secret:
        assert isinstance(value, str)
        assert value.startswith(("placeholder-", "cGxhY2Vob2xkZXIt", "<<"))
