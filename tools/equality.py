"""Equality of synthesized output: proves that a change of the code changes no template and no stack.

    python -m tools.equality --base REV [--mask texts]

Both sides are synthesized for every cloud and compared as parsed JSON, so that only the order of keys may differ, or,
with a mask, also what that mask covers (``tools/equality_masks.py``).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from assembly.revisions import merge_base
from assembly.synth_cache import assembly_of, clouds_of
from assembly.values import Json
from errors import GoodiesError, exit_on_error
from tools.equality_masks import without_texts

# Templates of the CDK with the assets that they name, and CDKTF's stacks; what a manifest says comes beside.
_FILES = ("*.template.json", "*.assets.json", "stacks/*/cdk.tf.json")
_SHOWN = 3


class Mask(StrEnum):
    """Differences that do not count: TEXTS are descriptions, titles, alarm texts, runbooks, and programs' sources."""

    TEXTS = "texts"


class NotEqualError(GoodiesError):
    """Files that differ between two syntheses."""


@dataclass(frozen=True)
class Comparison:
    """A synthesized file on both sides.

    Attributes:
        file: the cloud, and the file's path below that cloud's output.
        differences: the first paths whose values differ; empty where both sides are equal.
    """

    file: str
    differences: Sequence[str]


def compare(base: Path, checkout: Path, cloud: str, *, mask: Mask | None = None) -> list[Comparison]:
    """Compare every template and stack of two folders of synthesized output.

    Args:
        base: one side.
        checkout: the other.
        cloud: what to call both in the result.
        mask: the differences that do not count.
    """
    before, after = _contents(base), _contents(checkout)
    if mask is Mask.TEXTS:
        before, after = without_texts(before), without_texts(after)
    return [
        Comparison(f"{cloud}/{name}", list(islice(_file_differences(name, before, after), _SHOWN)))
        for name in sorted({*before, *after})
    ]


def differences(before: Json, after: Json, path: str = "") -> Iterator[str]:
    """Yield the path of each value that differs, ``Resources.Key.Properties.Tags[0]``, and how it differs."""
    match before, after:
        case dict(), dict():
            for key in dict.fromkeys([*before, *after]):
                here = f"{path}.{key}" if path else key
                if key not in after:
                    yield f"{here}: only in the base"
                elif key not in before:
                    yield f"{here}: only in the checkout"
                else:
                    yield from differences(before[key], after[key], here)
        case list(), list() if len(before) == len(after):
            for index, (one, other) in enumerate(zip(before, after, strict=True)):
                yield from differences(one, other, f"{path}[{index}]")
        case _ if type(before) is not type(after) or before != after:
            yield path


def _file_differences(name: str, before: Mapping[str, Json], after: Mapping[str, Json]) -> Iterator[str]:
    if name not in after:
        yield "only in the base"
    elif name not in before:
        yield "only in the checkout"
    else:
        yield from differences(before[name], after[name])


def _contents(folder: Path) -> Mapping[str, Json]:
    return {"manifest.json": _deployment(folder)} | {
        file.relative_to(folder).as_posix(): json.loads(file.read_text(encoding="utf-8"))
        for pattern in _FILES
        for file in folder.glob(pattern)
    }


def _deployment(folder: Path) -> Json:
    """Return the manifest's properties of each stack: protection, tags, account and region, dependencies."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {
        name: {key: entry[key] for key in ("environment", "properties", "dependencies") if key in entry}
        for name, entry in {**manifest.get("artifacts", {}), **manifest.get("stacks", {})}.items()
    }


def table(comparisons: Sequence[Comparison]) -> Table:
    """Return a row for each file: whether it is the same, and where it first differs."""
    shown = Table(
        *(Column(title, overflow="fold") for title in ("File", "", "First differences")), box=None, pad_edge=False
    )
    for comparison in comparisons:
        verdict = "[red]different[/]" if comparison.differences else "same"
        shown.add_row(comparison.file, verdict, "\n".join(comparison.differences))
    return shown


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(
    help="Compare what the checkout, uncommitted files included, synthesizes with what a commit synthesizes.",
    epilog="Exit code: 0 everything is equal; 1 something differs, or a side does not synthesize. "
    "Example: python -m tools.equality --base HEAD~1",
)
def main(
    base: Annotated[
        str, typer.Option(help="The branch, tag or commit to compare with; of a branch, where the checkout left it.")
    ] = "main",
    mask: Annotated[
        Mask | None,
        typer.Option(help="Let descriptions, titles, alarm texts, runbooks, and embedded programs differ."),
    ] = None,
) -> None:
    """Compare the checkout with a commit.

    Raises:
        SystemExit: with the exit code that ``--help`` names.
    """
    with exit_on_error():
        commit = merge_base(base)
        comparisons = [
            comparison
            for cloud in dict.fromkeys([*clouds_of(commit), *clouds_of(None)])
            for comparison in compare(assembly_of(commit, cloud), assembly_of(None, cloud), cloud, mask=mask)
        ]
        Console().print(table(comparisons))
        different = [comparison.file for comparison in comparisons if comparison.differences]
        if different:
            raise NotEqualError(f"{len(different)} of {len(comparisons)} files differ from {commit[:7]}")
        print(f"{len(comparisons)} files are equal to those of {commit[:7]}{f', {mask} masked' if mask else ''}")


if __name__ == "__main__":
    app()
