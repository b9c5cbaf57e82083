"""``python -m review``: what the checkout would change, compared with a commit."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from assembly.revisions import CHECKOUT, dirty, fork, revision
from assembly.synth_cache import assembly_of, clouds_of
from errors import GoodiesError
from review.compare.collect import weighed
from review.judge.approvals import approvals, judged
from review.judge.dangers import dangers
from review.render.comment import comment
from review.render.grouping import environments
from review.render.json_report import machine
from review.render.page import page
from review.render.report import Exit, Report
from review.render.terminal import show

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_BUILD = CHECKOUT / "build" / "diff"


class _Ended(Exception):
    """The command has told what it found."""

    def __init__(self, code: Exit) -> None:
        super().__init__(code)
        self.exit = code


@app.command(
    epilog="Exit code: 0 nothing changes; 1 something changes; 2 something needs an explicit yes; 3 it cannot be told."
)
def main(
    base: Annotated[str, typer.Option(help="The branch, tag or commit to compare with.")] = "main",
    output: Annotated[Path, typer.Option(help="Where comment.md, report.html and report.json are written.")] = _BUILD,
    link: Annotated[str, typer.Option(help="Where a reader of the comment finds report.html.")] = "",
) -> None:
    """Say what the checkout, uncommitted files included, would change in every environment of every cloud."""
    report = compared(base)
    output.mkdir(parents=True, exist_ok=True)
    for name, content in (
        ("comment.md", comment(report, link)),
        ("report.html", page(report)),
        ("report.json", machine(report)),
    ):
        (output / name).write_text(content, encoding="utf-8")
    console = Console()
    show(report, console)
    console.print(f"[dim]{output}: report.html to look at, comment.md, report.json[/]", highlight=False, soft_wrap=True)
    raise _Ended(report.exit)


def compared(base: str, clouds: Sequence[str] = (), only: str = "") -> Report:
    """Return the report of the checkout against where it left a branch, or against a commit.

    Args:
        base: the branch or commit.
        clouds: which to compare; all where empty.
        only: the environments to compare, separated by commas; all where empty.

    Raises:
        GoodiesError: it cannot be told, and why.
    """
    root = fork(base)
    clouds = clouds or list(dict.fromkeys([*clouds_of(root), *clouds_of(None)]))
    found = weighed(clouds, lambda cloud: _assemblies(cloud, root, only))
    judgements, refused = judged(dangers(found.difference), approvals(CHECKOUT, root))
    return Report(
        base=base if base.startswith(root[:7]) else f"{base} at {root[:7]}",
        head=revision(None).commit[:7],
        uncommitted=dirty(),
        clouds=clouds,
        dangers=judgements,
        refused=refused,
        environments=environments(found.difference, found.costs),
        costs=found.costs,
        notes=found.notes,
    )


def _assemblies(cloud: str, root: str, only: str) -> tuple[Path | None, Path | None]:
    with ThreadPoolExecutor(max_workers=2) as workers:
        before, after = workers.map(lambda ref: _assembly(ref, cloud, only), (root, None))
    return before, after


def _assembly(ref: str | None, cloud: str, only: str) -> Path | None:
    return assembly_of(ref, cloud, only) if cloud in clouds_of(ref) else None


def run() -> None:
    """Run the command, so that its exit code says what the documentation promises."""
    try:
        app()
    except _Ended as ended:
        code = ended.exit
    except SystemExit as left:  # it told how to use it, because it was asked to or because it had to
        code = Exit.CANNOT_TELL if left.code else Exit.NOTHING
    except GoodiesError as problem:
        Console(stderr=True).print(str(problem), style="red", highlight=False, markup=False, soft_wrap=True)
        code = Exit.CANNOT_TELL
    except Exception as fault:
        # Python would end with 1, which says that nothing needs a yes.
        words = f"The diff itself is at fault, so nothing can be told: {type(fault).__name__}: {fault}"
        Console(stderr=True).print(words, style="red", highlight=False, markup=False, soft_wrap=True)
        code = Exit.CANNOT_TELL
    sys.exit(code)


if __name__ == "__main__":
    run()
