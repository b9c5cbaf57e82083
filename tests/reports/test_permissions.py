"""Generated page of permissions."""

from pathlib import Path

import pytest

from assembly.revisions import CHECKOUT
from reports.permissions import DOCUMENT, PermissionReader, render


@pytest.mark.plan("SEC-2", "SEC-12")
def test_the_document_is_current(assembly_folder: Path) -> None:
    assert (CHECKOUT / DOCUMENT).read_text() == render(assembly_folder), "run make permissions"


@pytest.mark.plan("SEC-12")
def test_resources_are_called_by_their_place_in_the_code(assembly_folder: Path) -> None:
    found = {
        permission.resource
        for environment, permission in PermissionReader(assembly_folder).permissions()
        if environment == "prod" and permission.role == "Archive/ExportRole"
    }
    assert found == {"{Storage/Backups}", "{Storage/Backups}/archive/*"}


@pytest.mark.plan("SEC-12")
def test_the_rights_of_third_parties_are_shown_with_their_version(assembly_folder: Path) -> None:
    text = render(assembly_folder)
    assert "## Chart keda 2.20.2 on Google Cloud" in text
    changes = "get, list, patch, update, watch"
    assert f"| keda-operator | {changes} | deployments/scale, statefulsets/scale | goodies |" in text
    assert f"| autoneg-controller-manager | {changes} | services | all |" in text
