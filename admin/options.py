"""Options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

AccountOption = Annotated[
    str | None, typer.Option(help="The environment's AWS account; the embedded cloud where it is left out.")
]
UrgentOption = Annotated[
    str, typer.Option(help="Why it cannot wait: deploy although a rollback alarm is on; on call is notified.")
]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before AWS is changed.")]
SharedProjectOption = Annotated[
    str | None,
    typer.Option(
        help="The shared project, as environments/policy.yaml names it; the embedded Google Cloud where it is left out."
    ),
]
SharedSubscriptionOption = Annotated[
    str | None, typer.Option(help="The subscription of the state, as environments/policy.yaml names it.")
]
TerraformCloudOption = Annotated[
    str, typer.Option("--cloud", help="The cloud of Terraform's stacks; the embedded one without an account.")
]
StacksOption = Annotated[Path, typer.Option(help="What `cdktf synth` wrote.")]
