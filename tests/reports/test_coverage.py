"""Generated page of the plan's coverage: marks, parts, proofs by behaviour."""

import json
from base64 import b64decode
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from assembly.revisions import CHECKOUT
from reports.__main__ import app
from reports.coverage import DOCUMENT, matrix, matrix_of, render, render_tests
from reports.coverage.errors import CoverageError
from reports.coverage.marks import Proof, fixtures_that_run, proofs
from reports.coverage.matrix import ManualTask, Strength, cells, manual_tasks
from reports.coverage.plan import promises
from reports.coverage.render import SYMBOLS, summary, table
from tests.aws.resources import Environment
from tests.conftest import marks_of, refuse_unknown
from tests.gcp.terraform import Stack

SOURCE = """
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.plan("DR-1")]


@pytest.mark.plan("DR-2", "DR-3")
def test_of_its_own(): ...


def test_of_the_module(): ...


@pytest.mark.plan("SEC-1")
class TestSeveral:
    async def test_inside(self): ...


@pytest.mark.parametrize("given", [pytest.param(1, marks=pytest.mark.plan("SEC-2"))])
def test_of_a_parameter(given): ...


@pytest.mark.plan("SEC-3")
def helper(): ...
"""


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    return tmp_path / "tests"


def write(folder: Path, place: str, source: str = SOURCE) -> None:
    file = folder / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source)


@pytest.mark.plan("IMP-11")
def test_the_document_is_current() -> None:
    assert (CHECKOUT / DOCUMENT).read_text() == render(matrix_of(CHECKOUT)), "run make coverage"


def test_every_promise_of_the_plan_has_a_row() -> None:
    plan = [promise.id for promise in promises(CHECKOUT / "docs")]
    assert list(dict.fromkeys(cell.id for cell in matrix_of(CHECKOUT))) == plan


@pytest.mark.parametrize("given", ["ENV-2/data", "SCL-1"])
def test_a_part_or_a_whole_row_without_parts_may_be_named(given: str) -> None:
    refuse_unknown("here", given)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("ENV-2", "Write one of ENV-2/minimal, ENV-2/deployment, ENV-2/integration, ENV-2/data."),
        ("ENV-2/date", "Write one of ENV-2/minimal, ENV-2/deployment, ENV-2/integration, ENV-2/data."),
        ("SCL-1/cpu", "Write SCL-1, which has no parts."),
        ("SLC-1", "'SLC-1' is no id of docs/plan.yaml. Near it: "),
    ],
)
def test_what_no_test_can_prove_is_refused_with_what_may_be_written(given: str, words: str) -> None:
    with pytest.raises(pytest.UsageError) as refused:
        refuse_unknown("here", given)
    assert words in str(refused.value)


def test_a_row_selects_all_of_its_parts() -> None:
    assert marks_of(["DR-7", "ENV-2/data", "SCL-1"]) == {"DR-7/stored", "DR-7/region", "ENV-2/data", "SCL-1"}


def test_marks_are_found_on_functions_classes_modules_and_parameters(tests: Path) -> None:
    write(tests, "aws/test_it.py")
    assert {proof.test: proof.promises for proof in proofs(tests)} == {
        "test_of_its_own": ("DR-1", "DR-2", "DR-3"),
        "test_of_the_module": ("DR-1",),
        "TestSeveral::test_inside": ("DR-1", "SEC-1"),
        "test_of_a_parameter": ("DR-1", "SEC-2"),
    }


def test_a_mark_that_is_no_literal_is_refused(tests: Path) -> None:
    write(tests, "test_it.py", "import pytest\n\n@pytest.mark.plan(PROMISE)\ndef test_it(): ...\n")
    with pytest.raises(
        CoverageError, match=r"tests/test_it\.py:3: pytest\.mark\.plan: given PROMISE; allowed is .*DR-7"
    ):
        proofs(tests)


@pytest.mark.parametrize(
    ("place", "clouds"),
    [
        ("aws/test_it.py", ("aws",)),
        ("gcp/test_it.py", ("gcp",)),
        ("stacks/test_azure.py", ("azure",)),
        ("stacks/test_it.py", ("aws",)),
        ("operations/test_gcp_restore.py", ("gcp",)),
    ],
)
def test_the_place_decides_where(tests: Path, place: str, clouds: tuple[str, ...]) -> None:
    write(tests, place)
    assert {proof.clouds for proof in proofs(tests)} == {clouds}


CONFTEST = """
import pytest

@pytest.fixture
def server(): ...

@pytest.fixture(scope="session")
def client(*, server): ...

@pytest.fixture
def quiet(): ...
"""
OWN = """
import pytest

@pytest.fixture
def client(client): ...

@pytest.fixture
def quiet(quiet): ...

@pytest.mark.plan("DR-1")
def test_of_a_client(client): ...

@pytest.mark.plan("DR-1")
def test_of_what_is_used(): ...

@pytest.mark.plan("DR-1")
def test_of_nothing(quiet, tmp_path): ...
""".replace("def test_of_what_is_used", '@pytest.mark.usefixtures("server")\ndef test_of_what_is_used')


