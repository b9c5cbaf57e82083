"""Twins: equal lines in the constructs of two clouds, which stand once for all clouds or are allowed with a reason."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import NamedTuple

from tests.synthesis import CHECKOUT

# Fewer lines are often alike by chance.
_RUN = 6
_ROOT = CHECKOUT / "constructs_lib"
_SAME_CLASS = "one class in each cloud with the same arguments, so that the stacks of all clouds read alike"
# Files of two clouds whose signatures and docstrings may be equal, and why; other lines may not.
_ALLOWED = {
    ("account/reviews.py", "account/reviews.py"): _SAME_CLASS,
    ("data/cache.py", "data/cache.py"): _SAME_CLASS,
    ("data/secrets.py", "data/secrets.py"): _SAME_CLASS,
    ("edge/edge.py", "edge/edge.py"): _SAME_CLASS,
    ("monitoring/alarms.py", "monitoring/alarms.py"): _SAME_CLASS,
    ("monitoring/rollback_alarms.py", "monitoring/rollback_alarms.py"): _SAME_CLASS,
}


class Line(NamedTuple):
    """Line of a module.

    Attributes:
        text: without the space around it.
        in_interface: whether it belongs to a signature, or to the docstring that explains its arguments.
    """

    text: str
    in_interface: bool


def _lines(source: str) -> Iterator[Line]:
    """Return the lines of a module, without imports, comments, and lines that are blank or punctuation alone."""
    tree = [*ast.walk(ast.parse(source))]
    imports = {*chain.from_iterable(_import(node) for node in tree)}
    interfaces = {*chain.from_iterable(_interface(node) for node in tree)}
    for number, line in enumerate(source.splitlines(), start=1):
        text = line.strip()
        if number not in imports and not text.startswith("#") and any(character.isalnum() for character in text):
            yield Line(text, number in interfaces)


def _import(node: ast.AST) -> range:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return range(0)


def _interface(node: ast.AST) -> range:
    match node:
        case ast.FunctionDef(body=[first, *_]):
            return range(node.lineno, first.lineno)
        case ast.ClassDef(body=[ast.Expr(value=ast.Constant(value=str())) as docstring, *_]):
            return range(docstring.lineno, (docstring.end_lineno or docstring.lineno) + 1)
        case _:
            return range(0)


def _runs(cloud: str) -> Mapping[tuple[Line, ...], set[str]]:
    """Return the runs of lines in a cloud's constructs, with the files that they are in."""
    runs: dict[tuple[Line, ...], set[str]] = defaultdict(set)
    for path in sorted((_ROOT / cloud).rglob("*.py")):
        lines = [*_lines(path.read_text())]
        for start in range(len(lines) - _RUN + 1):
            runs[tuple(lines[start : start + _RUN])].add(path.relative_to(_ROOT / cloud).as_posix())
    return runs


def _twins() -> Iterator[tuple[tuple[str, str], tuple[Line, ...]]]:
    """Yield the file of each cloud and the lines, for every run that two have."""
    for ours, theirs in combinations(map(_runs, ("aws", "gcp", "azure")), 2):
        for run in ours.keys() & theirs.keys():
            for pair in ((one, other) for one in ours[run] for other in theirs[run]):
                yield pair, run


def _allowed(pair: tuple[str, str], run: tuple[Line, ...]) -> bool:
    return pair in _ALLOWED and all(line.in_interface for line in run)


def test_the_clouds_have_no_run_of_equal_lines_but_those_allowed_with_a_reason() -> None:
    found = {pair: [line.text for line in run] for pair, run in _twins() if not _allowed(pair, run)}
    assert not found, "write it once below constructs_lib"


def test_nothing_is_allowed_that_is_not_there() -> None:
    assert {*_ALLOWED} - {pair for pair, _ in _twins()} == set()


def test_only_code_counts_and_interfaces_are_known() -> None:
    source = 'import os\n\nclass C:\n    """Text."""\n    def f(\n    a,\n    ):\n        # A comment.\n        pass'
    assert [*_lines(source)] == [
        ("class C:", False),
        ('"""Text."""', True),
        ("def f(", True),
        ("a,", True),
        ("pass", False),
    ]


def test_equal_lines_of_a_body_are_not_allowed() -> None:
    pair = next(iter(_ALLOWED))
    assert _allowed(pair, (Line("a,", in_interface=True),))
    assert not _allowed(pair, (Line("a,", in_interface=True), Line("self.a = a", in_interface=False)))
