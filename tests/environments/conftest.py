"""Fixture: a copy of the real files that a test may change."""

from pathlib import Path

import pytest

import environments
from environments.loading import FOLDER
from tests import settings


class Files:
    """Folder of environments' files.

    Attributes:
        folder: the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        for path in FOLDER.glob("*.yaml"):
            self.write(path.name, path.read_bytes())

    def write(self, name: str, content: str | bytes) -> None:
        (self.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    def set(self, name: str, key: str, value: object) -> None:
        """Write a value at a dotted key of ``prod``, ``policy``…"""
        settings.set_value(self.folder / f"{name}.yaml", key, value)

    def remove(self, name: str, key: str) -> None:
        settings.remove(self.folder / f"{name}.yaml", key)

    def errors(self) -> list[environments.InputError]:
        try:
            environments.load(self.folder)
        except environments.EnvironmentsError as error:
            return list(error.errors)
        return []


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path / "environments")
