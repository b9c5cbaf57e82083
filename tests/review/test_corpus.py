"""Corpus of changes and their verdicts: no false alarm, none missed."""

import pytest

from tests.review import corpus, terraform_corpus

pytestmark = pytest.mark.xdist_group("corpus")


@pytest.mark.parametrize("case", corpus.CASES, ids=lambda case: case.name)
def test_a_change_on_aws_gets_its_verdict(case: corpus.Case, verdicts: dict[str, str]) -> None:
    assert verdicts[case.name] == case.verdict


@pytest.mark.parametrize("case", terraform_corpus.CASES, ids=lambda case: case.name)
def test_a_change_with_terraform_gets_its_verdict(
    case: terraform_corpus.Case, terraform_verdicts: dict[str, str]
) -> None:
    assert terraform_verdicts[case.name] == case.verdict


def test_there_are_no_false_alarms_and_no_misses(
    verdicts: dict[str, str], terraform_verdicts: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    expected = {("aws", case.name): case.verdict for case in corpus.CASES}
    expected |= {("terraform", case.name): case.verdict for case in terraform_corpus.CASES}
    shown = {("aws", name): line for name, line in verdicts.items()}
    shown |= {("terraform", name): line for name, line in terraform_verdicts.items()}
    alarms, dangerous = ({name for name, line in lines.items() if ":" in line} for lines in (shown, expected))
    with capsys.disabled():
        print(
            f"\n{len(expected)} changes, {len(dangerous)} of them dangerous: "
            f"{len(alarms - dangerous)} false alarms, {len(dangerous - alarms)} missed"
        )
    assert (len(expected) >= 40, sorted(alarms - dangerous), sorted(dangerous - alarms)) == (True, [], [])
