"""Runner of the review's workflows: their own commands, each job in a clone of its own, as on GitHub."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from assembly.values import Json
from tests.outer_make import without_outer_make
from tests.review.fake_github import RUN, GitHub, archive, served
from tests.synthesis import CHECKOUT

FOLDER = CHECKOUT / ".github" / "workflows"
# YAML 1.1 takes the key `on` for true.
WORKFLOWS: dict[str, Json] = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob("*.yaml"))}
EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")
BASE = "github.event.merge_group.base_sha || format('refs/remotes/origin/{0}', github.base_ref)"
_OUTPUT = re.compile(r"always\(\) && steps\.\w+\.outputs\.(\w+) == '(\w+)'")
# What `make setup` is named by in the Makefile.
_LOCKS = ("requirements.txt", "requirements-uv.txt", "package.json", "package-lock.json")


@dataclass
class Job:
    """Result of a job.

    Attributes:
        code: how its first failing command ended; 0 where none failed.
        said: what that command, or the last one, printed.
        artifacts: its uploads, as GitHub packs them.
    """

    code: int = 0
    said: str = ""
    artifacts: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Runner:
    """A repository with a pull request, and the jobs that run for it.

    Attributes:
        folder: the clone that the pull request's author works in.
        jobs: the folder of the jobs' clones.
        report: what the last comparison found.
    """

    folder: Path
    jobs: Path
    report: Json = None

    @classmethod
    def of_checkout(cls, scratch: Path) -> "Runner":
        """Return a runner whose main is the checkout, with all that is not committed."""
        found = cls(scratch / "author", scratch / "jobs")
        listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
        files = subprocess.run(listed, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout.split("\0")
        for name in filter(None, files):
            if (CHECKOUT / name).exists():
                (found.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(CHECKOUT / name, found.folder / name)
        found.jobs.mkdir()
        found.git("init", "--quiet", "--initial-branch=main")
        found.commit("Deploy the platform")
        return found

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def begin(self, branch: str, to: str = "main") -> None:
        """Begin a pull request; ``to`` is its base, which begins at main."""
        if to != "main":
            self.git("branch", "--force", to, "main")
        self.git("switch", "--quiet", "--create", branch, "main")

    def replace(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def append(self, file: str, text: str) -> None:
        with (self.folder / file).open("a") as opened:
            opened.write(text)

    def commit(self, message: str) -> None:
        self.git("add", "--all")
        person = ("-c", "user.name=Nils", "-c", "user.email=nils@goodies.example")
        self.git(*person, "commit", "--quiet", "--allow-empty", f"--message={message}")

    def review(self, github: GitHub, base: str = "main", into: str = "") -> tuple[int, str]:
        """Run the review of the pull request; return how its second job ended, and leave its artifact.

        Args:
            github: the server.
            base: the branch that the pull request is for.
            into: what GitHub has merged it into, where that is not its base yet.
        """
        person = ("-c", "user.name=GitHub", "-c", "user.email=noreply@github.example")
        merge = self.git(*person, "commit-tree", "HEAD^{tree}", "-p", into or base, "-p", "HEAD", "-m", "Merge")
        event = {
            BASE: f"refs/remotes/origin/{base}",
            "github.server_url": "https://github.example",
            "github.repository": "goodies/deployment",
            "github.run_id": "7",
            "github.token": "secret",
        }
        made = self._job("review", "synthesize", merge, event)
        event["needs.synthesize.result"] = "failure" if made.code else "success"
        github.artifact = made.artifacts.get("synthesized")
        with served(github) as api:
            judged = self._job("review", "diff", merge, event, GITHUB_API_URL=api)
        github.artifact = judged.artifacts.get("review")
        return judged.code, f"{made.said}\n{judged.said}"

    def comment(self, github: GitHub) -> str:
        """Run what follows the review, from main; return the comment."""
        event = self.jobs / "event.json"
        event.write_text(json.dumps({"workflow_run": RUN}))
        with served(github) as api:
            variables = {"GITHUB_API_URL": api, "GITHUB_EVENT_PATH": str(event)}
            done = self._job("review-comment", "comment", "main", {"github.token": "secret"}, **variables)
        assert done.code == 0, done.said
        return str(github.comments[-1]["body"])

    def _job(self, workflow: str, name: str, commit: str, expressions: Mapping[str, str], **variables: str) -> Job:
        clone = self._clone(self.git("rev-parse", commit))
        job, outputs = Job(), clone.with_suffix(".outputs")
        outputs.touch()
        given = {"GITHUB_SHA": commit, "GITHUB_RUN_ID": "7", "GITHUB_REPOSITORY": "goodies/deployment"}
        given |= {"GITHUB_OUTPUT": str(outputs), **variables}
        for step in WORKFLOWS[workflow]["jobs"][name]["steps"]:
            if not _runs(step.get("if"), outputs, failed=bool(job.code)):
                continue
            if "run" in step:
                texts = {**WORKFLOWS[workflow].get("env", {}), **step.get("env", {})}
                environment = {
                    key: EXPRESSION.sub(lambda found: expressions[found[1]], text) for key, text in texts.items()
                }
                self._step(job, step["run"], clone, {**given, **environment})
            elif "upload-artifact" in step["uses"]:
                path = clone / step["with"]["path"]
                files = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
                top = path.parent if path.is_file() else path
                job.artifacts[step["with"]["name"]] = archive(
                    {each.relative_to(top).as_posix(): each.read_bytes() for each in files}
                )
                if (path / "report.json").exists():
                    self.report = json.loads((path / "report.json").read_text())
        return job

    def _step(self, job: Job, command: str, clone: Path, environment: Mapping[str, str]) -> None:
        ended = subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=clone,
            env={**without_outer_make(), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        job.code, job.said = ended.returncode, ended.stdout

    def _clone(self, commit: str) -> Path:
        clone = self.jobs / f"clone{len(list(self.jobs.iterdir()))}"
        subprocess.run(["git", "clone", "--quiet", "--no-checkout", str(self.folder), str(clone)], check=True)
        subprocess.run(["git", "-C", str(clone), "checkout", "--quiet", "--detach", commit], check=True)
        (clone / "node_modules").symlink_to(CHECKOUT / "node_modules")
        _link_environment(clone)
        # The cache is named by content, and saves the base's synthesis.
        shared = self.jobs.with_name("assemblies")
        shared.mkdir(exist_ok=True)
        (clone / "build").mkdir(exist_ok=True)
        (clone / "build" / "assemblies").symlink_to(shared)
        return clone


def _link_environment(clone: Path) -> None:
    """Give a clone the checkout's virtual environment, where `make setup` finds nothing to do: it stays as it is."""
    (clone / ".venv").mkdir()
    for entry in (CHECKOUT / ".venv").iterdir():
        if not entry.name.startswith("ready"):
            (clone / ".venv" / entry.name).symlink_to(entry.resolve())
    contents = b"".join((clone / name).read_bytes() for name in _LOCKS)
    command = ["git", "-C", str(clone), "hash-object", "--stdin"]
    named = subprocess.run(command, input=contents, check=True, capture_output=True).stdout.decode().strip()
    (clone / ".venv" / f"ready-{named}").touch()


def _runs(condition: str | None, outputs: Path, *, failed: bool) -> bool:
    if condition is None:
        return not failed
    (named,) = _OUTPUT.findall(condition)
    return "=".join(named) in outputs.read_text().splitlines()
