"""``python -m review.try_upgrade``: try the checkout as an update of what a commit deploys, on an embedded cloud.

Exit codes: 0 it is safe, or no base is named and it could not be tried; 1 something is wrong with it; 3 it could not be
tried, as of ``python -m review``.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from assembly import open_assembly
from assembly.revisions import CHECKOUT, merge_base, revision
from assembly.synth_cache import assembly_of
from errors import GoodiesError, exit_on_error
from local.cloud import EmbeddedCloud
from local.errors import EmbeddedCloudError
from review.compare.clouds import compare
from review.judge.approvals import approvals_since, judge
from review.judge.dangers import dangers
from review.model.report import ExitCode
from review.model.resource import Stack
from review.render.escape import lines
from review.render.faults import faults_in_words
from review.report import RevisionSide, has_danger
from review.try_upgrade.base import default_base
from review.try_upgrade.problems import problems
from review.try_upgrade.report import show
from review.try_upgrade.run import StackUpgrade, upgrade

_CLOUD = "aws"  # the one that can be had on this machine
_BUILD = CHECKOUT / "build"
_LOGS = _BUILD / "upgrade"
_SHARED = "shared"
_WRONG = 1


def main(
    base: Annotated[
        str | None, typer.Option(help="The commit that stands for what is deployed; what main was before if left out.")
    ] = None,
    env: Annotated[str, typer.Option(help="The environment to update, with what all share.")] = "prod",
) -> None:
    """Deploy a commit, then the checkout over it; say what is lost, what fails, and what the diff does not predict."""
    console = Console()
    revision(None)  # without a repository there is nothing to compare with, which is no "nothing to try"
    ref = base or default_base()
    if ref is None:
        console.print("No earlier commit is known here: nothing is tried. In a shallow clone: git fetch --deepen=1")
        return
    try:
        found = _try(ref, env, console)
    except GoodiesError as error:
        if base:
            raise
        # A base that does not synthesize or deploy is no fault of what comes after it.
        console.print(lines(str(error)), highlight=False, markup=False, soft_wrap=True)
        console.print(
            f"The update from {ref[:7]} could not be tried. This alone does not fail the run.", highlight=False
        )
        return
    sys.exit(_WRONG if found else 0)


def _try(ref: str, env: str, console: Console) -> list[str]:
    root = merge_base(ref)
    console.print(f"Upgrade of {env} from {ref} ({root[:7]}) to the checkout", highlight=False)
    with console.status("Synthesizing both"):
        base, head = (assembly_of(side, _CLOUD) for side in (root, None))
        difference = compare(base, head)
    environments = {**_environments(difference.before), **_environments(difference.after)}
    if env not in environments.values():
        known = ", ".join(sorted(set(environments.values()) - {_SHARED}))
        raise EmbeddedCloudError(f"ENV={env}: neither {ref} nor the checkout has it; they have {known}")
    names = [name for name, environment in environments.items() if environment in {env, _SHARED}]
    if not any(_differs(f"{name}.template.json", base, head) for name in names):
        console.print("No template differs: there is nothing to update.", highlight=False)
        return []
    with TemporaryDirectory(dir=_BUILD, prefix="upgrade-") as scratch:
        upgrades = _on_a_cloud(Path(scratch), base, head, names, console)
    resources = {
        (name, logical_id): resource
        for side in (difference.before, difference.after)
        for name, stack in side.items()
        for logical_id, resource in stack.resources.items()
    }
    allowed_at = has_danger(RevisionSide(ref, root), RevisionSide("the checkout", None))
    judged, _ = judge(dangers(difference), approvals_since(ref, CHECKOUT), allowed_at)
    found = problems(upgrades, resources, difference.changes, judged)
    show(upgrades, found, console)
    return found


def _differs(template: str, base: Path, head: Path) -> bool:
    texts = [file.read_text() if file.exists() else "" for file in (base / template, head / template)]
    return texts[0] != texts[1]


def _environments(stacks: Mapping[str, Stack]) -> dict[str, str]:
    return {name: stack.settings.environment for name, stack in stacks.items()}


def _on_a_cloud(scratch: Path, base: Path, head: Path, names: list[str], console: Console) -> list[StackUpgrade]:
    """Try it on a cloud of its own, of which the logs stay."""
    cloud = EmbeddedCloud(scratch / "cloud")
    # A deploy writes what it packs into an assembly.
    old, new = (open_assembly(shutil.copytree(side, scratch / name)) for side, name in ((base, "base"), (head, "head")))
    try:
        cloud.start()
        return upgrade(cloud, old, new, names, scratch=scratch, console=console)
    finally:
        shutil.rmtree(_LOGS, ignore_errors=True)
        shutil.copytree(cloud.directory / "logs", _LOGS)
        cloud.wipe()


if __name__ == "__main__":
    with exit_on_error(ExitCode.FAILED), faults_in_words():
        typer.run(main)
