"""Ports of the body."""

import socket
from pathlib import Path

import pytest

from local.body.ports import LOOPBACK, Ports, is_free
from local.errors import EmbeddedCloudError


def test_a_name_keeps_its_port(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    ports = Ports(file)
    assert Ports(file).port("database") == ports.port("database") == ports.port("database")
    assert ports.port("cache") != ports.port("database")


def test_a_port_that_another_program_has_taken_is_replaced_and_said(tmp_path: Path) -> None:
    file = tmp_path / "ports.json"
    before = Ports(file).port("database")
    ports = Ports(file)
    with socket.create_server((LOOPBACK, before)):
        after = ports.port("database")
    assert after != before
    assert ports.moved == [f"Another program has taken port {before}; database listens on {after} from now on"]
    assert Ports(file).port("database") == after


def test_our_own_listener_does_not_take_the_port_from_itself(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    with socket.create_server((LOOPBACK, ports.port("database"))) as listener:
        assert ports.port("database") == listener.getsockname()[1]
        assert ports.renew("database") != listener.getsockname()[1]


def test_a_port_that_another_program_took_at_first_is_not_given(tmp_path: Path) -> None:
    first = Ports(tmp_path / "ports.json").port("database")
    (tmp_path / "ports.json").unlink()
    with socket.create_server((LOOPBACK, first)):
        ports = Ports(tmp_path / "ports.json")
        assert ports.port("database") != first
        assert ports.moved == []


def test_a_forgotten_name_gives_its_port_back(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    ports.port("database")
    ports.forget("database")
    ports.forget("database")
    assert (tmp_path / "ports.json").read_text() == "{}"


@pytest.mark.parametrize("content", ["", "[]", '{"database": "5432"}', '{"database": 80}', '{"database": true}'])
def test_a_damaged_file_counts_as_none(tmp_path: Path, content: str) -> None:
    (tmp_path / "ports.json").write_text(content)
    assert is_free(Ports(tmp_path / "ports.json").port("database"))


def test_a_disk_that_does_not_take_the_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedCloudError, match=r"ports\.json cannot be written"):
        Ports(tmp_path / "none" / "ports.json").port("database")
