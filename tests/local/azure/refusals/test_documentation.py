"""docs/clouds/azure.md lists every rule and switch, and what is only stored."""

from local.azure.refusals import documentation
from local.azure.refusals.rules import RULES


def test_the_document_is_current() -> None:
    document = documentation.TABLE.file.read_text()
    assert documentation.TABLE.updated(document) == document, "run `python -m local refusals-doc`"


def test_every_rule_is_a_row_with_its_source() -> None:
    rows = list(documentation.rows())
    assert {row.proof for row in rows} == {"checked", "simulated", "stored"}
    assert {(rule.text, rule.source) for rule in RULES} <= {(row.text, row.source) for row in rows}
    assert [row for row in rows if not row.source or "|" in row.text] == []
