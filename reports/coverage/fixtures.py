"""Fixtures that a test requests, also through other fixtures, found without importing the tests.

pytest looks a name up in the test's file, then in each ``conftest.py`` upward, then in the plugins; so does this.
"""

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from reports.coverage.errors import CoverageError

Function = ast.FunctionDef | ast.AsyncFunctionDef


class Fixtures:
    """Fixtures of a folder of tests.

    Args:
        tests: the folder.
        plugins: files, below the folder, whose fixtures all tests share.
    """

    def __init__(self, tests: Path, plugins: Sequence[str] = ("services.py",)) -> None:
        self._tests = tests
        self._plugins = [tests / name for name in plugins]

    def requested(self, test: Function, file: Path) -> set[str]:
        """Return each fixture that a test requests, as ``deployed/conftest.py::deployed``."""
        found: set[str] = set()
        self._follow(_names(test), self._scopes(file), found)
        return found

    def _follow(self, names: Sequence[str], scopes: Sequence[Path], found: set[str]) -> None:
        for name in names:
            for index, scope in enumerate(scopes):
                if name in _fixtures_of(scope):
                    fixture = f"{scope.relative_to(self._tests).as_posix()}::{name}"
                    if fixture not in found:
                        found.add(fixture)
                        # A fixture that requests its own name gets the one that it replaces.
                        for argument in _fixtures_of(scope)[name]:
                            self._follow([argument], scopes[index + 1 :] if argument == name else scopes, found)
                    break

    def _scopes(self, file: Path) -> list[Path]:
        folders = [folder for folder in file.parents if folder.is_relative_to(self._tests)]
        return [file, *(folder / "conftest.py" for folder in folders), *self._plugins]


def functions(scope: ast.Module | ast.ClassDef) -> Iterator[Function]:
    """Yield the functions of a module or a class, in their order."""
    for statement in scope.body:
        if isinstance(statement, Function):
            yield statement


def parsed(file: Path) -> ast.Module:
    """Return the syntax tree of a file.

    Raises:
        CoverageError: it is no Python.
    """
    try:
        return ast.parse(file.read_text(encoding="utf-8"), str(file))
    except SyntaxError as error:
        raise CoverageError(f"{file}:{error.lineno}: given what Python does not read; allowed is Python") from None


@cache
def _fixtures_of(file: Path) -> dict[str, list[str]]:
    """Return the fixtures that each fixture of a file requests."""
    if not file.exists():
        return {}
    return {
        function.name: _names(function)
        for function in functions(parsed(file))
        if any(ast.unparse(mark).startswith("pytest.fixture") for mark in function.decorator_list)
    }


def _names(function: Function) -> list[str]:
    """Return the names of a function's arguments, and those in ``usefixtures`` above it."""
    arguments = [
        argument.arg for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)
    ]
    used = [
        str(argument.value)
        for mark in function.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.usefixtures"
        for argument in mark.args
        if isinstance(argument, ast.Constant)
    ]
    return arguments + used
