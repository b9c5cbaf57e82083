"""Command of the review: exit codes and error messages."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from rich.console import Console

from assembly.errors import SynthesisError
from review import __main__ as command
from review import report
from review.model.danger import Allowance
from review.model.report import ExitCode
from review.render.json_report import SCHEMA
from tests.review.conftest import write_terraform
from tests.review.terraform_corpus import stack
from tests.synthesis import CHECKOUT

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command on stacks that stand for what the base and the checkout synthesize, or on what they raise."""

    def run(before: object, after: object, *arguments: str) -> tuple[int, str]:
        sides = {}
        for name, content in (("before", before), ("after", after)):
            sides[name] = tmp_path / name
            if isinstance(content, dict):
                sides[name].mkdir()
                write_terraform(sides[name], content)

        def assembly_of(ref: str | None, _cloud: str, _environments: str) -> Path:
            if isinstance(given := before if ref else after, Exception):
                raise given
            return sides["before" if ref else "after"]

        def clouds_of(ref: str | None) -> list[str]:
            return [] if (before if ref else after) is None else ["gcp"]

        monkeypatch.setattr(report, "assembly_of", assembly_of)
        monkeypatch.setattr(report, "clouds_of", clouds_of)
        monkeypatch.setattr(sys, "argv", ["diff", "--base", "HEAD", "--output", str(tmp_path / "out"), *arguments])
        with pytest.raises(SystemExit) as left:
            command.run()
        shown = capsys.readouterr()
        return int(left.value.code or 0), shown.out + shown.err

    return run


def test_nothing_is_zero(run: Run) -> None:
    code, shown = run({"gcp-dev": stack()}, {"gcp-dev": stack()})
    assert (code, "Nothing changes" in shown) == (0, True), shown


def test_a_change_is_one(run: Run, tmp_path: Path) -> None:
    larger = stack()
    larger["output"]["other"] = {"value": "new"}
    code, shown = run({"gcp-dev": stack()}, {"gcp-dev": larger}, "--link", "https://example.org/report")
    assert (code, "1 change in dev on Google Cloud" in shown) == (1, True)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"comment.md", "report.html", "report.json"}
    assert "https://example.org/report" in (tmp_path / "out" / "comment.md").read_text()
    content = json.loads((tmp_path / "out" / "report.json").read_text())
    Draft202012Validator(json.loads(SCHEMA.read_text())).validate(content)
    assert content["exit"] == 1


def test_a_danger_is_two(run: Run) -> None:
    open_to_all = stack()
    open_to_all["resource"]["google_compute_firewall"]["inside"]["source_ranges"] = ["0.0.0.0/0"]
    code, shown = run({"gcp-dev": stack()}, {"gcp-dev": open_to_all})
    assert (code, "Allow-Open: gcp-dev/Network/inside" in shown) == (2, True)


def test_a_danger_is_two_where_nobody_reads_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """``make diff | head``."""

    def ended(*_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr(Console, "_write_buffer", ended)
    monkeypatch.setattr(Console, "on_broken_pipe", lambda _: sys.exit(1))
    open_to_all = stack()
    open_to_all["resource"]["google_compute_firewall"]["inside"]["source_ranges"] = ["0.0.0.0/0"]
    code, _ = run({"gcp-dev": stack()}, {"gcp-dev": open_to_all})
    assert code == 2


def test_a_fault_of_the_diff_is_three_and_no_traceback(run: Run) -> None:
    code, shown = run({"gcp-dev": stack()}, ZeroDivisionError("division by zero"))
    assert (code, "An internal error of the diff" in shown, "Traceback" in shown) == (3, True, False)


def test_a_run_that_fails_leaves_no_former_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for name in ("comment.md", "report.html", "report.json", "notes.txt"):
        (tmp_path / "out" / name).write_text("yesterday")
    code, _ = run({"gcp-dev": stack()}, SynthesisError("no such key"))
    assert (code, [path.name for path in (tmp_path / "out").iterdir()]) == (3, ["notes.txt"])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (ValueError("max() arg is an empty sequence"), "ValueError: max() arg is an empty sequence"),
        (KeyError("resources"), "KeyError: 'resources'"),
        (LookupError("no price of the tier huge"), "computed: no price of the tier huge"),
    ],
)
def test_costs_that_cannot_be_computed_are_a_note(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Exception, words: str
) -> None:
    def costs(*_: object) -> None:
        raise fault

    monkeypatch.setattr(report, "costs", costs)
    larger = stack()
    larger["output"]["other"] = {"value": "new"}
    code, _ = run({"gcp-dev": stack()}, {"gcp-dev": larger})
    (note,) = json.loads((tmp_path / "out" / "report.json").read_text())["notes"]
    assert (code, "unpriced" in note, note.endswith(words)) == (1, True, True)


