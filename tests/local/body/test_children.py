"""Children of the body: brought back, ended, and found by the next supervisor."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local.body.children import Child, ChildProgram, Children, end_left_overs
from tests.local.body.waiting import wait_for

_SLEEPS = "import time; print('here', flush=True); time.sleep(600)"
_DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_SLEEPS}"


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    made = Children(tmp_path)
    yield made
    made.stop()


def program(folder: Path, code: str = _SLEEPS, **more: object) -> ChildProgram:
    given = {"name": "it", "environment": {}, "stop_seconds": 0.3, **more}
    return ChildProgram(command=[sys.executable, "-c", code], folder=folder, **given)  # type: ignore[arg-type]


def driven(child: Child, condition: Callable[[], bool]) -> None:
    def checked() -> bool:
        child.check()
        return condition()

    wait_for(checked)


def test_it_gets_its_own_environment_and_no_other(children: Children, tmp_path: Path) -> None:
    code = "import os; print(sorted(os.environ))"
    child = children.start(program(tmp_path, code, environment={"ONLY": "this"}, restarts=False))
    driven(child, lambda: not child.running)
    assert set(eval(child.log.read_text())) <= {"ONLY", "LC_CTYPE"}


def test_one_that_dies_is_brought_back_and_said(children: Children, tmp_path: Path) -> None:
    child = children.start(program(tmp_path))
    driven(child, lambda: child.ready)
    first = child.pid
    os.kill(first, signal.SIGKILL)
    driven(child, lambda: not child.running)
    assert children.problems == [f"it ended by SIGKILL; its log is {child.log}; it is started again after 1 s"]
    driven(child, lambda: child.ready)
    assert (child.pid != first, child.ends, children.problems) == (True, 1, [])


def test_the_pause_grows_while_it_keeps_dying(children: Children, tmp_path: Path) -> None:
    child = children.start(program(tmp_path, "raise SystemExit(3)", ready=lambda: False))
    driven(child, lambda: child.ends == 1)
    assert "with code 3" in child.problem
    driven(child, lambda: child.ends == 2)
    assert child.problem.endswith("after 2 s")


def test_a_job_is_not_brought_back(children: Children, tmp_path: Path) -> None:
    child = children.start(program(tmp_path, "raise SystemExit(4)", restarts=False))
    driven(child, lambda: not child.running)
    child.check()
    assert (child.running, child.exit_code) == (False, 4)


def test_a_program_that_is_not_there_is_said(children: Children, tmp_path: Path) -> None:
    absent = ChildProgram(name="absent", command=[str(tmp_path / "none")], environment={}, folder=tmp_path)
    assert children.start(absent).problem.startswith("absent does not start: No such file")


def test_one_that_does_not_end_is_killed_with_what_it_started(children: Children, tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {_SLEEPS!r}]); {_DEAF}"
    child = children.start(program(tmp_path, code))
    wait_for(lambda: child.log.read_text().count("here") == 2)
    family = [psutil.Process(child.pid), *psutil.Process(child.pid).children()]
    children.remove(child)
    assert not any(each.is_running() for each in family)
    assert child.exit_code == -signal.SIGKILL


def test_a_suspended_one_is_killed_when_it_must_end(children: Children, tmp_path: Path) -> None:
    child = children.start(program(tmp_path))
    os.kill(child.pid, signal.SIGSTOP)
    children.stop()
    assert not child.running


def test_the_next_supervisor_ends_what_a_killed_one_left(tmp_path: Path) -> None:
    code = f"""
import sys, time
from pathlib import Path
from local.body.children import Children, ChildProgram
here = Path({str(tmp_path)!r})
command = [sys.executable, "-c", {_SLEEPS!r}]
child = Children(here).start(ChildProgram(name="it", command=command, environment={{}}, folder=here))
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout
        left = psutil.Process(int(supervisor.stdout.readline()))
        supervisor.kill()
    assert left.is_running()
    assert end_left_overs(tmp_path) == ["it"]
    wait_for(lambda: not left.is_running())
    assert end_left_overs(tmp_path) == []


@pytest.mark.parametrize("record", ["", "{}", "[1]", '{"pid": 1, "started": 0}', '{"pid": PID, "started": 1}'])
def test_a_record_of_what_is_not_ours_ends_nobody(tmp_path: Path, record: str) -> None:
    folder = tmp_path / "children"
    folder.mkdir()
    (folder / "it.json").write_text(record.replace("PID", str(os.getpid())))
    assert end_left_overs(tmp_path) == []


def test_a_large_log_is_put_aside(children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.body.children._LOG_BYTES", 3)
    for _ in range(2):
        child = children.start(program(tmp_path))
        wait_for(lambda: child.log.read_text() == "here\n")  # noqa: B023 - asked at once
        children.remove(child)
    assert child.log.with_suffix(".old.log").read_text() == "here\n"


def test_time_does_not_pass_while_it_is_only_checked(children: Children, tmp_path: Path) -> None:
    child = children.start(program(tmp_path, _DEAF, stop_seconds=600))
    began = time.monotonic()
    child.ask_to_stop()
    child.check()
    assert child.running
    assert time.monotonic() - began < 60
    child.kill()
