"""What a reviewer is told of each change: no false alarm, and nothing missed."""

import pytest

from tests.tools.diff.corpus import CASES, Case

pytestmark = pytest.mark.xdist_group("corpus")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_reviewer_is_told(case: Case, verdicts: dict[str, str]) -> None:
    assert verdicts[case.name] == case.verdict


def test_there_are_no_false_alarms_and_no_misses(verdicts: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    alarms = {case.name for case in CASES if ":" in verdicts[case.name]}
    dangerous = {case.name for case in CASES if ":" in case.verdict}
    with capsys.disabled():
        print(
            f"\n{len(CASES)} changes, {len(dangerous)} of them dangerous: "
            f"{len(alarms - dangerous)} false alarms, {len(dangerous - alarms)} missed"
        )
    assert alarms == dangerous
    assert len(CASES) >= 40
