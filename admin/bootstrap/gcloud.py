"""The ``gcloud`` command line, as the bootstrap runs it."""

import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from admin.errors import BootstrapError, WrongAccountError
from assembly.values import Json

_INSTALL = "install the Google Cloud CLI (https://cloud.google.com/sdk/docs/install) and run this again"
_LOGIN = "run `gcloud auth login` and `gcloud auth application-default login`, the second one for Terraform"
# In gcloud's messages: a resource does not exist, the caller may not see whether it does, an API is not usable yet. The
# number of a project may contain a status.
_ABSENT = re.compile(r"NOT_FOUND|\b404\b|does not exist|not found")
_HIDDEN = re.compile(r"PERMISSION_DENIED|\b403\b|does not have permission")
_NOT_YET_ENABLED = re.compile(r"SERVICE_DISABLED|has not been used in project")
_ATTEMPTS = 10
_PAUSE_SECONDS = 15
_BETA = "beta"


class GcloudError(BootstrapError):
    """A command of gcloud fails; the message holds the command and gcloud's last line.

    Attributes:
        absent: it fails because the resource does not exist.
        hidden: it fails because the caller may not see whether the resource exists.
        not_yet_enabled: it fails because its API is not enabled, or was enabled a moment ago.
    """

    def __init__(self, command: Sequence[str], output: str) -> None:
        lines = [line for line in output.strip().splitlines() if line.strip()]
        super().__init__(f"{shlex.join(command)}: {lines[-1].strip() if lines else 'failed without a message'}")
        self.absent = bool(_ABSENT.search(output))
        self.hidden = bool(_HIDDEN.search(output))
        self.not_yet_enabled = bool(_NOT_YET_ENABLED.search(output))


@dataclass(frozen=True)
class Gcloud:
    """The command line of Google Cloud.

    Attributes:
        dry: only commands that read are run.
    """

    dry: bool = False

    def check(self) -> str:
        """Return the account that is logged in.

        Raises:
            BootstrapError: gcloud is missing, or no account is logged in.
        """
        if shutil.which("gcloud") is None:
            raise BootstrapError(f"gcloud is not on the PATH: {_INSTALL}")
        if _BETA not in self.read("version"):
            # Not every package of the CLI has it ("Install the gcloud CLI"); a missing one fails in the middle.
            raise BootstrapError(
                f"gcloud has no component {_BETA}: run `gcloud components install {_BETA}`, or {_INSTALL}"
            )
        account = self.read("auth", "list", "--filter=status:ACTIVE")
        if not account:
            raise BootstrapError(f"gcloud: nobody is logged in; {_LOGIN}")
        try:
            self._run(["auth", "application-default", "print-access-token"])
        except GcloudError:
            raise BootstrapError(f"gcloud: Terraform has no credentials; {_LOGIN}") from None
        return str(account[0]["account"])

    def check_project(self, project: str) -> None:
        """Refuse to go on where gcloud is set to another project.

        Raises:
            WrongAccountError: it is.
        """
        configured = (self.read("config", "list").get("core") or {}).get("project", project)
        if configured != project:
            raise WrongAccountError(
                f"PROJECT={project}: gcloud's project is {configured}; run `gcloud config set project {project}`."
                " Nothing was changed."
            )

    def read(self, *words: str) -> Json:
        """Return the JSON that a reading command prints."""
        return json.loads(self._run([*words, "--format=json"]) or "null")

    def find(self, *words: str) -> Json:
        """Return the same, or None where the resource does not exist."""
        try:
            return self.read(*words)
        except GcloudError as error:
            if error.absent:
                return None
            raise

    def change(self, *words: str) -> None:
        """Run a changing command, unless this is a dry run."""
        if not self.dry:
            self._run([*words])

    def _run(self, words: Sequence[str]) -> str:
        for _ in range(_ATTEMPTS - 1):
            try:
                return self._run_once(words)
            except GcloudError as error:
                # A dry run enables nothing, so waiting would not help.
                if self.dry or not error.not_yet_enabled:
                    raise
                time.sleep(_PAUSE_SECONDS)
        return self._run_once(words)

    def _run_once(self, words: Sequence[str]) -> str:
        command = ["gcloud", *words, "--quiet"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            raise GcloudError(command, done.stderr)
        return done.stdout
