"""Labelled edits of what is synthesized: no danger is missed, and what is harmless needs no yes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import yaml

from assembly.values import Json
from tests.review.draw import edit_of, read
from tests.review.edited import Said, said_of
from tests.review.edits import Edit

pytestmark = pytest.mark.xdist_group("labelled-edits")

FILE = Path(__file__).parent / "labelled_edits.yaml"
Labelled = Sequence[tuple[str, Sequence[Edit]]]
Verdicts = list[tuple[str, Edit, Said]]
# Of what a reviewer should see, so much may be not judged; of all edits, so many may need a yes for nothing.
NOT_JUDGED, NEEDLESS = 0.1, 0.02


def cases(rows: Sequence[Json]) -> Labelled:
    return [(row["label"], [edit_of(edit) for edit in row.get("edits", [row])]) for row in rows]


LABELLED = cases(yaml.safe_load(FILE.read_text()))
DRAWN = cases(read())


def is_of_aws(edits: Sequence[Edit]) -> bool:
    return edits[0].stack.startswith("Goodies")


@pytest.fixture(scope="module", params=["aws", "gcp"])
def cloud(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def said(cloud: str, labelled: Labelled, folders: Mapping[str, Path], scratch: Path) -> Verdicts:
    """Return label, first edit and verdict of each case of a cloud."""
    own = [(label, edits) for label, edits in labelled if is_of_aws(edits) == (cloud == "aws")]
    found = said_of(folders[cloud], [edits for _, edits in own], scratch)
    return [(label, edits[0], each) for (label, edits), each in zip(own, found, strict=True)]


@pytest.fixture(scope="module")
def folders(assembly_folder: Path, gcp_folder: Path) -> dict[str, Path]:
    return {"aws": assembly_folder, "gcp": gcp_folder}


@pytest.fixture(scope="module")
def labelled(cloud: str, folders: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return said(cloud, LABELLED, folders, tmp_path_factory.mktemp("labelled"))


@pytest.fixture(scope="module")
def drawn(cloud: str, folders: Mapping[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Verdicts:
    return said(cloud, DRAWN, folders, tmp_path_factory.mktemp("drawn"))


def faults(found: Verdicts, *, of_policies: bool) -> list[str]:
    """Return dangers that are missed, and noise that needs a yes."""
    return [
        f"{label}: {edit.name}"
        for label, edit, each in found
        if is_of_policy(edit) is of_policies
        and ((label == "danger" and not each.is_dangerous) or (label == "noise" and each.needs_a_yes))
    ]


def is_of_policy(edit: Edit) -> bool:
    return edit.type.startswith(("AWS::IAM::", "kubernetes_role")) or edit.type.endswith(("Policy", "_iam_member"))


def test_no_labelled_danger_is_missed_and_noise_needs_no_yes(labelled: Verdicts) -> None:
    assert faults(labelled, of_policies=False) == []


def test_no_drawn_danger_is_missed(drawn: Verdicts) -> None:
    assert faults(drawn, of_policies=False) == []


def test_no_danger_of_a_policy_is_missed_and_noise_needs_no_yes(labelled: Verdicts, drawn: Verdicts) -> None:
    assert faults([*labelled, *drawn], of_policies=True) == []


def test_what_a_reviewer_should_see_is_judged(labelled: Verdicts) -> None:
    seen = [(edit.name, each) for label, edit, each in labelled if label == "M"]
    unjudged = [name for name, each in seen if not each.is_dangerous]
    assert len(unjudged) <= NOT_JUDGED * len(seen), unjudged
    assert [name for name, each in seen if not each.needs_a_yes and not each.changes] == []


def test_few_drawn_edits_need_a_yes_for_nothing(drawn: Verdicts) -> None:
    needless = [edit.name for label, edit, each in drawn if label == "harmless" and each.needs_a_yes]
    assert len(needless) <= NEEDLESS * len(drawn), needless
