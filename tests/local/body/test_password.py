"""First password of the administrator: set once, kept in a file, printed by nothing."""

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.body.password import AdminPassword
from local.body.report import commands
from local.cloud import EmbeddedCloud
from password_hash import HASHER

SECRET = "goodies/dev/admin-password-hash"


@pytest.fixture
def password(cloud: EmbeddedCloud, tmp_path: Path) -> Iterator[AdminPassword]:
    """The administrator's password of an environment whose secret holds what CloudFormation generated."""
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name=SECRET, SecretString="as CloudFormation generated it")
    yield AdminPassword(cloud, "dev", tmp_path)
    secrets.delete_secret(SecretId=SECRET, ForceDeleteWithoutRecovery=True)


def stored(cloud: EmbeddedCloud) -> str:
    return str(cloud.client("secretsmanager").get_secret_value(SecretId=SECRET)["SecretString"])


def test_the_secret_holds_its_hash_and_the_file_only_its_owner_reads(
    cloud: EmbeddedCloud, password: AdminPassword
) -> None:
    assert not password.known()
    password.set_first()
    assert HASHER.verify(stored(cloud), password.file.read_text())
    assert stat.S_IMODE(password.file.stat().st_mode) == 0o600
    assert password.known()


def test_the_next_deploy_keeps_it(cloud: EmbeddedCloud, password: AdminPassword) -> None:
    password.set_first()
    before = stored(cloud)
    password.set_first()
    assert stored(cloud) == before


def test_a_persons_own_is_not_replaced_and_asked_for(cloud: EmbeddedCloud, password: AdminPassword) -> None:
    password.set_first()
    own = HASHER.hash("one that a person typed")
    cloud.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=own)
    password.set_first()
    assert stored(cloud) == own
    assert not password.known()
    assert next(commands("http://127.0.0.1:1", password)).strip().startswith("read -rs PASSWORD")


def test_no_printed_command_holds_it(password: AdminPassword) -> None:
    password.set_first()
    lines = list(commands("http://127.0.0.1:1", password))
    assert len(lines) == 3
    assert password.file.read_text() not in "\n".join(lines)
    assert f"$(cat {password.file})" in lines[0]


def test_a_file_that_outlived_its_environment_holds_no_password(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    destroyed = AdminPassword(cloud, "staging", tmp_path)
    destroyed.file.write_text("of an environment that was destroyed")
    assert not destroyed.known()


def test_an_environment_that_is_not_deployed_has_none(cloud: EmbeddedCloud, tmp_path: Path) -> None:
    absent = AdminPassword(cloud, "staging", tmp_path)
    absent.set_first()
    assert not absent.known()
    assert not absent.file.exists()
