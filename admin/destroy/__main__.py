"""``python -m admin.destroy --env NAME --account ID``: deletes an environment's stacks, and lists what stays."""

from typing import Annotated

import typer

from admin.accounts import require_expendable
from admin.aws import aws_errors, connect
from admin.confirmation import confirm
from admin.destroy.retained import retained, show
from admin.destroy.stacks import delete, existing, require_deletable, stacks_of
from admin.options import YesOption
from assembly import open_assembly
from assembly.synth_cache import assembly_of
from errors import exit_on_error
from operations.release import names


def main(
    env: Annotated[str, typer.Option(help="The environment to delete.")],
    account: Annotated[str, typer.Option(help="The environment's AWS account.")],
    yes: YesOption = False,
) -> None:
    """Delete the stacks of an environment whose data may be lost, the last deployed first.

    It refuses production, and every environment whose file protects its data. At the end stands what stays in the
    account, what it costs, and the command that removes it, which a person runs.
    """
    with exit_on_error():
        require_expendable(env)
        aws = connect(env, account)
        stacks = stacks_of(open_assembly(assembly_of(None, "aws")), env)
        with aws_errors():
            found = existing(aws.client, stacks)
            require_deletable(aws.client, found)
            if found:
                order = ", ".join(stack.name for stack in found)
                confirm(aws.place, f"Delete {env} with its database and its cache, in this order: {order}", yes=yes)
            for stack in found:
                delete(aws.client, stack, typer.echo)
            records = [names.recorded_parameter(env), names.running_parameter(env)]
            left = retained(aws.client, stacks, records, aws.region)
    typer.echo(f"{aws.place}\n{env} has no stack {'any more' if found else 'here'}.")
    show(left, typer.echo)


if __name__ == "__main__":
    typer.run(main)
