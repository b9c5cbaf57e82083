"""Property tests of the loader: any content ends with environments or with a report."""

import copy
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import environments
from environments.loading import FOLDER

REAL = {path.name: path.read_bytes() for path in FOLDER.glob("*.yaml")}
DATA = {name: yaml.safe_load(content) for name, content in REAL.items()}

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**300, max_value=10**400),
    st.floats(),
    st.text(max_size=20),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=8),
    st.sampled_from(
        ["10.0.0.0/8", "0.0.0.0/0", "db.m7g.large", "production", "111122223333", "<<", "=", "0b_", ".inf"]
    ),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | scalars, inner, max_size=4),
    max_leaves=8,
)
whole_or_known = st.sampled_from(sorted(REAL))


def paths(content: object, prefix: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        yield (*prefix, key)
        yield from paths(value, (*prefix, key))


ALL_PATHS = [(name, path) for name, content in DATA.items() for path in paths(content)]


def loads_or_reports(changed: dict[str, bytes]) -> None:
    with TemporaryDirectory() as directory:
        folder = Path(directory)
        for name, content in (REAL | changed).items():
            (folder / name).write_bytes(content)
        errors = errors_in(folder)
        report = str(environments.EnvironmentsError(errors))
        assert len(report.splitlines()) == len(errors) + 1
        assert report.encode()


def errors_in(folder: Path) -> tuple[environments.InputError, ...]:
    try:
        environments.load(folder)
    except environments.EnvironmentsError as error:
        return error.errors
    return ()


@given(name=whole_or_known, content=st.binary(max_size=200))
@settings(deadline=None, max_examples=100)
def test_any_bytes(name: str, content: bytes) -> None:
    loads_or_reports({name: content})


@given(name=whole_or_known, content=st.text(alphabet="ab01:-[]{}&*!|>'\"#,?%@` \n\t<=._xNé\\", max_size=60))
@settings(deadline=None, max_examples=200)
def test_any_text_that_looks_like_yaml(name: str, content: str) -> None:
    loads_or_reports({name: content.encode()})


@given(name=whole_or_known, content=values)
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_any_structure(name: str, content: object) -> None:
    loads_or_reports({name: yaml.safe_dump(content, allow_unicode=True).encode()})


@given(
    changes=st.lists(st.tuples(st.sampled_from(ALL_PATHS), values), min_size=1, max_size=4),
    removed=st.sampled_from(ALL_PATHS) | st.none(),
)
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_any_change_of_the_real_files(
    changes: list[tuple[tuple[str, tuple[str | int, ...]], object]], removed: tuple[str, tuple[str | int, ...]] | None
) -> None:
    contents = copy.deepcopy(DATA)
    for (name, path), value in changes:
        put(contents[name], path, value)
    if removed:
        put(contents[removed[0]], removed[1], ...)
    loads_or_reports({name: yaml.safe_dump(content, allow_unicode=True).encode() for name, content in contents.items()})


@given(
    name=whole_or_known, position=st.integers(min_value=0, max_value=3000), inserted=st.binary(min_size=1, max_size=3)
)
@settings(deadline=None, max_examples=150)
def test_any_slip_of_the_keyboard(name: str, position: int, inserted: bytes) -> None:
    content = REAL[name]
    at = position % len(content)
    loads_or_reports({name: content[:at] + inserted + content[at:]})
    loads_or_reports({name: content[:at] + content[at + 1 :]})


def put(content: Any, path: tuple[str | int, ...], value: object) -> None:
    """Write, or with ``...`` remove, a value, unless an earlier change removed its place."""
    *parents, last = path
    try:
        for key in parents:
            content = content[key]
        if value is ...:
            del content[last]
        else:
            content[last] = value
    except (KeyError, IndexError, TypeError):
        return


def test_nothing_is_read_but_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_REGION", "CDK_DEFAULT_ACCOUNT"):
        monkeypatch.setenv(name, "somewhere-else")
    assert environments.load() == environments.load(FOLDER)