def test_the_fixtures_of_a_test_decide_how(tests: Path) -> None:
    write(tests, "conftest.py", CONFTEST)
    write(tests, "running.py", 'RUNNING: dict[str, str] = {"conftest.py::server": "a server"}')
    write(tests, "deployed/test_it.py", OWN)
    assert {proof.test: proof.by_behaviour for proof in proofs(tests)} == {
        "test_of_a_client": True,
        "test_of_what_is_used": True,
        "test_of_nothing": False,
    }


def test_a_fixture_of_the_same_name_elsewhere_runs_nothing(tests: Path) -> None:
    write(tests, "deployed/conftest.py", CONFTEST)
    write(tests, "running.py", 'RUNNING: dict[str, str] = {"deployed/conftest.py::server": "a server"}')
    write(tests, "aws/test_it.py", CONFTEST + '@pytest.mark.plan("DR-1")\ndef test_it(client): ...\n')
    assert [proof.by_behaviour for proof in proofs(tests)] == [False]


@pytest.mark.parametrize("fixture", fixtures_that_run(CHECKOUT / "tests"))
def test_what_runs_is_a_fixture(fixture: str) -> None:
    file, _, name = fixture.partition("::")
    assert f"\ndef {name}(" in (CHECKOUT / "tests" / file).read_text()


PLAN = """
- {id: DR-3, clouds: [aws, gcp], text: "Replication"}
- {id: DR-7, clouds: [aws, gcp], text: "Secrets, also in the DR region"}
- {id: IMP-6, clouds: [all], text: "Penetration tests"}
- {id: IMP-9, clouds: [all], text: "Post-mortem"}
"""
PARTS = "DR-7: {stored: secrets are stored, region: they are in both regions}"
PERSONS = """
- {promise: IMP-6, clouds: [all], act: a test, reason: none, review: penetration_test, question: x, record: the ticket}
"""


def proof(*names: str, by_behaviour: bool = False, test: str = "test_it", clouds: tuple[str, ...] = ("aws",)) -> Proof:
    return Proof(names, "aws/test_it.py", test, clouds, by_behaviour)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    write(tmp_path, "plan.yaml", PLAN)
    write(tmp_path, "plan-parts.yaml", PARTS)
    write(tmp_path, "by-person.yaml", PERSONS)
    return tmp_path


def test_a_promise_is_as_proven_as_its_weakest_part(docs: Path) -> None:
    given = [
        proof("DR-3", "IMP-9", "DR-7/stored", by_behaviour=True),
        proof("DR-7/region"),
        proof("DR-7/stored", clouds=("gcp",)),
    ]
    found = cells(promises(docs), given, manual_tasks(docs / "by-person.yaml"))
    assert {(cell.id, cell.cloud): cell.strength for cell in found} == {
        ("DR-3", "aws"): Strength.BEHAVIOUR,
        ("DR-3", "gcp"): Strength.OPEN,
        ("DR-7", "aws"): Strength.TEMPLATE,
        ("DR-7", "gcp"): Strength.OPEN,
        ("IMP-6", "all"): Strength.PERSON,
        ("IMP-9", "all"): Strength.BEHAVIOUR,
    }
    assert summary(found) == {
        "aws": (2, 1, 1, 0, 0, 0),
        "gcp": (2, 0, 0, 0, 0, 2),
        "all": (2, 1, 0, 0, 1, 0),
    }
    rows = render(found).splitlines()
    assert rows[-4:] == [
        "| DR-3 | ● | ✗ |  |",
        "| DR-7 | ◐ | ✗ region |  |",
        "| IMP-6 |  |  | ◇ |",
        "| IMP-9 |  |  | ● |",
    ]
    listed = render_tests(found)
    assert "- gcp region: open" in listed
    assert "- all: a test; asked for by the review `penetration_test`; recorded in the ticket" in listed


def test_what_only_a_test_with_providers_proves_needs_the_providers(docs: Path, tests: Path) -> None:
    write(tests, "providers/test_deploy.py", '@pytest.mark.plan("DR-3", "DR-7/stored")\ndef test_it(): ...\n')
    write(tests, "gcp/test_it.py", '@pytest.mark.plan("DR-7/region")\ndef test_it(): ...\n')
    found = cells(promises(docs), proofs(tests), [])
    assert [(cell.id, cell.strength) for cell in found if cell.cloud == "gcp"] == [
        ("DR-3", Strength.PROVIDERS),
        ("DR-7", Strength.PROVIDERS),
    ]
    assert "| DR-3 | ✗ | needs the providers |  |" in render(found).splitlines()


