"""``python -m review``: what the checkout would change, compared with a commit."""

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import click
import typer
from rich.console import Console

from assembly.revisions import CHECKOUT
from errors import INTERRUPTED, exit_on_error
from review.model.report import ExitCode
from review.render.comment import comment
from review.render.escape import terminal
from review.render.faults import faults_in_words
from review.render.html_report import html_report
from review.render.json_report import json_report
from review.render.terminal import show
from review.report import report_of_checkout, report_of_synthesized

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_BUILD = CHECKOUT / "build" / "diff"
_FILES = ("comment.md", "report.html", "report.json")


@app.command(epilog=f"Exit code: {'; '.join(f'{each.value} {each.meaning}' for each in ExitCode)}.")
def main(
    base: Annotated[str, typer.Option(help="The branch, tag or commit to compare with.")] = "main",
    output: Annotated[Path, typer.Option(help="Where comment.md, report.html and report.json are written.")] = _BUILD,
    link: Annotated[str, typer.Option(help="Where a reader of the comment finds report.html.")] = "",
    head: Annotated[str, typer.Option(help="The commit of --synthesized.")] = "",
    synthesized: Annotated[
        Path | None, typer.Option(help="Judge what `python -m review.synthesize` made of --head, not the checkout.")
    ] = None,
) -> ExitCode:
    """Say what the checkout, uncommitted files included, would change in every environment of every cloud."""
    _discard(output)
    if bool(head) != bool(synthesized):
        raise click.UsageError("--head and --synthesized are given together")
    report = report_of_synthesized(base, head, synthesized) if synthesized else report_of_checkout(base)
    contents = (comment(report, link), html_report(report), json_report(report))
    output.mkdir(parents=True, exist_ok=True)
    try:
        for name, content in zip(_FILES, contents, strict=True):
            (output / name).write_text(content, encoding="utf-8")
    except BaseException:
        _discard(output)
        raise
    console = Console()
    with suppress(SystemExit):  # rich ends with 1 where nobody reads on, which would say that nothing is dangerous
        show(report, console)
        console.print(f"[dim]{terminal(str(output))}: {', '.join(_FILES)}[/]", highlight=False, soft_wrap=True)
    return report.exit_code


def _discard(output: Path) -> None:
    """Remove the report of a former run, which a reader would take for this one's."""
    for name in _FILES:
        (output / name).unlink(missing_ok=True)


def run() -> None:
    """Run the command; end the process with its exit code."""
    with exit_on_error(ExitCode.FAILED), faults_in_words():
        try:
            code = app(standalone_mode=False)
        except click.ClickException as misuse:
            _discard(_BUILD)
            misuse.show()
            sys.exit(ExitCode.FAILED)
        if code == INTERRUPTED:
            raise KeyboardInterrupt  # which typer has made a number of
        sys.exit(code)


if __name__ == "__main__":
    run()
