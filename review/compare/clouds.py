"""Comparison of two folders of synthesized output, whichever tool wrote them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from assembly.reader import Cli, cli_of
from review.compare import cloudformation, terraform
from review.compare.comparison import changes, matched
from review.errors import ReviewError
from review.model.change import Change, Difference
from review.model.resource import Stack
from review.read import cloudformation as cloudformation_reader
from review.read import terraform as terraform_reader
from review.read.assets import changed_files


def compare(before: Path | None, after: Path | None) -> Difference:
    """Compare two folders that the same tool wrote: ``cdk synth`` or ``cdktf synth``; None is a side without any stack.

    Raises:
        AssemblyError: one of them holds no synthesized output, or it cannot be read.
        ReviewError: different tools wrote them.
    """
    written_by = {cli_of(folder) for folder in (before, after) if folder}
    if len(written_by) > 1:
        raise ReviewError(f"{before} and {after} were not written by the same tool")
    return _aws(before, after) if written_by == {Cli.CDK} else _terraform(before, after)


def stacks_of(folder: Path) -> Mapping[str, Stack]:
    """Return the stacks of a folder, whichever tool wrote it.

    Raises:
        AssemblyError: it holds no synthesized output, or it cannot be read.
    """
    if cli_of(folder) is Cli.CDK:
        return cloudformation_reader.Application(folder).stacks
    return terraform_reader.Application(folder).stacks


def _aws(before: Path | None, after: Path | None) -> Difference:
    new = cloudformation_reader.Application(after)
    old, pairs = matched(cloudformation_reader.Application(before), new)
    found = changes(pairs, cloudformation.impacts(old, new, pairs))
    return Difference(_with_files(found, old, new), old.stacks, new.stacks)


def _terraform(before: Path | None, after: Path | None) -> Difference:
    new = terraform_reader.Application(after)
    old, pairs = matched(terraform_reader.Application(before).followed_by(new), new)
    return Difference(changes(pairs, terraform.impacts(pairs)), old.stacks, new.stacks)


def _with_files(
    found: Sequence[Change], old: cloudformation_reader.Application, new: cloudformation_reader.Application
) -> list[Change]:
    """Return changes that name the files of a program that differ, where the template has only their hashes."""
    return [
        replace(
            change,
            edits=tuple(
                replace(edit, note=", ".join(files))
                if isinstance(edit.before, str)
                and isinstance(edit.after, str)
                and (files := changed_files(old.assets, new.assets, edit.before, edit.after))
                else edit
                for edit in change.edits
            ),
        )
        for change in found
    ]
