"""Reads any folder with synthesized output, and compares two of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assembly.reader import Cli, cli_of
from review.compare import cloudformation as cloudformation_verdicts
from review.compare import terraform as terraform_verdicts
from review.compare.comparison import changes
from review.errors import ReviewError
from review.model.model import Change, Stack
from review.read import cloudformation, terraform
from review.read.assets import changed_files


@dataclass(frozen=True)
class Difference:
    """What two sides differ in.

    Attributes:
        changes: by stack and path.
        before: the base's stacks by name.
        after: the head's stacks by name.
    """

    changes: Sequence[Change]
    before: Mapping[str, Stack]
    after: Mapping[str, Stack]

    @property
    def new_environments(self) -> set[tuple[str, str]]:
        """Cloud and name of the environments that only the head has."""
        return _environments(self.after) - _environments(self.before)

    @property
    def gone_environments(self) -> set[tuple[str, str]]:
        """Cloud and name of the environments that only the base has."""
        return _environments(self.before) - _environments(self.after)

    def __or__(self, other: "Difference") -> "Difference":
        """Return both, of two clouds, as one."""
        return Difference(
            [*self.changes, *other.changes], {**self.before, **other.before}, {**self.after, **other.after}
        )


def _environments(side: Mapping[str, Stack]) -> set[tuple[str, str]]:
    return {(stack.settings.cloud, stack.settings.environment) for stack in side.values()}


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


def _aws(before: Path | None, after: Path | None) -> Difference:
    old, new = cloudformation.Application(before), cloudformation.Application(after)
    found = [_with_files(change, old, new) for change in changes(old, new, cloudformation_verdicts.verdicts)]
    return Difference(found, old.stacks, new.stacks)


def _terraform(before: Path | None, after: Path | None) -> Difference:
    new = terraform.Application(after)
    old = terraform.Application(before).followed_by(new)
    return Difference(changes(old, new, terraform_verdicts.verdicts), old.stacks, new.stacks)


def _with_files(change: Change, old: cloudformation.Application, new: cloudformation.Application) -> Change:
    """Return a change whose programs are told by the files that differ, not by their hashes."""
    edits = tuple(
        replace(edit, note=", ".join(files))
        if isinstance(edit.before, str)
        and isinstance(edit.after, str)
        and (files := changed_files(old.assets, new.assets, edit.before, edit.after))
        else edit
        for edit in change.edits
    )
    return replace(change, edits=edits)
