"""``python -m review``: what the checkout would change, compared with a commit."""

import sys
from pathlib import Path
from typing import Annotated

import click
import typer
from rich.console import Console

from assembly.revisions import CHECKOUT
from errors import INTERRUPTED, GoodiesError, disk_error, exit_on_error
from review.errors import ReviewError
from review.model.report import ExitCode
from review.render.comment import comment
from review.render.html_report import html_report
from review.render.json_report import json_report
from review.render.terminal import show
from review.report import report_of_checkout

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_BUILD = CHECKOUT / "build" / "diff"


@app.command(epilog=f"Exit code: {'; '.join(f'{each.value} {each.meaning}' for each in ExitCode)}.")
def main(
    base: Annotated[str, typer.Option(help="The branch, tag or commit to compare with.")] = "main",
    output: Annotated[Path, typer.Option(help="Where comment.md, report.html and report.json are written.")] = _BUILD,
    link: Annotated[str, typer.Option(help="Where a reader of the comment finds report.html.")] = "",
) -> ExitCode:
    """Say what the checkout, uncommitted files included, would change in every environment of every cloud."""
    report = report_of_checkout(base)
    output.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("comment.md", comment(report, link)),
        ("report.html", html_report(report)),
        ("report.json", json_report(report)),
    ):
        (output / name).write_text(content, encoding="utf-8")
    console = Console()
    show(report, console)
    console.print(f"[dim]{output}: report.html to look at, comment.md, report.json[/]", highlight=False, soft_wrap=True)
    return report.exit_code


def run() -> None:
    """Run the command; end the process with its exit code."""
    with exit_on_error(ExitCode.FAILED):
        try:
            code = app(standalone_mode=False)
        except click.ClickException as misuse:
            misuse.show()
            sys.exit(ExitCode.FAILED)
        except GoodiesError:
            raise
        except Exception as fault:
            if isinstance(fault, OSError) and disk_error(fault):
                raise
            # Python would end with 1, which says that nothing needs approval.
            message = f"An internal error of the diff; the changes are unknown: {type(fault).__name__}: {fault}"
            raise ReviewError(message) from fault
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # which typer has made a number of
        sys.exit(code)


if __name__ == "__main__":
    run()
