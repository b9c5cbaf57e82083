from pathlib import Path

import pytest

from reports.permissions import REPORT, Reader, report


@pytest.mark.plan("SEC-2", "SEC-12")
def test_the_page_is_current(assembly_folder: Path) -> None:
    assert REPORT.read_text() == report(assembly_folder), "run make permissions"


@pytest.mark.plan("SEC-12")
def test_resources_are_called_by_their_place_in_the_code(assembly_folder: Path) -> None:
    found = {
        said.resource
        for environment, said in Reader(assembly_folder).permissions()
        if environment == "prod" and said.role == "Archive/ExportRole"
    }
    assert found == {"{Storage/Backups}", "{Storage/Backups}/archive/*"}
