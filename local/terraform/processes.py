"""Processes of Terraform and the CDKTF's CLI that work on an embedded cloud, whoever started them."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, kw_only=True)
class AtWork:
    """A process that works on an embedded cloud.

    Attributes:
        process: of the system.
        name: its program: ``terraform``, ``terraform-provider-google_v6.50.0_x5``, ``node``.
        words: what it was started with.
    """

    process: psutil.Process
    name: str
    words: list[str]

    @property
    def terraform(self) -> bool:
        """True for Terraform itself."""
        return self.name == "terraform"

    @property
    def cli(self) -> bool:
        """True for the CDKTF's CLI."""
        return any("cdktn" in word for word in self.words)

    def end(self) -> None:
        """Kill it, where it has not ended."""
        try:
            self.process.kill()
        except psutil.NoSuchProcess:
            return


def at_work(certificate: Path) -> Iterator[AtWork]:
    """Yield the processes of Terraform, its providers and the CLI that trust the certificate of a cloud."""
    for process in psutil.process_iter():
        try:
            if process.environ().get("SSL_CERT_FILE") != str(certificate):
                continue
            found = AtWork(process=process, name=process.name(), words=process.cmdline())
        except psutil.Error:
            continue  # it has ended, or is another user's
        if found.cli or found.name.startswith("terraform"):
            yield found
