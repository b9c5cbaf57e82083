"""Drawn edits: their seed draws them again, each changes what is synthesized, each has its label."""

from collections import Counter
from pathlib import Path

import pytest

from assembly import Assembly
from assembly.reader import open_assembly
from assembly.values import Json
from tests.review.draw import OF_EACH_CLOUD, draw, edit_of, read
from tests.review.edits import Edit, Kind, Step, applied, at_path, find, settings

ROWS = read()
EDITS = [edit_of(row) for row in ROWS]


@pytest.fixture(scope="module")
def assemblies(assembly_folder: Path, gcp_folder: Path) -> dict[str, Assembly]:
    return {"aws": open_assembly(assembly_folder), "gcp": open_assembly(gcp_folder)}


def test_the_seed_draws_the_edits_of_the_file(assemblies: dict[str, Assembly]) -> None:
    drawn = draw(assemblies)
    moved = [edit.name for edit in drawn if edit not in EDITS]
    assert moved == [], "the product has changed there: run `python -m tests.review.draw` and label what is new"
    assert drawn == EDITS


def test_each_edit_applies_to_what_is_synthesized(assemblies: dict[str, Assembly]) -> None:
    stacks = {name: stack for assembly in assemblies.values() for name, stack in assembly.stacks.items()}
    for edit, row in zip(EDITS, ROWS, strict=True):
        body = settings(find(stacks[edit.stack], edit))
        assert applied(body, edit) != body, edit.name
        assert "was" not in row or at_path(body, edit.path) == row["was"], edit.name


def test_each_edit_has_a_label_and_a_reason() -> None:
    assert {row["label"] for row in ROWS} == {"danger", "M", "harmless"}
    assert [row["construct"] for row in ROWS if not row["reason"]] == []


def test_edits_are_spread_over_clouds_types_and_kinds() -> None:
    types = Counter(edit.type for edit in EDITS)
    assert Counter("aws" if kind.startswith(("AWS::", "Custom::")) else "gcp" for kind in types.elements()) == {
        "aws": OF_EACH_CLOUD,
        "gcp": OF_EACH_CLOUD,
    }
    assert len(types) > len(EDITS) / 2
    assert {edit.kind for edit in EDITS} == {*Kind}


BODY: dict[str, Json] = {
    "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
    "Policy": '{"Retention": 7}',
    "Name": "x 5m y",
}


@pytest.mark.parametrize(
    ("kind", "path", "value", "changed"),
    [
        (Kind.CHANGED, ("Tags", {"Key": "b"}, "Value"), "3", {"Tags": [BODY["Tags"][0], {"Key": "b", "Value": "3"}]}),
        (Kind.CHANGED, ("Policy", "(json)", "Retention"), 3, {"Policy": '{"Retention": 3}'}),
        (Kind.CHANGED, ("Name",), {"replace": "x 5", "with": "x 9"}, {"Name": "x 9m y"}),
        (Kind.TAKEN_OUT, ("Tags", 0, "Value"), None, None),
        (Kind.TAKEN_OUT, ("Tags", {"Key": "a"}, "Value"), None, {"Tags": [{"Key": "a"}, BODY["Tags"][1]]}),
        (Kind.ADDED, ("Size",), 1, {"Size": 1}),
        (Kind.ADDED, ("Name",), "y", None),
        (Kind.ITEM_ADDED, ("Tags",), {"Key": "c"}, {"Tags": [*BODY["Tags"], {"Key": "c"}]}),
        (Kind.ITEM_REMOVED, ("Tags", {"Key": "a"}), None, {"Tags": BODY["Tags"][1:]}),
        (Kind.ITEM_REMOVED, ("Tags", {"Key": "c"}), None, None),
        (Kind.CHANGED, ("Name",), "x 5m y", None),
    ],
)
def test_an_edit_changes_one_place_or_is_refused(
    kind: Kind, path: tuple[Step, ...], value: Json, changed: dict[str, Json] | None
) -> None:
    edit = Edit("Stack", "Construct", "Type", kind, path, value)
    if changed is None:
        with pytest.raises(LookupError):
            applied(BODY, edit)
    else:
        assert applied(BODY, edit) == BODY | changed


def test_an_edit_can_remove_the_resource() -> None:
    assert applied(BODY, Edit("Stack", "Construct", "Type", Kind.RESOURCE_REMOVED, (), None)) is None
