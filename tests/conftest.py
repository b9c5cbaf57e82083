"""Shared fixtures of all tests: one synthesis per run, its environments, and the selection of tests by promise."""

import difflib
import fcntl
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from reports.coverage.errors import CoverageError
from reports.coverage.plan import promises
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment
from tests.gcp import terraform
from tests.synthesis import CHECKOUT, synthesize

pytest_plugins = ["tests.services"]


@cache
def marks_of_promises() -> dict[str, tuple[str, ...]]:
    """Return what proves each row of the plan, by its id: the id itself, or each of its parts, such as ENV-2/data."""
    try:
        return {promise.id: promise.marks for promise in promises(CHECKOUT / "docs")}
    except CoverageError as error:
        raise pytest.UsageError(str(error)) from None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--plan",
        action="append",
        metavar="ID",
        help="only the tests of this promise, or of a part of it (ENV-2/data); may be repeated",
    )
    parser.addoption(
        "--providers", metavar="FOLDER", help="run tests/providers with Terraform's filesystem mirror; or registry"
    )
    parser.addoption(
        "--charts", metavar="FOLDER", help="archives of charts for tests/providers, where their pages are not"
    )
    parser.addoption("--stories", action="store_true", help="run tests/stories")


def pytest_configure(config: pytest.Config) -> None:
    for given in _given(config):
        if given not in marks_of_promises():
            refuse_unknown("--plan", given)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    marked = {item: _promises_of(item) for item in items}
    for item, ids in marked.items():
        for given in ids:
            refuse_unknown(f"The plan marker of {item.nodeid}", given)
    wanted = marks_of(_given(config))
    if wanted:
        config.hook.pytest_deselected(items=[item for item in items if not wanted & set(marked[item])])
        items[:] = [item for item in items if wanted & set(marked[item])]


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Name the offenders, where a test compares what it found with an empty list or set."""
    if op == "==" and right == [] and isinstance(left, list):
        return ["expected none, but found:", *map(str, left)]
    return None


def marks_of(given: Iterable[str]) -> set[str]:
    """Return the marks that rows and parts stand for: of a row those of all its parts."""
    return {mark for name in given for mark in marks_of_promises().get(name, (name,))}


def _given(config: pytest.Config) -> list[str]:
    words = (given.partition("/") for given in config.getoption("--plan") or [])
    return [row.upper() + slash + part.lower() for row, slash, part in words]


def _promises_of(item: pytest.Item) -> list[str]:
    return [str(given) for marker in item.iter_markers("plan") for given in marker.args]


def refuse_unknown(where: str, given: str) -> None:
    """Refuse what a test cannot prove: no id, a row that has parts, or a part that the row does not have."""
    row = given.partition("/")[0]
    known = [mark for marks in marks_of_promises().values() for mark in marks]
    if given in known:
        return
    if marks := marks_of_promises().get(row):
        parts = f"one of {', '.join(marks)}" if marks != (row,) else f"{row}, which has no parts"
        raise pytest.UsageError(f"{where}: {given!r} is no part of docs/plan-parts.yaml. Write {parts}.")
    near = ", ".join(difflib.get_close_matches(given, known, n=5, cutoff=0.5)) or ", ".join(known)
    raise pytest.UsageError(f"{where}: {given!r} is no id of docs/plan.yaml. Near it: {near}.")


@pytest.fixture(scope="session")
def assembly_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the run's one synthesis, which parallel workers share."""
    return _synthesized_once("aws", tmp_path_factory)


@pytest.fixture(scope="session")
def gcp_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for Google Cloud."""
    return _synthesized_once("gcp", tmp_path_factory)


@pytest.fixture(scope="session")
def azure_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for Azure."""
    return _synthesized_once("azure", tmp_path_factory)


def _synthesized_once(cloud: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = shared / cloud
    with (shared / f"{cloud}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "manifest.json").exists():
            synthesize(folder, cloud)
    return folder


@pytest.fixture(scope="session")
def assembly(assembly_folder: Path) -> Assembly:
    return Assembly.read(assembly_folder)


@pytest.fixture(scope="session")
def prod(assembly: Assembly) -> Environment:
    return assembly.environment("GoodiesProd")


@pytest.fixture(scope="session")
def staging(assembly: Assembly) -> Environment:
    return assembly.environment("GoodiesStaging")


@pytest.fixture(scope="session")
def dev(assembly: Assembly) -> Environment:
    return assembly.environment("GoodiesDev")


@pytest.fixture(scope="session")
def delivery(assembly: Assembly) -> Environment:
    return assembly.environment("GoodiesDelivery")


@pytest.fixture(scope="session")
def account(assembly: Assembly) -> Environment:
    return assembly.environment("GoodiesAccount")


@pytest.fixture(params=["GoodiesProd", "GoodiesStaging", "GoodiesDev"], ids=["prod", "staging", "dev"])
def environment(request: pytest.FixtureRequest, assembly: Assembly) -> Environment:
    """Each environment in turn."""
    return assembly.environment(str(request.param))


@pytest.fixture(scope="session")
def gcp(gcp_folder: Path) -> terraform.Assembly:
    """Every stack of Google Cloud."""
    return terraform.Assembly.read(gcp_folder)


@pytest.fixture(scope="session")
def gcp_prod(gcp: terraform.Assembly) -> terraform.Stack:
    return gcp.stacks["gcp-prod"]


@pytest.fixture(scope="session")
def gcp_staging(gcp: terraform.Assembly) -> terraform.Stack:
    return gcp.stacks["gcp-staging"]


@pytest.fixture(scope="session")
def gcp_dev(gcp: terraform.Assembly) -> terraform.Stack:
    return gcp.stacks["gcp-dev"]


@pytest.fixture(scope="session")
def gcp_shared(gcp: terraform.Assembly) -> terraform.Stack:
    return gcp.stacks["gcp-shared"]


@pytest.fixture(scope="session")
def azure(azure_folder: Path) -> terraform.Assembly:
    """Every stack of Azure."""
    return terraform.Assembly.read(azure_folder)


@pytest.fixture(scope="session")
def azure_prod(azure: terraform.Assembly) -> terraform.Stack:
    return azure.stacks["azure-prod"]


@pytest.fixture(scope="session")
def azure_shared(azure: terraform.Assembly) -> terraform.Stack:
    return azure.stacks["azure-shared"]


@pytest.fixture(params=["azure-prod", "azure-staging", "azure-dev"])
def azure_environment(request: pytest.FixtureRequest, azure: terraform.Assembly) -> terraform.Stack:
    """Each environment of Azure in turn."""
    return azure.stacks[str(request.param)]


@pytest.fixture(params=["gcp-prod", "gcp-staging", "gcp-dev"])
def gcp_environment(request: pytest.FixtureRequest, gcp: terraform.Assembly) -> terraform.Stack:
    """Each environment of Google Cloud in turn."""
    return gcp.stacks[str(request.param)]
