"""Twins: what the constructs of both clouds have in common stands once, for all clouds."""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import chain

from tests.synthesis import CHECKOUT

# Fewer lines are often alike by chance.
_RUN = 6
_ROOT = CHECKOUT / "constructs_lib"


def _runs(cloud: str) -> Mapping[tuple[str, ...], set[str]]:
    """Return the runs of lines in a cloud's constructs, with the files that they are in."""
    runs: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for path in sorted((_ROOT / cloud).rglob("*.py")):
        lines = [*_lines(path.read_text())]
        for start in range(len(lines) - _RUN + 1):
            runs[tuple(lines[start : start + _RUN])].add(path.relative_to(_ROOT / cloud).as_posix())
    return runs


def _lines(source: str) -> Iterator[str]:
    """Return the lines of a module, without blank ones.

    Imports and signatures are left out: the same class in each cloud has the same arguments, so that the stacks of all
    clouds read alike.
    """
    ignored = {*chain.from_iterable(_ignored(node) for node in ast.walk(ast.parse(source)))}
    for number, line in enumerate(source.splitlines(), start=1):
        if line.strip() and number not in ignored:
            yield line.strip()


def _ignored(node: ast.AST) -> range:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return range(node.lineno, (node.end_lineno or node.lineno) + 1)
    if isinstance(node, ast.FunctionDef):
        return range(node.lineno, node.body[0].lineno)
    return range(0)


def test_the_clouds_have_no_run_of_equal_lines() -> None:
    aws, gcp = _runs("aws"), _runs("gcp")
    found = {(one, other): run for run in aws.keys() & gcp.keys() for one in aws[run] for other in gcp[run]}
    assert not found, "write it once below constructs_lib"


def test_a_run_of_equal_lines_is_found() -> None:
    lines = [f"x{number} = {number}" for number in range(_RUN)]
    signature = "def f(\n    a,\n):\n    pass"
    assert [*_lines("import os\n\n" + "\n".join(lines) + "\n" + signature)] == [*lines, "pass"]
