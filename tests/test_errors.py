"""Ends of commands: one line for what a person can act on, and a traceback for nothing of that kind."""

import errno
import subprocess
import sys

import pytest

from errors import disk_error, exit_on_error
from tests.synthesis import CHECKOUT

# Programs of a cloud, of a container and of before the installation import nothing of ours; the bench starts the other.
_WITHOUT = ("images/", "operations/", "tests/", "tools/bench/embedded.py", "tools/make_arguments.py")


def test_every_command_ends_with_a_message() -> None:
    listed = subprocess.run(
        ["git", "grep", "--untracked", "-l", '__name__ == "__main__"', "--", "*.py"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    commands = [name for name in listed if not name.startswith(_WITHOUT)]
    assert len(commands) > 10
    assert [name for name in commands if "exit_on_error(" not in (CHECKOUT / name).read_text()] == []


@pytest.mark.parametrize("package", ["review", "admin", "local", "reports", "tools"])
def test_ctrl_c_during_the_imports_of_a_command_is_one_line(package: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import {package}; raise KeyboardInterrupt"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "Interrupted. Run the command again.\n"
    assert done.returncode != 0


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOTDIR])
def test_a_place_that_cannot_be_written_is_one_line(number: int, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, exit_on_error(3):
        raise OSError(number, "Not to be written", "/somewhere/build")
    assert ended.value.code == 3
    assert capsys.readouterr().err.startswith("/somewhere/build: Not to be written. Make it a place")


def test_another_error_of_the_system_stays_one() -> None:
    assert disk_error(FileNotFoundError(errno.ENOENT, "No such file", "x")) is None
