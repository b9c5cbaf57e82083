"""``python -m reports``: writes the generated pages anew, or checks that they are current."""

from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Annotated

import typer
from rich.console import Console

from assembly.revisions import CHECKOUT
from assembly.synth_cache import assembly_of
from errors import GoodiesError, exit_on_error
from reports.registry import REPORTS
from reports.report import Rendered, Report

_HELP = "\n\n".join(
    [
        "Write the pages that are generated from what the checkout synthesizes.",
        "What a page reads is synthesized first, unless it was since the last change of a source.",
        "\b\nThe pages:\n" + "\n".join(f"  {report.name:<13} {report.summary}" for report in REPORTS.values()),
        "\b\nExamples:\n"
        "  python -m reports                  write all of them\n"
        "  python -m reports cost parity      write these two\n"
        "  python -m reports --check          write nothing; name each page that is not current",
        "Exit code: 0 done, or all are current; 1 a page is not current, or says that something is wrong; "
        "2 there is no such page.",
    ]
)


class UnknownReportError(GoodiesError):
    """A name that no report has."""

    exit_code = 2


class NotCurrentError(GoodiesError):
    """Documents that are not what their reports would write, a line each."""


class ReportedProblemsError(GoodiesError):
    """Problems that the reports found in the deployment, one line each; the documents are written in any case."""


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(help=_HELP)
def main(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME", help="The pages; all without.")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; end with 1 where a page is old.")] = False,
) -> None:
    """Write reports, or check them.

    Raises:
        SystemExit: with the exit code that ``--help`` names.
    """
    with exit_on_error():
        reports = _selected(names or list(REPORTS))
        synthesized = cache(partial(assembly_of, None))
        rendered = [(report, report.render(synthesized)) for report in reports]
        if check:
            _check(rendered)
        else:
            _write(rendered)
        if problems := _problems(rendered):
            raise ReportedProblemsError("\n".join(problems))


def _selected(names: Sequence[str]) -> list[Report]:
    if unknown := [name for name in names if name not in REPORTS]:
        raise UnknownReportError(f"NAME: given {', '.join(unknown)}; allowed are {', '.join(REPORTS)}")
    return [REPORTS[name] for name in dict.fromkeys(names)]


def _check(rendered: Sequence[tuple[Report, Rendered]]) -> None:
    if old := [line for report, result in rendered for line in _not_current(report, result)]:
        raise NotCurrentError("\n".join([*old, *_problems(rendered)]))


def _not_current(report: Report, rendered: Rendered) -> Iterator[str]:
    for name, text in rendered.documents.items():
        file = CHECKOUT / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            yield f"{name} is not current; run `make {report.name}`"


def _write(rendered: Sequence[tuple[Report, Rendered]]) -> None:
    console = Console()
    for _, result in rendered:
        for name, text in (result.documents | result.artifacts).items():
            (CHECKOUT / name).parent.mkdir(parents=True, exist_ok=True)
            (CHECKOUT / name).write_text(text, encoding="utf-8")
        for item in result.terminal:
            text_only = isinstance(item, str)
            console.print(item, highlight=False, markup=not text_only, soft_wrap=text_only)


def _problems(rendered: Sequence[tuple[Report, Rendered]]) -> list[str]:
    return [line for _, result in rendered for line in result.problems]


if __name__ == "__main__":
    app()
