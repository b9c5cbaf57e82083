"""Chromium for the tests: one that is installed, else the packed one that ``make setup`` brought for Linux."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from assembly.revisions import CHECKOUT

_INSTALLED = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_UNPACKED = CHECKOUT / "build" / "browser"
# Nothing of it calls out, and what runs as root needs no sandbox here.
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_UNPACK = """
import("@sparticuz/chromium")
  .then(({ default: chromium }) => chromium.executablePath())
  .then((path) => console.log(JSON.stringify(path)));
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a browser, and end it after the block."""
    executable = next((found for name in _INSTALLED if (found := shutil.which(name))), None) or _unpacked()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS), env=_environment())
        try:
            yield browser
        finally:
            browser.close()


def _environment() -> dict[str, str | float | bool]:
    # The packed one brings the libraries that a bare machine lacks.
    libraries = os.pathsep.join([str(_UNPACKED / "al2023" / "lib"), os.environ.get("LD_LIBRARY_PATH", "")])
    return {**os.environ, "LD_LIBRARY_PATH": libraries.strip(os.pathsep)}


def _unpacked() -> str:
    """Return where the packed browser is, unpacked into the build folder."""
    _UNPACKED.mkdir(parents=True, exist_ok=True)
    # A parallel worker would start what this one is still writing.
    with (_UNPACKED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [CHECKOUT / ".venv" / "bin" / "node", "--eval", _UNPACK],
            cwd=CHECKOUT,
            # Where it believes to run decides whether it unpacks its libraries, too.
            env={**os.environ, "TMPDIR": str(_UNPACKED), "AWS_LAMBDA_JS_RUNTIME": "nodejs24.x"},
            capture_output=True,
            text=True,
            check=True,
        )
    return str(json.loads(done.stdout))