def test_what_a_side_says_is_shown_as_it_is(run: Run) -> None:
    _, shown = run(SynthesisError("It says:\n\x1b[2Jnothing \u202e"), {})
    assert "It says:\n\\x1b[2Jnothing \\u202e" in shown


@pytest.mark.parametrize("deep", [json.loads("[" * 900 + "]" * 900), {"a": float("nan")}])
def test_odd_content_ends_in_words(run: Run, deep: object) -> None:
    odd = stack()
    odd["output"]["other"] = {"value": deep}
    code, shown = run({"gcp-dev": stack()}, {"gcp-dev": odd})
    assert (code in {1, 3}, "Traceback" in shown) == (True, False)


def test_characters_that_a_terminal_does_not_know_are_written_in_others() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from errors import exit_on_error\nwith exit_on_error():\n    print('1 \\u2192 2 \\udcff')",
        ],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONIOENCODING": "ascii"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 \\u2192 2 \\udcff\n", "")


def test_a_stack_on_one_side_only(run: Run) -> None:
    code, shown = run({"gcp-dev": stack()}, {"gcp-dev": stack(), "gcp-prod": stack()})
    assert (code, "gcp-prod: new: 10 added" in shown) == (1, True)


def test_a_cloud_on_one_side_only(run: Run) -> None:
    """The base is from before that cloud."""
    code, shown = run(None, {"gcp-dev": stack()})
    assert (code, "new: 10 added" in shown) == (1, True)


def test_a_base_that_does_not_synthesize_is_three_and_shows_its_error(run: Run) -> None:
    code, shown = run(SynthesisError("Commit 1a2b3c4 does not synthesize for gcp. It says:\nno such key"), {})
    assert (code, "It says:\nno such key" in shown, "Traceback" in shown) == (3, True, False)


def test_a_file_that_cannot_be_read_is_three(run: Run) -> None:
    code, shown = run({}, {"gcp-dev": []})
    assert (code, "gcp-dev.tf.json holds list" in shown.replace("\n", "")) == (3, True)


def test_the_environments_in_question_are_shown_with_what_is_not_committed(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(report, "dirty", lambda: ["environments/prod.yaml"])
    run({"gcp-dev": stack()}, {"gcp-dev": stack()})
    assert "Uncommitted files count: `environments/prod.yaml`" in (tmp_path / "out" / "comment.md").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--base", "no-such-branch"], 3, "git knows no such commit"),
        (["--bas"], 3, "No such option"),
        (["--help"], 0, "Exit code: 0 no change"),
    ],
)
def test_bad_input_ends_with_its_exit_code_and_no_traceback(arguments: list[str], code: int, words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "review", *arguments],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "COLUMNS": "200", "HOME": "/nonexistent"},
    )
    shown = done.stdout + done.stderr
    assert (done.returncode, words in shown, "Traceback" in shown) == (code, True, False), shown


def test_the_manual_lists_the_exit_codes_and_the_trailers() -> None:
    manual = (CHECKOUT / "docs" / "diff.md").read_text()
    codes = {int(code): text for code, text in re.findall(r"^\| (\d) \| (.+) \|$", manual, re.MULTILINE)}
    assert {code: text.partition(":")[0] for code, text in codes.items()} == {
        each.value: each.meaning for each in ExitCode
    }
    assert re.findall(r"^\| `(Allow-\w+)` \|", manual, re.MULTILINE) == list(Allowance)


@pytest.mark.parametrize(
    ("program", "code"),
    [("exit 1", 3), ("echo >build/diff/report.json; exit 1", 0), ("exit 0", 0), ("exit 2", 2), ("exit 3", 3)],
)
def test_make_passes_a_change_only_with_its_report(program: str, code: int, tmp_path: Path) -> None:
    """Python ends with 1 where it cannot begin, and a former report is none."""
    (found,) = re.findall(r"^diff:.*\n((?:\t.*\n)+)", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
    recipe = re.sub(r"\$\(PYTHON\) -m review .*\\\n", "program ", found).replace("\t@", "").replace("$$", "$")
    (tmp_path / "build" / "diff").mkdir(parents=True)
    (tmp_path / "build" / "diff" / "report.json").touch()
    script = f"program() ( {program} )\n{recipe}"
    assert subprocess.run(["sh", "-e", "-c", script], cwd=tmp_path, check=False).returncode == code