def test_the_page_is_the_same_where_terraform_and_its_providers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    here = render(matrix_of(CHECKOUT))
    (cell,) = (cell for cell in matrix_of(CHECKOUT) if (cell.id, cell.cloud) == ("SCL-9", "gcp"))
    assert cell.strength is Strength.PROVIDERS
    assert here.count(f"| {SYMBOLS[Strength.PROVIDERS]} |") >= 1
    monkeypatch.setenv("PATH", "")
    assert render(matrix_of(CHECKOUT)) == here


def test_a_test_of_the_embedded_cloud_proves_no_promise(tests: Path) -> None:
    write(tests, "local/gcp/test_it.py", '@pytest.mark.plan("DR-3")\ndef test_it(): ...\n')
    with pytest.raises(
        CoverageError, match=r"tests/local/gcp/test_it\.py: test_it: given .*DR-3; .* proves no promise"
    ):
        proofs(tests)


def test_the_document_does_not_change_when_a_test_is_renamed(docs: Path) -> None:
    before, after = (cells(promises(docs), [proof("DR-3", test=name)], []) for name in ("test_old", "test_new"))
    assert render(before) == render(after)
    assert render_tests(before) != render_tests(after)


def test_parts_of_a_row_that_the_plan_does_not_have_are_refused(docs: Path) -> None:
    write(docs, "plan-parts.yaml", "DR-77: {stored: it}")
    with pytest.raises(CoverageError, match=r"plan-parts\.yaml: given DR-77; allowed are .*, DR-3, DR-7"):
        promises(docs)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("plan.yaml", "- {id: DR-3, clouds: [aws]}", "docs/plan.yaml: row 1: given .*DR-3.*; it lacks text"),
        ("plan.yaml", "- {id: [", "docs/plan.yaml: .* line 1"),
        ("plan-parts.yaml", "DR-7: {", "docs/plan-parts.yaml: .* line 1"),
    ],
)
def test_a_plan_that_cannot_be_read_is_refused(docs: Path, name: str, text: str, words: str) -> None:
    write(docs, name, text)
    with pytest.raises(CoverageError, match=words):
        promises(docs)


def test_a_task_with_other_keys_is_refused(docs: Path) -> None:
    write(docs, "by-person.yaml", "- {promise: IMP-6, cloud: all}")
    with pytest.raises(
        CoverageError, match=r"by-person\.yaml: row 1: given promise, cloud; allowed are promise, clouds"
    ):
        manual_tasks(docs / "by-person.yaml")


@pytest.mark.parametrize(
    ("place", "source", "words"),
    [
        ("gcp/test_it.py", "def test_it(:", r"gcp/test_it\.py:1: .*; allowed is Python"),
        ("running.py", "RUNNING: dict[str, str] = {NAME: 'a server'}", r"tests/running\.py: RUNNING: .* literals"),
    ],
)
def test_tests_that_cannot_be_read_are_refused(tests: Path, place: str, source: str, words: str) -> None:
    write(tests, place, source)
    with pytest.raises(CoverageError, match=words):
        proofs(tests)


def test_the_command_ends_with_the_error_and_no_traceback(docs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(docs, "plan-parts.yaml", "DR-77: {stored: it}")
    monkeypatch.setattr(matrix, "promises", lambda _: promises(docs))
    ended = CliRunner().invoke(app, ["coverage", "--check"])
    assert (ended.exit_code, "docs/plan-parts.yaml: given DR-77" in ended.stderr) == (1, True)
    assert isinstance(ended.exception, SystemExit)


def test_without_a_file_there_are_no_manual_tasks(tmp_path: Path) -> None:
    assert manual_tasks(tmp_path / "by-person.yaml") == []


@pytest.mark.parametrize("task", manual_tasks(CHECKOUT / "docs" / "by-person.yaml"), ids=lambda task: task.promise)
def test_what_a_person_does_is_asked_for_by_a_synthesized_review(
    task: ManualTask, account: Environment, gcp_shared: Stack
) -> None:
    assert task.reason
    refuse_unknown("docs/by-person.yaml", task.promise)
    place = "".join(word.title() for word in task.review.split("_"))
    for cloud in task.clouds:
        if cloud == "gcp":
            schedule = gcp_shared.one("google_cloud_scheduler_job", f"Tickets/{task.review}")
            body = json.loads(b64decode(schedule["http_target"]["body"]))
            assert task.question in json.loads(body["argument"])["checklist"]
            assert schedule["schedule"]
        else:
            schedules = account.resources("AWS::Scheduler::Schedule")
            (machine,) = (each["Target"]["Arn"] for each in schedules if f"Reviews/{place}/" in each.path)
            assert task.question in machine["DefinitionString"]


def test_the_terminal_shows_files(docs: Path) -> None:
    console = Console(width=100)
    with console.capture() as captured:
        console.print(table(cells(promises(docs), [proof("DR-3"), proof("DR-3")], [])))
    assert "aws/test_it.py (2)" in captured.get()
    assert "DR-7/region" in captured.get()
