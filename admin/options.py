"""Options that several commands have."""

from typing import Annotated

import typer

AccountOption = Annotated[
    str | None, typer.Option(help="The environment's AWS account; the embedded cloud where it is left out.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before AWS is changed.")]
