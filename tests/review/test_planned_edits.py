"""Edits that Terraform's real providers have planned: the review says the same of the resource and of all others."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly import Assembly
from assembly.provider_checks import breaches
from assembly.reader import open_assembly
from assembly.values import at
from review.model.change import WITHOUT_EFFECT, Change
from tests.review import planned_edits
from tests.review.edited import Said, said_of, template_after
from tests.review.edits import find

pytestmark = pytest.mark.xdist_group("planned-edits")

ROWS = planned_edits.read()
LEAST_REPLACING = 15
MOST_DIFFERENCES = 2


@pytest.fixture(scope="module")
def assembly(gcp_folder: Path) -> Assembly:
    return open_assembly(gcp_folder)


@pytest.fixture(scope="module")
def said(gcp_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Said]:
    found = said_of(gcp_folder, [[row.edit] for row in ROWS], tmp_path_factory.mktemp("planned"))
    return {row.edit.name: each for row, each in zip(ROWS, found, strict=True)}


def happens(changes: Mapping[str, Change]) -> dict[str, str]:
    """Return what the review says that Terraform does to each construct."""
    return {
        path: str(change.kind)
        for path, change in changes.items()
        if change.because or not change.edits or any(edit.effect not in WITHOUT_EFFECT for edit in change.edits)
    }


def by_path(said: Said) -> dict[str, Change]:
    return {change.resource.path: change for change in said.changes if change.resource.path}


@pytest.mark.parametrize("source", sorted({row.source for row in ROWS}))
def test_the_review_says_what_terraform_plans(said: Mapping[str, Said], source: str) -> None:
    planned = [row for row in ROWS if row.source == source and row.terraform is not None]
    wrong = {
        row.edit.name: (row.terraform, found)
        for row in planned
        if not row.differs and "refused" not in (row.terraform or {})
        for found in [happens(by_path(said[row.edit.name]))]
        if found != row.terraform
    }
    assert wrong == {}
    assert len([row for row in planned if row.differs]) <= MOST_DIFFERENCES


def test_no_replacement_or_deletion_is_missed(said: Mapping[str, Said]) -> None:
    missed = {
        (row.edit.name, path): word
        for row in ROWS
        for path, word in (row.terraform or {}).items()
        if word in {"replaced", "removed"} and happens(by_path(said[row.edit.name])).get(path) != word
    }
    assert missed == {}


def test_what_terraform_refuses_is_refused_at_synthesis_or_said(assembly: Assembly, said: Mapping[str, Said]) -> None:
    unsaid = [
        (row.edit.name, row.terraform)
        for row in ROWS
        if "refused" in (row.terraform or {})
        and not breaches(template_after(assembly, row.edit.stack, [row.edit]))
        and not any(change.refused for change in said[row.edit.name].changes)
    ]
    assert unsaid == []


def test_nothing_that_terraform_plans_is_refused_at_synthesis(assembly: Assembly) -> None:
    planned = [row for row in ROWS if "refused" not in (row.terraform or {"refused": ""})]
    found = {
        row.edit.name: found
        for row in planned
        if (found := breaches(template_after(assembly, row.edit.stack, [row.edit])))
    }
    assert found == {}


def test_a_protected_resource_that_is_replaced_is_said_to_be_refused(said: Mapping[str, Said]) -> None:
    changes = [change for row in ROWS for change in by_path(said[row.edit.name]).values()]
    replaced = [change for change in changes if change.kind == "replaced"]
    protected = [
        change for change in replaced if next(at(change.resource.settings, "lifecycle.prevent_destroy"), False)
    ]
    prevented = [change for change in replaced if "prevent_destroy" in change.refused]
    assert prevented == protected
    assert protected


def test_drawn_edits_are_those_of_the_seed(assembly: Assembly) -> None:
    assert [row.edit for row in ROWS if row.source == "drawn"] == list(planned_edits.draw(assembly))


def test_enough_of_the_drawn_edits_replace_their_resource() -> None:
    drawn = [row for row in ROWS if row.source == "drawn"]
    assert len(drawn) == planned_edits.OF_ALL + planned_edits.OF_REPLACING
    assert len([row for row in drawn if (row.terraform or {}).get(row.edit.construct) == "replaced"]) >= LEAST_REPLACING


def test_every_edit_is_planned_and_of_a_resource_that_exists(assembly: Assembly) -> None:
    assert [row.edit.name for row in ROWS if row.terraform is None] == []
    assert all(find(assembly.stack(row.edit.stack), row.edit) for row in ROWS)
