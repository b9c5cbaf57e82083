"""``python -m review.synthesize``: what a commit synthesizes, in one file for a review on another machine.

    python -m review --base BASE --head COMMIT --synthesized FILE

reads it there. Each commit that allows something is in it, too: an approval counts where its commit has the danger.
"""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from assembly.errors import SynthesisError
from assembly.revisions import CHECKOUT, revision
from assembly.synth_cache import assembly_of, clouds_of
from errors import exit_on_error
from review.github.limits import SYNTHESIZED
from review.judge.approvals import approvals_since
from review.synthesized import Folders, pack


def main(
    base: Annotated[str, typer.Option(help="The branch, tag or commit to compare with.")] = "main",
    output: Annotated[Path, typer.Option(help="The file to write.")] = CHECKOUT / "build" / SYNTHESIZED,
) -> None:
    """Write what the checkout's commit, and each since the base that allows something, synthesize for every cloud."""
    head = revision("HEAD").commit
    commits = {head: _folders(head)}
    for commit in dict.fromkeys(each.commit for each in approvals_since(base, CHECKOUT) if not each.fault):
        with suppress(SynthesisError):  # what it allows does not stand there
            commits[commit] = _folders(commit)
    pack(commits, output)


def _folders(commit: str) -> Folders:
    return {cloud: assembly_of(commit, cloud) for cloud in clouds_of(commit)}


if __name__ == "__main__":
    with exit_on_error():
        typer.run(main)
