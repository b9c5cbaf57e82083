"""Files that judge a change: the list is complete, each has an owner, and a change of one is said first."""

import ast
import json
import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from assembly.sealed_copy import SYNTHESIZED
from review.judges import JUDGES, judges, warnings
from tests.synthesis import CHECKOUT

REVIEW = {"review/synthesized.py": "1"}
# Modules that `make diff` and its workflow run.
PROGRAMS = ("review.__main__", "review.synthesize", "review.github.download", "review.github.post")
# What of the synthesis judges nothing: it is what is judged.
JUDGED = ("constructs_lib/", "environments/", "images/", "operations/", "stacks/")
# Each would judge if it were there.
UNEXPECTED = (
    ".venv/bin/python",
    "GNUmakefile",
    "__pycache__/errors.cpython-311.pyc",
    "build/assemblies/aws-0123456789abcdef/manifest.json",
    "makefile",
    "node_modules/aws-cdk/bin/cdk",
    "sitecustomize.py",
    "uv.toml",
    "yaml/__init__.py",
)


def tracked() -> list[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    done = subprocess.run(listed, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name]


def test_all_that_the_review_imports_judges_a_change() -> None:
    program = (
        f"import json, sys, {', '.join(PROGRAMS)}\n"
        "print(json.dumps([m.__file__ for m in sys.modules.values() if getattr(m, '__file__', None)]))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    inside = {Path(file) for file in json.loads(done.stdout) if Path(file).is_relative_to(CHECKOUT)}
    imported = {file.relative_to(CHECKOUT).as_posix() for file in inside} & set(tracked())
    assert "review/judge/dangers.py" in imported
    assert {file for file in imported if not file.startswith(JUDGES)} == set()


def test_all_that_the_review_names_as_a_file_judges_a_change() -> None:
    files = set(tracked())
    modules = [
        file
        for file in files - {"review/judges.py"}
        if file.startswith(("review/", "assembly/", "reports/cost/")) and file.endswith(".py")
    ]
    texts = {
        node.value
        for module in modules
        for node in ast.walk(ast.parse((CHECKOUT / module).read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    named = files & texts
    assert "cdk.json" in named
    assert {file for file in named if not file.startswith((*JUDGES, *JUDGED))} == {"docs/cost.md"}  # which is written


def test_all_that_a_synthesis_reads_judges_or_is_judged() -> None:
    assert [name for name in SYNTHESIZED if not name.startswith((*JUDGES, *JUDGED))] == []


def test_every_judge_is_a_file_of_the_repository() -> None:
    files = tracked()
    later = {"cdk.context.json"}  # the CDK writes it when it looks something up
    assert [name for name in JUDGES if name not in later and not any(file.startswith(name) for file in files)] == []


def owners(path: str) -> list[str]:
    """Return the owners of a file: those of the last pattern that matches it ("About code owners", GitHub's docs)."""
    found: list[str] = []
    for line in (CHECKOUT / ".github" / "CODEOWNERS").read_text().splitlines():
        pattern, *names = line.partition("#")[0].split() or [""]
        is_folder = pattern.endswith(("/", "*"))
        if pattern and fnmatchcase(f"/{path}", f"{pattern}*" if is_folder else pattern):
            found = names
    return found


def test_every_judge_has_an_owner() -> None:
    files = [*(file for file in tracked() if judges(file)), *UNEXPECTED]
    assert [file for file in files if not owners(file)] == []
    assert not owners("constructs_lib/naming.py")


def test_the_owners_are_teams_or_people() -> None:
    lines = (CHECKOUT / ".github" / "CODEOWNERS").read_text().splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert [rule for rule in rules if not re.fullmatch(r"\*|/[\w./-]+", rule[0])] == []
    assert rules[0][0] == "*"
    assert [name for _, *names in rules for name in names if not re.fullmatch(r"@[\w-]+(/[\w-]+)?", name)] == []


@pytest.mark.parametrize("path", ["review/model/rules.yaml", "cdk.json", ".github/workflows/review.yaml", *UNEXPECTED])
def test_a_change_of_a_judge_is_said_first(path: str) -> None:
    changed = {**REVIEW, path: "2"}
    (own,) = warnings("main at 1a2b3c4", REVIEW, changed, changed)
    assert own == f"This change touches what judges it: {path}. Its own code has judged it. Read these files first."
    (of_base,) = warnings("main at 1a2b3c4", REVIEW, changed, REVIEW)
    assert "The base's code has judged it." in of_base


def test_what_judges_nothing_is_no_warning() -> None:
    assert warnings("main", REVIEW, {**REVIEW, "environments/dev.yaml": "2"}, REVIEW) == []


def test_a_base_without_a_review_is_said_first() -> None:
    assert warnings("main at 1a2b3c4", {}, REVIEW, REVIEW) == [
        "main at 1a2b3c4 has no review that could judge this change: its own code has judged it."
    ]


def test_many_judges_are_counted() -> None:
    (said,) = warnings("main", REVIEW, {**REVIEW, **{f"review/{number}": "" for number in range(20)}}, REVIEW)
    assert " and 12 more." in said
