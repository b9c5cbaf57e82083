"""Assemblies of commits and of the checkout, in a small repository whose application writes down what it reads."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from assembly import libraries, revisions, synth_cache
from assembly.errors import SynthesisError, UnknownRevisionError
from assembly.revisions import dirty
from assembly.scratch import scratch_folder
from assembly.synth_cache import SOURCES, assembly_of, checked_assembly, clouds_of, validated_assembly
from tests.synthesis import CHECKOUT

APP = """
import json, os, pathlib, sys
source = pathlib.Path("environments/dev.yaml").read_text()
if "broken" in source:
    sys.exit("environments/dev.yaml: not like this")
folder = pathlib.Path(os.environ.get("CDK_OUTDIR") or os.environ["CDKTF_OUTDIR"])
folder.mkdir(parents=True)
context = json.loads(os.environ.get("CDK_CONTEXT_JSON") or os.environ["CDKTF_CONTEXT_JSON"])
made = {"cloud": sys.argv[1], "source": source, "context": context, "home": os.environ["HOME"], "program": sys.argv[0]}
(folder / "manifest.json").write_text(json.dumps(made))
"""


class Repository:
    """A repository in ``folder`` that stands in for the checkout."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._git("init", "--quiet", "--initial-branch=main")
        self.write("app.py", APP)
        self.write("cdk.json", json.dumps({"app": ".venv/bin/python app.py aws"}))
        self.write("cdktf.json", json.dumps({"app": ".venv/bin/python app.py gcp azure"}))
        self.write("environments/dev.yaml", "size: small")
        self.write("requirements.txt", "")
        self.write(".gitignore", ".venv\nbuild/\n")
        (folder / ".venv").symlink_to(CHECKOUT / ".venv")
        self.commit()

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def commit(self) -> str:
        self._git("add", "--all")
        self._git("-c", "user.name=n", "-c", "user.email=e@goodies.example", "commit", "--quiet", "--message=Change")
        return self.commit_id()

    def commit_id(self) -> str:
        return self._git("rev-parse", "HEAD").strip()

    def _git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.folder), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    made = Repository(tmp_path)
    monkeypatch.setattr(revisions, "CHECKOUT", tmp_path)
    for module, name in ((synth_cache, "assemblies"), (libraries, "libraries")):
        monkeypatch.setattr(module, "CHECKOUT", tmp_path)
        monkeypatch.setattr(module, "_KEPT", tmp_path / "build" / name)
    return made


def made(folder: Path) -> dict[str, Any]:
    written: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return written


def source(folder: Path) -> str:
    return str(made(folder)["source"])


@pytest.mark.usefixtures("repository")
def test_the_clouds_are_those_that_the_two_clis_are_told() -> None:
    assert clouds_of(None) == clouds_of("main") == ["aws", "gcp", "azure"]


def test_a_commit_is_synthesized_as_it_was_and_the_checkout_as_it_is(repository: Repository) -> None:
    repository.write("environments/dev.yaml", "size: large")
    assert dirty() == ["environments/dev.yaml"]
    assert source(assembly_of("main", "aws")) == "size: small"
    assert source(assembly_of(None, "aws")) == "size: large"


def test_what_a_synthesis_does_not_read_makes_no_second_one(repository: Repository) -> None:
    first = assembly_of("main", "aws")
    for unread in (
        "docs/decisions.md",
        "tests/test_it.py",
        "constructs_lib/gcp/data/cache.py",
        "stacks/gcp/environment.py",
    ):
        repository.write(unread, "changed")
    assert assembly_of(None, "aws") == first
    repository.write("constructs_lib/naming.py", "changed")
    assert assembly_of(None, "aws") != first


@pytest.mark.parametrize(
    "read",
    [
        'pathlib.Path("docs/retention.txt")',
        'next(p / "docs" / "retention.txt" for p in pathlib.Path(__file__).resolve().parents if (p / "docs").is_dir())',
        'pathlib.Path("stacks/gcp/retention.txt")',
    ],
    ids=["a folder that judges nothing", "the checkout above", "another cloud"],
)
def test_a_synthesis_that_reads_anything_else_fails(repository: Repository, read: str) -> None:
    for path in ("docs/retention.txt", "stacks/gcp/retention.txt"):
        repository.write(path, "35")
    repository.write("app.py", f"{APP}\nprint({read}.read_text())")
    repository.commit()
    for ref in (None, "main"):
        with pytest.raises(SynthesisError, match=r"(?s)sees only .*(FileNotFoundError|StopIteration)"):
            assembly_of(ref, "aws")


