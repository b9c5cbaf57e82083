"""docs/clouds/gcp.md lists every rule and switch, and what is only stored."""

from local.gcp.refusals import documentation, switches
from local.gcp.refusals.rules import RULES


def test_the_document_is_current() -> None:
    document = documentation.TABLE.file.read_text()
    assert documentation.TABLE.updated(document) == document, "run `python -m local refusals-doc`"


def test_every_rule_is_a_row_with_its_source() -> None:
    rows = list(documentation.rows())
    assert {row.proof for row in rows} == {"checked", "simulated", "stored"}
    assert {(rule.text, rule.source) for rule in RULES} <= {(row.text, row.source) for row in rows}
    assert [row for row in rows if not row.source or "|" in row.text] == []


def test_every_switch_that_documents_leave_open_is_a_question() -> None:
    questions = (documentation.TABLE.file.parents[1] / "first-look.md").read_text()
    rows = questions.count("`local/gcp/refusals/switches.yaml`")
    assert rows == sum("." not in name for name in switches.known())
