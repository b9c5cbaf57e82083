"""Store of an embedded cloud: what it gives back, and what it keeps when something fails."""

import contextlib
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.proxy.store import Store, StoreError

NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state.sqlite"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    opened = Store(file)
    yield opened
    opened.close()


def test_documents_are_copies(store: Store) -> None:
    documents = store.documents("compute")
    documents.put("a", {"tags": [1]})
    documents.get("a")["tags"].append(2)
    assert documents.get("a") == {"tags": [1]}
    documents.delete("a")
    documents.delete("a")
    assert documents.get("a") is None


def test_spaces_do_not_mix(store: Store) -> None:
    store.documents("compute").put("a", 1)
    store.contents("compute").put("a", b"2")
    assert store.documents("dns").get("a") is None
    assert store.contents("dns").get("a") is None
    assert (store.documents("compute").get("a"), store.contents("compute").get("a")) == (1, b"2")


@given(st.lists(NAMES, unique=True, max_size=8), NAMES)
def test_a_list_has_the_names_of_a_prefix_in_order(names: list[str], prefix: str) -> None:
    store = Store()
    documents = store.documents("x")
    for name in names:
        documents.put(name, name)
    assert list(documents.list(prefix)) == sorted(name for name in names if name.startswith(prefix))
    assert list(documents.list()) == sorted(names)
    store.close()


def test_a_failed_transaction_changes_nothing(store: Store) -> None:
    documents = store.documents("x")
    documents.put("kept", 1)

    def fail() -> None:
        with store.transaction():
            documents.put("kept", 2)
            documents.put("new", 3)
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert documents.list() == {"kept": 1}


def test_what_is_committed_is_there_for_the_next(store: Store, file: Path) -> None:
    with store.transaction():
        store.documents("x").put("a", 1)
        store.contents("x").put("a", b"1")
    other = Store(file)  # the first is still open, as after a kill
    assert (other.documents("x").get("a"), other.contents("x").get("a")) == (1, b"1")
    other.close()


def test_a_disk_that_takes_no_more_changes_nothing(store: Store) -> None:
    def put(value: int, content: bytes) -> None:
        with store.transaction():
            store.documents("x").put("a", value)
            store.contents("x").put("content", content)

    put(1, b"")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024**2, before[1]))
    try:
        with pytest.raises(sqlite3.OperationalError):
            put(2, bytes(8 * 1024**2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert store.documents("x").get("a") == 1
    put(3, b"small")
    assert store.documents("x").get("a") == 3


@pytest.mark.parametrize("content", [b"", b"text", b"SQLite format 3\0"])
def test_a_damaged_file_is_named(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(StoreError, match=r"state\.sqlite: the state of the embedded cloud cannot be read"):
        Store(file)
    assert file.read_bytes() == content


def test_a_damaged_page_is_found_before_it_is_used(store: Store, file: Path) -> None:
    with store.transaction():
        for number in range(2000):
            store.documents("x").put(f"{number:06}", "x" * 100)
    store.close()
    content = bytearray(file.read_bytes())
    content[3 * 4096 : 8 * 4096] = bytes(5 * 4096)
    file.write_bytes(content)
    with pytest.raises(StoreError, match="cannot be read"):
        Store(file)


def test_a_transaction_in_another_is_undone_by_itself() -> None:
    store = Store()
    documents = store.documents("compute")
    with store.transaction():
        documents.put("first", 1)
        with contextlib.suppress(ValueError), store.transaction():
            documents.put("second", 2)
            raise ValueError
        documents.put("third", 3)
    assert documents.list() == {"first": 1, "third": 3}
    with contextlib.suppress(ValueError), store.transaction():
        with store.transaction():
            documents.put("fourth", 4)
        raise ValueError
    assert documents.get("fourth") is None