@pytest.mark.parametrize("link", ["environments/other.yaml", "constructs_lib"])
@pytest.mark.parametrize("committed", [False, True])
def test_a_link_that_a_deployment_would_follow_is_refused(repository: Repository, link: str, committed: bool) -> None:
    repository.write("docs/other.yaml", "size: large")
    (repository.folder / link).symlink_to(repository.folder / "docs")
    ref = repository.commit() if committed else None
    with pytest.raises(SynthesisError, match=f"{link} is a link"):
        assembly_of(ref, "aws")


def test_a_file_with_an_odd_name_is_part_of_the_checkout(repository: Repository) -> None:
    before = assembly_of(None, "aws")
    for name in ("with\nnewline.yaml", '"quoted".yaml', "-n.yaml"):
        repository.write(f"environments/{name}", "odd")
        assert assembly_of(None, "aws") != before


def test_each_side_runs_its_own_command(repository: Repository) -> None:
    repository.write("stacks/other.py", APP.replace("size", "other"))
    repository.write("cdk.json", json.dumps({"app": "SIZE=1 .venv/bin/python -E stacks/other.py aws"}))
    assert made(assembly_of("main", "aws"))["program"] == "app.py"
    folder = assembly_of(None, "aws")
    assert made(folder)["program"] == "stacks/other.py"
    sources = json.loads((folder / SOURCES).read_text())
    assert sources["settings"]["app"] == "SIZE=1 .venv/bin/python -E stacks/other.py aws"


@pytest.mark.parametrize("command", ["cdk.out", "python app.py aws; curl x", "python app.py", "python app.py aws --x"])
def test_a_command_that_names_no_clouds_is_refused(repository: Repository, command: str) -> None:
    repository.write("cdk.json", json.dumps({"app": command}))
    with pytest.raises(SynthesisError, match=r"cdk\.json: app: .*expected a command that ends with app\.py"):
        clouds_of(None)


def test_the_context_file_counts_as_it_does_for_the_cdk(repository: Repository) -> None:
    repository.write("cdk.json", json.dumps({"app": ".venv/bin/python app.py aws", "context": {"flag": True}}))
    repository.write("cdk.context.json", json.dumps({"environments": "dev", "flag": False}))
    folder = assembly_of(None, "aws")
    assert made(folder)["context"] == {"environments": "dev", "flag": True, "unchecked": "yes"}
    assert json.loads((folder / SOURCES).read_text())["context_file"] == {"environments": "dev", "flag": False}
    assert "environments" not in made(assembly_of("main", "aws"))["context"]


@pytest.mark.usefixtures("repository")
def test_a_home_that_cannot_be_made_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/proc/nonexistent")
    assert not made(assembly_of(None, "aws"))["home"].startswith("/proc")


KILLED = """
import os, signal, sys, pathlib
from assembly.scratch import scratch_folder
with scratch_folder(pathlib.Path(sys.argv[1])) as folder:
    (folder / "file").touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_next_run_removes_what_a_killed_one_left_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run(command, cwd=CHECKOUT, check=False).returncode == -signal.SIGKILL
    (left,) = tmp_path.glob("*/")
    assert (left / "file").exists()
    with scratch_folder(tmp_path) as first, scratch_folder(tmp_path) as second:
        assert sorted(tmp_path.glob("*/")) == sorted([first, second])
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("repository")
def test_an_unknown_base_says_what_to_name() -> None:
    with pytest.raises(
        UnknownRevisionError, match=r"BASE=mian: git knows no such commit here\. .*git fetch origin mian"
    ):
        assembly_of("mian", "aws")


def test_a_base_that_does_not_synthesize_says_why(repository: Repository) -> None:
    repository.write("environments/dev.yaml", "broken")
    commit = repository.commit()
    with pytest.raises(SynthesisError, match=rf"Commit {commit[:8]} does not .*\n.*dev.yaml: not like this"):
        assembly_of("main", "gcp")
    assert not list((repository.folder / "build" / "assemblies").glob("gcp-*/"))


@pytest.mark.usefixtures("repository")
def test_a_cloud_that_a_base_does_not_know_is_named() -> None:
    with pytest.raises(SynthesisError, match="knows no cloud 'oracle'; it has aws, gcp, azure"):
        assembly_of("main", "oracle")


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"app": 3}'])
def test_broken_settings_of_a_cli_are_named_with_the_side_that_has_them(repository: Repository, content: str) -> None:
    good = repository.commit_id()
    repository.write("cdk.json", content)
    with pytest.raises(SynthesisError, match=r"^The checkout does not synthesize: cdk\.json: "):
        clouds_of(None)
    assert clouds_of(good) == ["aws", "gcp", "azure"]
    broken = repository.commit()
    with pytest.raises(SynthesisError, match=rf"^Commit {broken[:8]} does not synthesize: cdk\.json: "):
        assembly_of(broken, "gcp")


def test_the_side_that_does_not_know_a_cloud_is_named(repository: Repository) -> None:
    for ref, side in ((None, "The checkout"), ("main", f"Commit {repository.commit_id()[:8]}")):
        with pytest.raises(SynthesisError, match=f"^{side} knows no cloud 'moon'; it has aws, gcp, azure"):
            assembly_of(ref, "moon")


def test_a_base_with_other_libraries_gets_its_own(repository: Repository) -> None:
    repository.write("requirements.txt", "more==1")
    assert source(assembly_of("main", "aws")) == "size: small"
    assert list((repository.folder / "build" / "libraries").glob("*/bin/python"))


def test_libraries_that_cannot_be_installed_are_told(repository: Repository) -> None:
    repository.write("requirements.txt", "no requirement at all")
    repository.commit()
    repository.write("requirements.txt", "more==1")
    with pytest.raises(SynthesisError, match=r"other libraries .* cannot be installed\. uv says:\n.*parse requirement"):
        assembly_of("main", "aws")


def test_only_the_latest_are_kept(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synth_cache, "_KEPT_PER_CLOUD", 2)
    for size in ("a", "b", "c"):
        repository.write("environments/dev.yaml", size)
        last = assembly_of(None, "aws")
    assert len(list((repository.folder / "build" / "assemblies").glob("aws-*/"))) == 2
    assert last.exists()


@pytest.fixture
def cdk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A CLI that writes down its arguments in the folder that it is to synthesize to, or fails with what it says."""
    program = tmp_path / ".venv-cdk.py"
    program.write_text(
        "import pathlib, sys\n"
        "if 'broken' in pathlib.Path('environments/dev.yaml').read_text(): sys.exit('dev.yaml: not like this')\n"
        "folder = pathlib.Path(sys.argv[-1]); folder.mkdir(parents=True, exist_ok=True)\n"
        "(folder / 'arguments').write_text(' '.join(sys.argv[1:-2]))\n"
    )
    monkeypatch.setattr(synth_cache, "CDK", (sys.executable, str(program)))
    return program


