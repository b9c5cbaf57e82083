"""Processes of parallel work: what fails, and Ctrl-C, ends those that still run."""

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_running: set[subprocess.Popen[str]] = set()
_ENDED_EVERY_SECONDS = 0.2


def run(command: Sequence[str], *, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, of which :func:`for_each` can end the process.

    Args:
        command: the program and its arguments.
        cwd: the folder that it runs in.
        env: its environment; this process's where None.
    """
    with subprocess.Popen(  # noqa: S603 - the caller's command
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        _running.add(process)
        try:
            output, errors = process.communicate()
        except BaseException:
            process.kill()
            raise
        finally:
            _running.discard(process)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def for_each(function: Callable[[_Item], _Result], items: Sequence[_Item]) -> list[_Result]:
    """Call a function with every item, each in a thread of its own, and return the results in the order of the items.

    Where one call fails, and on Ctrl-C, the processes that :func:`run` started for the others are ended.
    """
    with ThreadPoolExecutor(max_workers=len(items)) as workers:
        calls = [workers.submit(function, item) for item in items]
        try:
            done, _ = wait(calls, return_when=FIRST_EXCEPTION)
            for call in done:
                call.result()
        except BaseException:
            # Again and again, as a call may start one more process before it notices.
            while wait(calls, timeout=_ENDED_EVERY_SECONDS).not_done:
                _end(tuple(_running))
            raise
        return [call.result() for call in calls]


def _end(processes: Iterable[subprocess.Popen[str]]) -> None:
    for process in processes:
        process.terminate()
