"""``python -m tests.providers.deploy FOLDER ENVIRONMENT``: ``make deploy CLOUD=…`` to a cloud in a folder."""

import fcntl
import socket
import struct
from pathlib import Path
from typing import Annotated
from unittest.mock import patch

import typer
from rich.console import Console

from admin.bootstrap.gcp import needs
from admin.deploy import deploy
from errors import exit_on_error
from local.clouds import TERRAFORM
from local.terraform import working_copy

# <linux/sockios.h>, <linux/if.h>.
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1


def main(  # noqa: PLR0917
    folder: Path,
    environment: str,
    providers: Annotated[Path | None, typer.Option()] = None,
    charts: Annotated[Path | None, typer.Option()] = None,
    stacks: Annotated[Path | None, typer.Option()] = None,
    cloud: Annotated[str, typer.Option(help="gcp or azure.")] = "gcp",
    forget: Annotated[str, typer.Option(help="A resource type whose service agents the bootstrap does not make.")] = "",
) -> None:
    """Deploy an environment, as it is synthesized or as a folder has it.

    In a new network namespace, start its loopback interface first.
    """
    if stacks:
        patch.object(working_copy, "checked_assembly", return_value=stacks).start()
    if forget:
        known = {kind: agents for kind, agents in needs.AGENTS_OF_TYPES.items() if kind != forget}
        patch.object(needs, "AGENTS_OF_TYPES", known).start()
    if [name for _, name in socket.if_nameindex()] == ["lo"]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as interface:
            fcntl.ioctl(interface, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    with exit_on_error():
        deploy(TERRAFORM[cloud](folder), environment, Console(width=200), providers=providers, charts=charts)


if __name__ == "__main__":
    typer.run(main)
