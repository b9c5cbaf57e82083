from pathlib import Path

import pytest
from rich.console import Console

from assembly.revisions import CHECKOUT
from reports.coverage import DOCUMENT, matrix_of, render
from reports.coverage.marks import Proof, proofs
from reports.coverage.matrix import cells, manual_tasks
from reports.coverage.render import summary, table
from tests.conftest import promises

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
    assert list(dict.fromkeys(cell.id for cell in matrix_of(CHECKOUT))) == promises()


def test_marks_are_found_on_functions_classes_modules_and_parameters(tests: Path) -> None:
    write(tests, "aws/test_it.py")
    assert {proof.test: proof.promises for proof in proofs(tests)} == {
        "test_of_its_own": ("DR-1", "DR-2", "DR-3"),
        "test_of_the_module": ("DR-1",),
        "TestSeveral::test_inside": ("DR-1", "SEC-1"),
        "test_of_a_parameter": ("DR-1", "SEC-2"),
    }


@pytest.mark.parametrize(
    ("place", "clouds", "by_behaviour"),
    [
        ("aws/test_it.py", ("aws",), False),
        ("gcp/test_it.py", ("gcp",), False),
        ("stacks/test_azure.py", ("azure",), False),
        ("stacks/test_it.py", ("aws",), False),
        ("deployed/test_it.py", ("aws",), True),
        ("operations/test_gcp_restore.py", ("gcp",), True),
        ("images/test_it.py", ("aws",), True),
    ],
)
def test_the_place_decides_how_and_where(tests: Path, place: str, clouds: tuple[str, ...], by_behaviour: bool) -> None:
    write(tests, place)
    assert {(proof.clouds, proof.by_behaviour) for proof in proofs(tests)} == {(clouds, by_behaviour)}


PLAN = """
- {id: DR-3, clouds: [aws, gcp], text: "Replication"}
- {id: IMP-6, clouds: [all], text: "Penetration tests"}
- {id: IMP-9, clouds: [all], text: "Post-mortem"}
"""
PERSONS = "[{id: IMP-6, clouds: [all], act: penetration test, schedule: monthly ticket, record: the ticket}]"


def test_what_no_test_proves_is_open(tmp_path: Path) -> None:
    write(tmp_path, "plan.yaml", PLAN)
    write(tmp_path, "by-person.yaml", PERSONS)
    proof = Proof(("DR-3", "IMP-9"), "deployed/test_it.py", "test_it", ("aws",), by_behaviour=True)
    found = cells(tmp_path / "plan.yaml", [proof], manual_tasks(tmp_path / "by-person.yaml"))
    assert [(cell.id, cell.cloud) for cell in found if cell.open] == [("DR-3", "gcp")]
    assert summary(found) == {"aws": (1, 1, 0, 0, 0), "gcp": (1, 0, 0, 0, 1), "all": (2, 1, 0, 1, 0)}
    written = render(found)
    assert "| gcp | open | | |" in written
    assert "penetration test; monthly ticket; recorded in the ticket" in written


def test_without_a_file_there_are_no_manual_tasks(tmp_path: Path) -> None:
    assert manual_tasks(tmp_path / "by-person.yaml") == []


def test_the_terminal_shows_files(tmp_path: Path) -> None:
    write(tmp_path, "plan.yaml", PLAN)
    proof = Proof(("DR-3",), "aws/test_it.py", "test_it", ("aws",), by_behaviour=False)
    console = Console(width=100)
    with console.capture() as captured:
        console.print(table(cells(tmp_path / "plan.yaml", [proof, proof], [])))
    assert "aws/test_it.py (2)" in captured.get()
