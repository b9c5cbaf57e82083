"""Replay of azurerm: a deploy, a second plan and a teardown of both regions are answered as they were recorded."""

import re
from collections.abc import Callable

import pytest

from local.azure.arm import data, operations, resources, verbs
from local.azure.vault import objects
from tests.local.azure.recorded.replay import RECORDING, Replay, ReplayError, rows

Patch = pytest.MonkeyPatch


def replay() -> Replay:
    """Send all requests again."""
    found = Replay()
    for row in rows():
        found.send(row)
    return found


def test_each_request_is_answered_as_it_was(capsys: pytest.CaptureFixture[str]) -> None:
    done = replay()
    assert done.bound
    assert capsys.readouterr().out == ""


def test_a_teardown_leaves_only_what_is_kept() -> None:
    left = {stored["type"] for stored in replay().store.documents("resources").list().values()}
    assert left <= {
        "Microsoft.Authorization/roleAssignments",
        "Microsoft.Network/networkWatchers",
        "Microsoft.Resources/resourceGroups",
    }


def test_the_recording_holds_no_secret() -> None:
    values = [row.answer.get("value") for row in rows() if row.sent["path"].startswith("/secrets/") and row.answer]
    assert set(values) <= {"secret", None}
    assert set(re.findall(r'"\w*Password": ?"([^"]*)"', RECORDING.read_text())) <= {"secret"}
    assert "authorization" not in {name for row in rows() for name in row.sent["headers"]}


def leave_out_an_output(patch: Patch) -> None:
    patch.delitem(resources._SHOWN, "microsoft.network/dnszones")


def leave_out_a_default(patch: Patch) -> None:
    patch.setattr(resources, "with_defaults", lambda _, body: body)


def answer_another_status(patch: Patch) -> None:
    patch.setattr(data.Statuses, "first", lambda self, *_: self.accepted[-1])


def never_end_an_operation(patch: Patch) -> None:
    usual = operations.find
    patch.setattr(operations, "find", lambda cloud, at: usual(cloud, at) and {"status": "InProgress"})


def keep_what_is_deleted(patch: Patch) -> None:
    patch.setattr(verbs, "remove", lambda *_: None)


def forget_the_versions_of_keys(patch: Patch) -> None:
    patch.setattr(objects.Objects, "newest", lambda *_: [])
    patch.setattr(objects.Objects, "version", lambda *_: {})


@pytest.mark.parametrize(
    "mutate",
    [
        leave_out_an_output,
        leave_out_a_default,
        answer_another_status,
        never_end_an_operation,
        keep_what_is_deleted,
        forget_the_versions_of_keys,
    ],
)
def test_a_fault_fails_the_replay(monkeypatch: Patch, mutate: Callable[[Patch], None]) -> None:
    mutate(monkeypatch)
    with pytest.raises((ReplayError, KeyError, AssertionError)):
        replay()
