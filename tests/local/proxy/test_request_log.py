"""Log of requests: what is in a line, and what is not."""

import re
from contextlib import closing
from pathlib import Path

import pytest

from local.proxy.request_log import RequestLog


@pytest.mark.parametrize(
    ("target", "written"),
    [
        ("/a/b%2Fc", "/a/b%2Fc"),
        ("/a?updateMask=x&key=secret&flag", "/a?updateMask&key&flag"),
        ("/a?", "/a"),
        ("/a?x=1?y=secret", "/a?x"),
    ],
)
def test_a_line_has_no_value_of_a_query(tmp_path: Path, target: str, written: str) -> None:
    file = tmp_path / "requests.log"
    with closing(RequestLog(file)) as log:
        log.write("GET", "compute.googleapis.com", target, 200)
    pattern = rf"\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z GET compute\.googleapis\.com {re.escape(written)} 200\n"
    assert re.fullmatch(pattern, file.read_text())


def test_it_begins_anew_before_it_fills_a_disk(tmp_path: Path) -> None:
    with closing(RequestLog(tmp_path / "requests.log")) as log:
        for _ in range(3000):
            log.write("GET", "compute.googleapis.com", "/" + "x" * 4000, 200)
    sizes = [file.stat().st_size for file in tmp_path.iterdir()]
    assert len(sizes) == 2
    assert max(sizes) <= 5 * 1024**2


def test_a_log_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    with closing(RequestLog(tmp_path / "missing" / "requests.log")) as log:
        log.write("GET", "x", "/", 200)
