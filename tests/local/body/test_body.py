"""Process of the body: starts and ends with its cloud, and leaves nothing behind."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from rich.console import Console

from local.body import body as module
from local.body.body import SETTINGS, Body, Settings, Status
from local.body.children import Child, ChildProgram, Children
from local.body.deployed import Place
from local.body.report import show_body
from local.body.serving import Serving
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError
from tests.local.body.waiting import wait_for
from tests.local.killed import kill

PLACES = [Place("111122223333", "us-east-1")]


@pytest.fixture
def body(cloud: EmbeddedCloud) -> Iterator[Body]:
    """The body of a cloud that tests share, without anything in it."""
    made = Body(cloud)
    made.start()
    yield made
    made.wipe()


def left_over(body: Body) -> Child:
    """A child that an earlier supervisor would have left."""
    command = ["/bin/sleep", "600"]
    program = ChildProgram(name="sleeper", command=command, environment={}, folder=body.directory, restarts=False)
    return Children(body.directory).start(program)


def gone(child: Child) -> bool:
    """True once a child has ended, which its parent, this test, has to ask for."""
    child.check()
    return not child.running


def ended(process: psutil.Process) -> bool:
    """True once a process has ended; a zombie waits for its parent, which is this test."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_it_has_seen_what_is_deployed_once_it_says_so(body: Body) -> None:
    number = body.reconcile(Settings(places=PLACES))
    *_, last = body.until_served(number)
    assert last.completed >= number
    assert (last.problems, last.waiting, last.processes) == ([], [], [])


def test_a_start_keeps_what_runs(body: Body) -> None:
    before = body.control("pid")
    assert not body.start()
    assert body.control("pid") == before


def test_its_end_is_told_to_a_deploy_that_waits(body: Body) -> None:
    number = body.reconcile(Settings(places=PLACES))
    kill(body)
    with pytest.raises(EmbeddedCloudError, match=r"ended: something killed it.*Run the command again"):
        list(body.until_served(number))


def test_a_suspended_supervisor_is_waited_for(
    body: Body, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Body, "answer_seconds", 0.2)
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    pid = int(body.control("pid"))
    number = body.reconcile(Settings(places=PLACES)) + 1
    os.kill(pid, signal.SIGSTOP)
    try:
        assert body.status() is None
        show_body(body, Console(width=500))
        assert "`make stop` ends it and keeps its data" in capsys.readouterr().out
        with pytest.raises(EmbeddedCloudError, match=r"does not answer.*`make stop` ends it and keeps its data"):
            list(body.until_served(number))
    finally:
        os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()
    body.control("reconcile")
    assert list(body.until_served(number))


def test_what_a_killed_supervisor_left_ends_with_the_next_start(body: Body) -> None:
    kill(body)
    child = left_over(body)
    body.start()
    wait_for(lambda: gone(child))


def test_what_a_killed_supervisor_left_ends_with_a_stop(body: Body) -> None:
    kill(body)
    child = left_over(body)
    body.stop()
    assert gone(child)


def test_what_a_killed_supervisor_left_is_said_by_the_status(body: Body, capsys: pytest.CaptureFixture[str]) -> None:
    kill(body)
    child = left_over(body)
    show_body(body, Console(width=500))
    assert "ended, and 1 of its processes go on: sleeper; `make deploy` starts it again" in capsys.readouterr().out
    body.stop()
    assert gone(child)
    show_body(body, Console(width=500))
    assert "not running; `make deploy` starts it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("", "No task runs, and http://127.0.0.1:30518 answers 503\n"),
        ("the reference service", "The reference service answers at http://127.0.0.1:30518\n"),
    ],
)
def test_the_status_says_what_answers(
    body: Body, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], program: str, said: str
) -> None:
    monkeypatch.setattr(body, "status", lambda: Status(urls={"api": "http://127.0.0.1:30518"}, program=program))
    show_body(body, Console(width=500))
    assert said in capsys.readouterr().out


def test_it_ends_when_its_folder_is_removed(cloud: EmbeddedCloud, body: Body) -> None:
    process = psutil.Process(int(body.control("pid")))
    body.directory.rename(cloud.directory / "elsewhere")
    wait_for(lambda: ended(process))


def test_settings_survive_a_restart(body: Body) -> None:
    given = Settings(places=PLACES)
    body.reconcile(given)
    body.stop()
    body.start()
    assert body.settings() == given


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"places": [{"account": "1"}]}'])
def test_damaged_settings_count_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / SETTINGS
    file.write_text(text)
    assert Settings.read(file) == Settings()


def test_a_factor_of_the_clock_is_said(body: Body, cloud: EmbeddedCloud, capsys: pytest.CaptureFixture[str]) -> None:
    def shown() -> str:
        show_body(body, Console(width=500))
        return capsys.readouterr().out

    assert "shorter" not in shown()
    cloud.clock = 12
    try:
        body.control("reconcile")
        wait_for(lambda: "Note: AWS's own waits, such as periods of alarms, are 12 times shorter (clock 12)" in shown())
    finally:
        cloud.clock = 1


def test_a_taken_port_is_no_obstacle(body: Body) -> None:
    body.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", body._process.info.port))
        other.listen()
        assert body.start()
        assert body.status()


def test_a_program_that_the_platform_lacks_is_named(cloud: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(module.PROGRAMS, "no_such_module", "no-such-package")
    with pytest.raises(EmbeddedCloudError, match=r"There is no no-such-package for .*`make deploy BODY=0`"):
        Serving(cloud, Body(cloud), "prod", "", Console()).start()
    assert not Body(cloud).running()
