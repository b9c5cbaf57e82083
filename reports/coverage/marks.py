"""Tests that are marked ``@pytest.mark.plan("DR-7/region")``, found without running or importing any of them.

- A test proves *by behaviour* when it requests a fixture that runs something, directly or through other fixtures:
  ``RUNNING`` in ``tests/running.py`` lists them. Any other test reads what was written: *by template*.
- A folder or a file that is named for a cloud (``tests/stacks/gcp``, ``tests/docs/test_gcp.py``) counts for that
  cloud, any other for AWS. What holds in several clouds is tested in each.
- A test of ``tests/providers`` needs Terraform's providers, those of Google Cloud if its name says no other: a plain
  run leaves it out on each machine.
- A test of an embedded cloud of Terraform itself (``tests/local/gcp``) proves no promise: what an emulator keeps and
  gives back says nothing of a stack.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assembly.clouds import CLOUDS
from reports.coverage.errors import CoverageError
from reports.coverage.fixtures import Fixtures, Function, parsed

_DEFAULT = ("aws",)
_WITH_PROVIDERS = ("gcp",)
_EMULATORS = {Path("local", cloud): title for cloud, title in CLOUDS.items()}
_PROVIDERS = Path("providers")


@dataclass(frozen=True)
class Proof:
    """A test that says that it proves promises.

    Attributes:
        promises: ids, each with its part where the row has parts.
        file: below the folder of the tests.
        test: its name, with its class's before it.
        clouds: where it proves them.
        by_behaviour: whether it asks something that runs, not only reads its description.
        needs_providers: whether a plain run leaves it out.
    """

    promises: tuple[str, ...]
    file: str
    test: str
    clouds: tuple[str, ...]
    by_behaviour: bool
    needs_providers: bool = False


def proofs(tests: Path) -> list[Proof]:
    """Return every marked test, in the order of the files.

    Raises:
        CoverageError: a mark does not name its promises as literals, or is of a test of an embedded cloud; a
            file is no Python.
    """
    fixtures, running = Fixtures(tests), set(fixtures_that_run(tests))
    return [proof for file in sorted(tests.rglob("test_*.py")) for proof in _in_file(file, tests, fixtures, running)]


def fixtures_that_run(tests: Path) -> Mapping[str, str]:
    """Return ``RUNNING`` of ``tests/running.py``: why each fixture runs something; none without the file.

    Raises:
        CoverageError: it is no Python, or holds more than literals.
    """
    file = tests / "running.py"
    for statement in parsed(file).body if file.exists() else []:
        if isinstance(statement, ast.AnnAssign) and ast.unparse(statement.target) == "RUNNING" and statement.value:
            try:
                listed: dict[str, str] = ast.literal_eval(statement.value)
            except ValueError as error:
                raise CoverageError(f"tests/running.py: RUNNING: given {error}; allowed are literals") from None
            return listed
    return {}


def _in_file(file: Path, tests: Path, fixtures: Fixtures, running: set[str]) -> Iterator[Proof]:
    place = file.relative_to(tests)
    for name, test, promises in _marked(parsed(file), place, "", ()):
        if emulator := next((title for folder, title in _EMULATORS.items() if place.is_relative_to(folder)), ""):
            raise CoverageError(
                f"tests/{place}: {name}: given pytest.mark.plan for {', '.join(promises)}; allowed is no such mark: a"
                f" test of the embedded {emulator} proves no promise"
            )
        by_behaviour = not running.isdisjoint(fixtures.requested(test, file))
        needs_providers = place.is_relative_to(_PROVIDERS)
        clouds = _clouds(place, _WITH_PROVIDERS if needs_providers else _DEFAULT)
        yield Proof(promises, place.as_posix(), name, clouds, by_behaviour, needs_providers)


def _clouds(place: Path, default: tuple[str, ...]) -> tuple[str, ...]:
    words = re.split(r"[\W_]+", place.as_posix())
    named = tuple(cloud for cloud in CLOUDS if cloud in words)
    return named or default


def _marked(
    scope: ast.Module | ast.ClassDef, place: Path, prefix: str, inherited: tuple[str, ...]
) -> Iterator[tuple[str, Function, tuple[str, ...]]]:
    """Yield each marked test of a module or a class: a mark of the whole holds for all in it."""
    for statement in scope.body:
        if isinstance(statement, ast.Assign) and any(_is_pytestmark(target) for target in statement.targets):
            inherited += _promises(statement.value, place)
    for statement in scope.body:
        if isinstance(statement, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            promises = inherited + tuple(name for mark in statement.decorator_list for name in _promises(mark, place))
            if isinstance(statement, ast.ClassDef):
                yield from _marked(statement, place, f"{prefix}{statement.name}::", promises)
            elif statement.name.startswith("test_") and promises:
                yield prefix + statement.name, statement, tuple(dict.fromkeys(promises))


def _is_pytestmark(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) and target.id == "pytestmark"


def _promises(expression: ast.expr, place: Path) -> tuple[str, ...]:
    """Return the promises of every plan mark in an expression: one mark, a list of them, marks of parameters."""
    return tuple(
        _literal(argument, place)
        for node in ast.walk(expression)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.plan"
        for argument in node.args
    )


def _literal(argument: ast.expr, place: Path) -> str:
    if isinstance(argument, ast.Constant):
        return str(argument.value)
    raise CoverageError(
        f"tests/{place}:{argument.lineno}: pytest.mark.plan: given {ast.unparse(argument)}; allowed is the promise"
        ' itself, such as "DR-7/region"'
    )
