"""Drives the real ``gcloud``."""

import json
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from admin.bootstrap.needs import Unprepared

_INSTALL = "install the Google Cloud CLI (https://cloud.google.com/sdk/docs/install) and run this again"
_LOGIN = "run `gcloud auth login` and `gcloud auth application-default login`, the second one for Terraform"
# How gcloud says that something is not there, or that nobody may tell whether it is.
_ABSENT = ("NOT_FOUND", "404", "does not exist", "not found")
_HIDDEN = ("PERMISSION_DENIED", "403", "does not have permission")


class Failed(Unprepared):
    """A command failed; the message says which, and what gcloud said.

    Attributes:
        absent: it failed because what it asked for is not there.
        hidden: it failed because nobody may tell whether that is there.
    """

    def __init__(self, command: Sequence[str], said: str) -> None:
        lines = [line for line in said.strip().splitlines() if line.strip()]
        super().__init__(f"{shlex.join(command)}: {lines[-1].strip() if lines else 'failed without a word'}")
        self.absent = any(sign in said for sign in _ABSENT)
        self.hidden = any(sign in said for sign in _HIDDEN)


@dataclass(frozen=True)
class Gcloud:
    """The command line of Google Cloud.

    Attributes:
        dry: only what reads is run.
    """

    dry: bool = False

    def check(self) -> str:
        """Return who is logged in.

        Raises:
            Unprepared: when gcloud is missing, or nobody is logged in.
        """
        if shutil.which("gcloud") is None:
            raise Unprepared(f"gcloud is not on the PATH: {_INSTALL}")
        account = self.read("auth", "list", "--filter=status:ACTIVE")
        if not account:
            raise Unprepared(f"gcloud: nobody is logged in; {_LOGIN}")
        try:
            self._run(["auth", "application-default", "print-access-token"])
        except Failed:
            raise Unprepared(f"gcloud: Terraform has no credentials; {_LOGIN}") from None
        return str(account[0]["account"])

    def read(self, *words: str) -> Any:
        """Return what a command that changes nothing prints as JSON."""
        return json.loads(self._run([*words, "--format=json"]) or "null")

    def find(self, *words: str) -> Any:
        """Return the same, or None when what it asks for is not there."""
        try:
            return self.read(*words)
        except Failed as failed:
            if failed.absent:
                return None
            raise

    def change(self, *words: str) -> None:
        """Run a command that changes something, unless nothing is to be changed."""
        if not self.dry:
            self._run([*words])

    def _run(self, words: Sequence[str]) -> str:
        command = ["gcloud", *words, "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise Failed(command, done.stderr)
        return done.stdout
