"""Report of a review: reads both sides, compares them, judges what changes and groups it for a reader."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache, reduce
from operator import or_
from pathlib import Path
from tempfile import gettempdir

from assembly.clouds import CLOUDS
from assembly.errors import AssemblyError, SynthesisError
from assembly.processes import for_each
from assembly.revisions import CHECKOUT, Revision, dirty, merge_base, revision
from assembly.scratch import scratch_folder
from assembly.synth_cache import SOURCES, assembly_of, clouds_of, sources_of
from review.compare.clouds import compare, stacks_of
from review.errors import ReviewError
from review.judge.approvals import approvals_since, judge
from review.judge.costs import costs
from review.judge.coverage import coverage
from review.judge.dangers import dangers
from review.judge.settings import unjudged, with_verdicts
from review.judges import warnings as judge_warnings
from review.model.change import Difference
from review.model.danger import Approval, Danger
from review.model.report import Cost, Coverage, Report
from review.render.grouping import environments
from review.synthesized import Folders, unpack


@dataclass(frozen=True)
class RevisionSide:
    """A side of a review: what a commit synthesizes.

    Attributes:
        title: what a reader calls it: ``main at 1a2b3c4``.
        ref: the commit; None is the checkout with all that is not committed.
        only: the environments to synthesize, separated by commas; all where empty.
    """

    title: str
    ref: str | None
    only: str = ""

    @property
    def clouds(self) -> Sequence[str]:
        """The clouds that it deploys to."""
        return clouds_of(self.ref)

    def folder(self, cloud: str) -> Path | None:
        """Return the folder with what it synthesizes for a cloud; None where it has no such cloud."""
        return assembly_of(self.ref, cloud, self.only) if cloud in self.clouds else None

    def at(self, commit: str) -> "RevisionSide":
        """Return the side as it was at another commit."""
        return replace(self, ref=commit)


@dataclass(frozen=True)
class FolderSide:
    """A side of a review: what was synthesized before.

    Attributes:
        title: what a reader calls it.
        by_cloud: the folder of each cloud.
        commits: the folders of other commits, where the side has some.
    """

    title: str
    by_cloud: Folders
    commits: Mapping[str, Folders] | None = None

    @property
    def clouds(self) -> Sequence[str]:
        """The clouds that were synthesized."""
        return list(self.by_cloud)

    def folder(self, cloud: str) -> Path | None:
        """Return the folder of a cloud; None where it was not synthesized."""
        return self.by_cloud.get(cloud)

    def at(self, commit: str) -> "FolderSide":
        """Return the side as it was at another commit; this side, where it knows no commits.

        Raises:
            SynthesisError: that commit was not synthesized.
        """
        if self.commits is None:
            return self
        if commit not in self.commits:
            raise SynthesisError(f"Commit {commit[:8]} was not synthesized")
        return replace(self, by_cloud=self.commits[commit])


Side = RevisionSide | FolderSide


@dataclass(frozen=True)
class _CloudReview:
    """Changes in one cloud, their costs, and the reason for unknown costs."""

    difference: Difference
    costs: Sequence[Cost]
    notes: Sequence[str]


def build_report(
    before: Side,
    after: Side,
    *,
    clouds: Sequence[str] = (),
    approvals: Sequence[Approval] = (),
    uncommitted: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> Report:
    """Return the report of what changes from one side to the other.

    Args:
        before: the base.
        after: the head.
        clouds: which to compare; all that either side has where empty.
        approvals: the trailers of commits that allow dangers.
        uncommitted: files of the head that no commit has.
        warnings: what a reader must know first.

    Raises:
        GoodiesError: the changes cannot be determined.
    """
    clouds = clouds or list(dict.fromkeys([*before.clouds, *after.clouds]))
    # A cloud is compared while a slower one is still synthesized.
    found = for_each(lambda cloud: _review_cloud(cloud, before, after), clouds)
    difference = reduce(or_, (each.difference for each in found))
    all_costs = [cost for each in found for cost in each.costs]
    judged, refused = judge(dangers(difference), approvals, has_danger(before, after))
    return Report(
        base=before.title,
        head=after.title,
        uncommitted=uncommitted,
        clouds=clouds,
        dangers=judged,
        refused=refused,
        environments=environments(with_verdicts(difference), all_costs),
        costs=all_costs,
        notes=[note for each in found for note in each.notes],
        warnings=warnings,
        unjudged=unjudged(difference, judged),
        coverage=coverage(difference.after) if difference.changes else [],
    )


def _review_cloud(cloud: str, before: Side, after: Side) -> _CloudReview:
    with ThreadPoolExecutor(max_workers=2) as workers:
        old, new = workers.map(lambda side: side.folder(cloud), (before, after))
    # What is synthesized from the same sources lies in one folder.
    difference = compare(old, new) if old != new else Difference([], {}, {})
    # Of a stack that comes as a whole, the bill is all that a reader compares.
    changes = [change for change in difference.changes if change.resource.stack in difference.before]
    try:
        return _CloudReview(difference, costs(cloud, old, new, changes), [])
    except Exception as error:
        # Whatever the bill cannot read, the changes are known.
        why = str(error) if type(error) is LookupError else f"{type(error).__name__}: {error}"
        note = f"The costs on {CLOUDS.get(cloud, cloud)} are unpriced, because the bill cannot be computed: {why}"
        return _CloudReview(difference, [], [note] if difference.changes else [])


def has_danger(before: Side, after: Side) -> Callable[[str, Danger], bool]:
    """Return a test whether a commit between the sides already has a danger, exactly as the head has it.

    The commit is synthesized, unless its synthesis reads what the head's reads. One whose output cannot be compared has
    no danger.
    """

    @cache
    def trailers_at(commit: str, cloud: str) -> set[str] | None:
        folder = after.at(commit).folder(cloud)
        if folder == after.folder(cloud):
            return None
        return {danger.trailer for danger in dangers(compare(before.folder(cloud), folder))}

    def test(commit: str, danger: Danger) -> bool:
        try:
            found = trailers_at(commit, danger.change.resource.cloud)
        except (AssemblyError, ReviewError, SynthesisError):
            return False
        return found is None or danger.trailer in found

    return test


def report_of_checkout(base: str, *, clouds: Sequence[str] = (), only: str = "") -> Report:
    """Return the report of the checkout against the commit where it left a branch.

    Args:
        base: the branch, tag or commit.
        clouds: which to compare; all that either side has where empty.
        only: the environments to compare, separated by commas; all where empty.

    Raises:
        GoodiesError: the changes cannot be determined.
    """
    before, head = revision(merge_base(base)), revision(None)
    title = _title(base, before)
    return build_report(
        RevisionSide(title, before.commit, only),
        RevisionSide(head.commit[:7], None, only),
        clouds=clouds,
        approvals=approvals_since(base, CHECKOUT),
        uncommitted=dirty(),
        warnings=judge_warnings(title, before.files, head.files, head.files),
    )


def coverage_of_checkout() -> list[Coverage]:
    """Return how much of what the checkout synthesizes the verdicts cover.

    Raises:
        GoodiesError: it does not synthesize.
    """
    folders = [assembly_of(None, cloud, "") for cloud in clouds_of(None)]
    return [each for folder in folders for each in coverage(stacks_of(folder))]


def report_of_synthesized(base: str, head: str, file: Path) -> Report:
    """Return the report of a commit that was synthesized elsewhere. Nothing of it runs here: this checkout judges it.

    Args:
        base: the branch, tag or commit to compare with.
        head: the commit.
        file: what `python -m review.synthesize` has written.

    Raises:
        GoodiesError: the changes cannot be determined.
    """
    before, after = revision(merge_base(base, head)), revision(head)
    title = _title(base, before)
    with scratch_folder(Path(gettempdir())) as folder:
        commits = unpack(file, folder)
        if after.commit not in commits:
            raise ReviewError(f"{file} was made of another commit than {head}")
        # What the commit says itself is not taken from the file.
        if sorted(commits[after.commit]) != sorted(clouds_of(after.commit)):
            raise ReviewError(f"{file} was made for other clouds than {head} names")
        for cloud, output in commits[after.commit].items():
            (output / SOURCES).write_text(sources_of(after.commit, cloud), encoding="utf-8")
        return build_report(
            RevisionSide(title, before.commit),
            FolderSide(after.commit[:7], commits[after.commit], commits),
            approvals=approvals_since(base, CHECKOUT, after.commit),
            warnings=judge_warnings(title, before.files, after.files, revision(None).files),
        )


def _title(base: str, before: Revision) -> str:
    name = base.removeprefix("refs/remotes/")
    return name if name.startswith(before.commit[:7]) else f"{name} at {before.commit[:7]}"
