"""Entrypoint of the image with secrets as files and a private certificate authority of Redis."""

from pathlib import Path

import pytest
import valkey

from tests.images.conftest import Run
from tests.images.test_entrypoint import SECRETS, SHOW, database, seen  # noqa: F401 - a fixture


def mounted(folder: Path, secrets: dict[str, str]) -> str:
    """Lay secrets out as the Container Storage Interface does: links to files of a hidden folder."""
    (folder / "..data").mkdir(parents=True)
    for name, value in secrets.items():
        (folder / "..data" / name).write_text(value)
        (folder / name).symlink_to(Path("..data") / name)
    return str(folder)


@pytest.mark.plan("GCP-10")
def test_secrets_may_be_files(run: Run, task: dict[str, str], tmp_path: Path) -> None:
    folder = mounted(tmp_path / "secrets", {name: task[name] for name in SECRETS})
    others = {name: value for name, value in task.items() if name not in SECRETS}
    assert seen(run, others | {"SECRETS_FOLDER": folder}) == seen(run, task)


def test_the_line_end_of_a_file_is_no_part_of_a_secret(run: Run, task: dict[str, str], tmp_path: Path) -> None:
    folder = mounted(tmp_path / "secrets", {"JWT_SECRET": f" {task['JWT_SECRET']}\n"})
    assert seen(run, task | {"SECRETS_FOLDER": folder})["JWT_SECRET"] == f" {task['JWT_SECRET']}"


def test_the_migration_takes_secrets_from_files_too(run: Run, task: dict[str, str], tmp_path: Path) -> None:
    folder = mounted(tmp_path / "secrets", {"PGHOST": ""})
    ended = run(task | {"SECRETS_FOLDER": folder}, "migrate")
    assert (ended.returncode, "PGHOST" in ended.stderr) == (1, True)


def test_a_folder_of_secrets_that_is_not_there_is_named(run: Run, task: dict[str, str], tmp_path: Path) -> None:
    ended = run(task | {"SECRETS_FOLDER": str(tmp_path / "nowhere")}, *SHOW)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        f"entrypoint: not started, because the secrets in {tmp_path / 'nowhere'} cannot be read: "
        "No such file or directory.\n"
    )


@pytest.mark.plan("GCP-10", "SEC-8/managed")
def test_it_prints_no_secret_that_is_a_file(run: Run, task: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "JWT_SECRET").write_bytes(b"\xffprivate")
    ended = run(task | {"SECRETS_FOLDER": str(tmp_path)}, *SHOW)
    assert ended.returncode == 1
    assert "private" not in ended.stdout + ended.stderr


@pytest.mark.plan("SEC-6/encrypted")
def test_redis_may_have_an_authority_of_its_own(run: Run, task: dict[str, str]) -> None:
    made = seen(run, task | {"REDIS_SSLROOTCERT": "/etc/redis ca.pem"})
    client = valkey.Valkey.from_url(made["REDIS_URL"])
    assert client.connection_pool.connection_kwargs["ssl_ca_certs"] == "/etc/redis ca.pem"
    assert client.connection_pool.connection_class is valkey.SSLConnection
