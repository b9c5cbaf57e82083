"""``python -m review.watch``: the diff again at every save, of the clouds and environments that it can concern."""

import time
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from watchfiles import watch

from assembly.revisions import CHECKOUT, merge_base, revision
from assembly.synth_cache import clouds_of, digest, inputs
from errors import GoodiesError, exit_on_error
from review.render.faults import faults_in_words
from review.render.terminal import show
from review.report import report_of_checkout

_ENVIRONMENTS = CHECKOUT / "environments"


def main(
    base: Annotated[str, typer.Option(help="The branch, tag or commit to compare with.")] = "main",
) -> None:
    """Show the diff after every save, until Ctrl-C."""
    merge_base(base)  # an unknown base stays unknown after a save
    console = Console()
    for _ in comparisons(base, _saves(), console):
        console.print("[dim]Waiting for the next save; Ctrl-C ends.[/]")


def comparisons(base: str, saves: Iterator[Collection[Path]], console: Console) -> Iterator[None]:
    """Compare everything once, then after each save what it can concern; yield after each comparison."""
    next(saves)  # begins to watch, so that what is saved during the first comparison is not missed
    known = _digests()
    _compare(base, list(known), "", console)
    yield
    for saved in filter(None, saves):
        now = _digests()
        clouds = [cloud for cloud, is_now in now.items() if is_now != known.get(cloud)]
        known = now
        if clouds:
            _compare(base, clouds, _environment_of(base, saved), console)
            yield


def _compare(base: str, clouds: list[str], only: str, console: Console) -> None:
    began = time.monotonic()
    console.rule(f"{', '.join(clouds)}{f', {only} only' if only else ''}")
    try:
        with faults_in_words():
            show(report_of_checkout(base, clouds=clouds, only=only), console)
    except GoodiesError as error:
        console.print(str(error), style="red", highlight=False, markup=False, soft_wrap=True)
    console.print(f"[dim]{time.monotonic() - began:.1f} s[/]", highlight=False)


def _digests() -> Mapping[str, str]:
    return {cloud: digest(cloud) for cloud in clouds_of(None)}


def _environment_of(base: str, saved: Collection[Path]) -> str:
    """Return the one environment that a save can concern; nothing where that may be more."""
    names = {path.stem for path in saved if path.parent == _ENVIRONMENTS and path.suffix == ".yaml"}
    one_file = len(names) == 1 and len(saved) == 1 and "policy" not in names
    known_before = f"environments/{min(names, default='')}.yaml" in revision(base).files
    return min(names) if one_file and known_before else ""


def _saves() -> Iterator[Collection[Path]]:
    """Yield the files of each save, and none from time to time."""
    for changes in watch(*inputs(), raise_interrupt=False, yield_on_timeout=True, rust_timeout=500):
        yield {Path(path) for _, path in changes}


if __name__ == "__main__":
    with exit_on_error(), faults_in_words():
        typer.run(main)