def validated(repository: Repository, environments: str = "") -> Path:
    return validated_assembly(environments, environment=os.environ, log=repository.folder / "build" / "synth.log")


@pytest.mark.usefixtures("cdk")
def test_what_is_deployed_is_synthesized_by_the_cli_and_kept_until_a_source_changes(repository: Repository) -> None:
    first = validated(repository, "dev")
    assert (first / "arguments").read_text() == "synth --quiet --context environments=dev"
    repository.write("docs/decisions.md", "changed")
    assert validated(repository, "dev") == first
    assert validated(repository) != first
    repository.write("constructs_lib/aws/data/cache.py", "changed")
    assert validated(repository, "dev") != first


@pytest.mark.usefixtures("cdk")
def test_what_does_not_synthesize_is_not_kept_and_says_why(repository: Repository) -> None:
    repository.write("environments/dev.yaml", "broken")
    with pytest.raises(SynthesisError, match=r"application does not synthesize\. .*\n.*dev.yaml: not like this"):
        validated(repository)
    assert "not like this" in (repository.folder / "build" / "synth.log").read_text()
    assert not list((repository.folder / "build" / "assemblies").glob("validated-*/"))


@pytest.mark.usefixtures("cdk")
def test_a_diff_does_not_see_what_a_deploy_writes(repository: Repository) -> None:
    assert validated(repository) != assembly_of(None, "aws")


@pytest.mark.usefixtures("cdk")
def test_without_git_every_deploy_synthesizes(repository: Repository) -> None:
    shutil.rmtree(repository.folder / ".git")
    folder = validated(repository, "dev")
    assert (folder / "arguments").read_text().endswith("environments=dev")
    assert validated(repository, "prod") == folder
    assert (folder / "arguments").read_text().endswith("environments=prod")


def unchecked(folder: Path) -> bool:
    return "unchecked" in made(folder)["context"]


def test_terraforms_stacks_are_deployed_checked_and_compared_unchecked(repository: Repository) -> None:
    first = checked_assembly("gcp")
    assert not unchecked(first)
    assert unchecked(assembly_of(None, "gcp"))
    repository.write("docs/decisions.md", "changed")
    assert checked_assembly("gcp") == first
    repository.write("environments/dev.yaml", "size: large")
    assert source(checked_assembly("gcp")) == "size: large"


def test_without_git_every_deploy_by_terraform_synthesizes(repository: Repository) -> None:
    shutil.rmtree(repository.folder / ".git")
    folder = checked_assembly("gcp")
    repository.write("environments/dev.yaml", "size: large")
    assert checked_assembly("gcp") == folder
    assert source(folder) == "size: large"
