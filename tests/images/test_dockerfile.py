"""Promises of the Dockerfile, read from its text."""

import re

import pytest

from tests.images.conftest import DOCKERFILE, exec_form


@pytest.fixture(scope="module")
def instructions() -> list[str]:
    """The Dockerfile's instructions, one a line, without comments."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if line and not line.startswith("#")]
    return "\n".join(lines).replace("\\\n", " ").splitlines()


@pytest.mark.plan("ARC-2/container")
def test_it_installs_the_application_as_released(instructions: list[str]) -> None:
    (install,) = [line for line in instructions if "/pip install" in line]
    assert {"./inbetweenies", "./funkygibbon"} <= set(install.split())
    assert re.search(r'"psycopg\[binary]==[\d.]+"', install)
    assert exec_form("CMD")[:2] == ["uvicorn", "funkygibbon.main:app"]


def test_the_last_user_is_a_number_and_not_root(instructions: list[str]) -> None:
    users = [line.split()[1] for line in instructions if line.startswith("USER ")]
    assert users[-1:] == ["10001:10001"]


def test_its_user_may_write_to_the_temporary_folder_on_fargate(instructions: list[str]) -> None:
    assert 'VOLUME ["/tmp"]' in instructions


def test_it_holds_no_secret(instructions: list[str]) -> None:
    kept = [line for line in instructions if line.startswith(("ENV ", "ARG "))]
    assert not [line for line in kept if re.search(r"PASSWORD|SECRET|TOKEN|JWT|_URL", line)]


def test_the_command_gets_the_signals(instructions: list[str]) -> None:
    assert exec_form("ENTRYPOINT") == ["python", "/opt/platform/entrypoint.py"]
    assert not [line for line in instructions if line.startswith("STOPSIGNAL")]


def test_the_base_image_is_named_exactly(instructions: list[str]) -> None:
    bases = {line.split()[1] for line in instructions if line.startswith("FROM ")}
    assert bases == {"public.ecr.aws/docker/library/python:3.13-slim-trixie${BASE_DIGEST}"}


def test_a_build_asks_no_hub_how_to_read_it() -> None:
    assert "syntax=" not in DOCKERFILE.read_text()
