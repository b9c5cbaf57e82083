"""Checkov on Terraform's stacks, with findings accepted for a reason."""

from dataclasses import replace
from pathlib import Path

import pytest

from errors import GoodiesError
from tools import terraform_checkov
from tools.terraform_checkov import Finding, Row, accepted, objections

FINDING = Finding("CKV_GCP_62", "Bucket should log access", "gcp-prod", "google_storage_bucket", "Storage/logs")
ROW = Row("CKV_GCP_62", "google_storage_bucket Storage/logs", "It is where logs go")


def test_what_is_accepted_with_a_reason_stays() -> None:
    assert objections([FINDING], [ROW]) == []
    assert objections([FINDING], [replace(ROW, at="google_storage_bucket")]) == []


def test_a_finding_elsewhere_is_named() -> None:
    elsewhere = replace(FINDING, path="Storage/uploads")
    assert objections([FINDING, elsewhere], [ROW]) == ["gcp-prod/Storage/uploads: CKV_GCP_62: Bucket should log access"]


def test_a_row_that_nothing_needs_is_named() -> None:
    assert objections([], [ROW]) == [
        "terraform_checkov.yaml: CKV_GCP_62 at google_storage_bucket Storage/logs is found no more; take the row out"
    ]


def test_without_checkov_it_says_what_installs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terraform_checkov, "_PROGRAM", tmp_path / "checkov")
    (tmp_path / "manifest.json").write_text('{"stacks": {}}')
    with pytest.raises(GoodiesError, match="`make lint` installs it"):
        terraform_checkov.findings(tmp_path)


def test_every_row_has_a_reason() -> None:
    assert [row for row in accepted() if len(row.because.split()) < 4] == []
