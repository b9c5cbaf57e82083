"""Finds the tests that are marked ``@pytest.mark.plan("DR-3")``, without running or importing any of them.

How and where a test proves something is decided by its place alone, so that a reader can tell from the path:

- A test in ``tests/deployed``, ``tests/images``, ``tests/local`` or ``tests/operations`` runs the thing itself and asks
  it: that proves *by behaviour*. Any other test reads what was written, templates and data: *by template*.
- A folder or a file that is named for a cloud (``tests/gcp``, ``tests/stacks/test_azure.py``) counts for that cloud,
  any other for AWS. What holds in several clouds is tested in each.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLOUDS = ("aws", "gcp", "azure")
_RUN = {"deployed", "images", "local", "operations"}
_DEFAULT = ("aws",)


@dataclass(frozen=True)
class Proof:
    """A test that says that it proves promises.

    Attributes:
        file: below the folder of the tests.
        clouds: where it proves them.
        by_behaviour: whether it runs the thing, not only reads its description.
    """

    promises: tuple[str, ...]
    file: str
    test: str
    clouds: tuple[str, ...]
    by_behaviour: bool


def proofs(tests: Path) -> list[Proof]:
    """Return every marked test, in the order of the files."""
    return [proof for file in sorted(tests.rglob("test_*.py")) for proof in _in_file(file, tests)]


def _in_file(file: Path, tests: Path) -> Iterator[Proof]:
    place = file.relative_to(tests)
    for name, promises in _marked(ast.parse(file.read_text(), str(file)), "", ()):
        yield Proof(promises, place.as_posix(), name, _clouds(place), place.parts[0] in _RUN)


def _clouds(place: Path) -> tuple[str, ...]:
    words = re.split(r"[\W_]+", place.as_posix())
    named = tuple(cloud for cloud in CLOUDS if cloud in words)
    return named or _DEFAULT


def _marked(
    scope: ast.Module | ast.ClassDef, prefix: str, inherited: tuple[str, ...]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each marked test of a module or a class: a mark of the whole holds for all in it."""
    for statement in scope.body:
        if isinstance(statement, ast.Assign) and any(_is_pytestmark(target) for target in statement.targets):
            inherited += _promises(statement.value)
    for statement in scope.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            promises = inherited + tuple(name for mark in statement.decorator_list for name in _promises(mark))
            if isinstance(statement, ast.ClassDef):
                yield from _marked(statement, f"{prefix}{statement.name}::", promises)
            elif statement.name.startswith("test_") and promises:
                yield prefix + statement.name, tuple(dict.fromkeys(promises))


def _is_pytestmark(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "pytestmark"


def _promises(expression: ast.expr) -> tuple[str, ...]:
    """Return the promises of every plan mark in an expression: one mark, a list of them, marks of parameters."""
    return tuple(
        str(argument.value)
        for node in ast.walk(expression)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.plan"
        for argument in node.args
        if isinstance(argument, ast.Constant)
    )
