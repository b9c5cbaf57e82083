"""Effects of an update of a resource: rows with a source, and the words for an edit."""

import datetime
import re
from pathlib import Path

import pytest
import yaml

from assembly.values import Json, at
from review.model.change import NOT_SET, Change, Edit, Kind
from review.model.resource import Resource
from review.model.update_effects import EFFECTS, FOLDER, rows, update_effects
from review.model.values import text
from review.read import cloudformation, terraform

DATABASE = "AWS::RDS::DBInstance"
ENOUGH_TYPES = 30


def change(kind: str, *edits: Edit, happens: Kind = Kind.CHANGED) -> Change:
    resource = Resource("aws", "GoodiesProd", "GoodiesProd-Data", "Id", kind, "Database/Instance", {}, "")
    return Change(happens, resource, resource, edits)


@pytest.mark.parametrize(
    ("setting", "before", "after", "says"),
    [
        ("DBInstanceClass", "db.m7g.large", "db.m7g.xlarge", "some interruption: the database restarts"),
        ("EngineVersion", "17.4", "17.6", "some interruption: the database is away while it is upgraded"),
        ("EngineVersion", "17.6", "17.4", "refused: RDS takes no older version"),
        ("AllocatedStorage", "100", "200", "no interruption: storage grows"),
        ("AllocatedStorage", "200", "100", "refused: storage cannot shrink"),
        ("DeletionProtection", True, False, "no interruption"),
        ("NewSetting", 1, 2, "not known what the update of NewSetting does"),
        ("Tags[0].Value", "a", "b", ""),
    ],
)
def test_the_effect_of_an_edit_is_said(setting: str, before: Json, after: Json, says: str) -> None:
    (line,) = update_effects(change(DATABASE, Edit(setting, before, after))) or [""]
    assert line.startswith(says)
    assert bool(line) == bool(says)


def test_of_several_edits_each_effect_is_said_once() -> None:
    edits = [Edit("DBInstanceClass", "a", "b"), Edit("Unheard", NOT_SET, 1), Edit("Unheard.Of", NOT_SET, 1)]
    lines = update_effects(change(DATABASE, *edits))
    assert [line.partition(":")[0] for line in lines] == [
        "some interruption",
        "not known what the update of Unheard, Unheard.Of does",
    ]


def test_of_a_type_without_rows_nothing_is_said() -> None:
    assert update_effects(change("AWS::IAM::Role", Edit("Path", "/", "/a/"))) == []


def test_what_is_replaced_says_what_its_users_see() -> None:
    kind = "AWS::ElasticLoadBalancingV2::LoadBalancer"
    (line,) = update_effects(change(kind, Edit("Scheme", "a", "b", Kind.REPLACED), happens=Kind.REPLACED))
    assert "gets another address" in line


SMALLER = {"smaller", "older"}


def in_direction(value: Json, when: str) -> Json:
    """Return another value, a number or a version less or more where the row says in which direction."""
    if not when:
        return {"another": "value"}
    numbers = re.findall(r"\d+", text(value)) or ["7"]
    return str(int(numbers[0]) + (-1 if when in SMALLER else 1))


def test_every_row_is_said_of_a_change_of_what_is_synthesized(
    assembly_folder: Path, gcp_folder: Path, azure_folder: Path
) -> None:
    synthesized: dict[str, list[Resource]] = {}
    sides: list[cloudformation.Application | terraform.Application] = [cloudformation.Application(assembly_folder)]
    sides += (terraform.Application(folder) for folder in (gcp_folder, azure_folder))
    for side in sides:
        for stack in side.stacks.values():
            for resource in stack.resources.values():
                synthesized.setdefault(resource.type, []).append(resource)
    silent = []
    for row in rows():
        kinds = [kind for kind in (Kind.CHANGED, Kind.REPLACED, Kind.MOVED, Kind.REMOVED) if row.of_kind(kind)]
        written = {
            setting: value
            for setting in row.settings
            for resource in synthesized.get(row.type, ())
            for value in at(resource.settings, setting)
        }
        edits = [Edit(name, value, in_direction(value, row.when)) for name, value in written.items()]
        is_said = row.type in synthesized and (
            all(row.text in update_effects(change(row.type, edit, happens=kinds[0])) for edit in edits)
            and bool(edits) == bool(row.settings)
        )
        if not is_said:
            silent.append(f"{row.type} {list(row.settings)}")
    assert silent == []


def test_every_row_has_a_source_and_a_known_effect() -> None:
    assert {row.effect for row in rows()} == {*EFFECTS}
    assert [row for row in rows() if not row.source] == []
    assert [row for row in rows() if not row.says and row.effect != "no interruption"] == []
    assert len({row.type for row in rows()}) >= ENOUGH_TYPES
    for file in FOLDER.glob("*.yaml"):
        assert isinstance(yaml.safe_load(file.read_text())["as_of"], datetime.date)
