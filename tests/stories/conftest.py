"""Environments of the stories, each on an embedded cloud of its own, and the table of what was told."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assembly import open_assembly
from local.cloud import EmbeddedCloud
from tests.deployed.served import Served
from tests.stories.released import CLOCK, Released
from tests.stories.story import Story, table
from tests.synthesis import CHECKOUT

PAGE = CHECKOUT / "build" / "stories.md"
_STORY = "story"


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Leave the stories out of a plain run, which has two of its own (tests/deployed/test_stories.py)."""
    return None if config.getoption("--stories") else True


def _released(name: str, assembly_folder: Path, folder: Path) -> Released:
    """Deploy an environment to a cloud of its own."""
    assembly = shutil.copytree(assembly_folder, folder / "cdk.out")
    account = open_assembly(assembly).stack("GoodiesDelivery").account
    served = Served(EmbeddedCloud(folder / "cloud"), assembly, account, name)
    try:
        served.cloud.clock = CLOCK
        served.deploy()
    except BaseException:
        served.end()
        raise
    return Released(served, CLOCK)


@pytest.fixture(scope="session")
def development(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    """Development, which has no release yet and replaces its tasks in place."""
    made = _released("dev", assembly_folder, tmp_path_factory.mktemp("development"))
    yield made
    made.served.end()


@pytest.fixture(scope="session")
def production(assembly_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Released]:
    """Production, which has no release yet and shifts requests to a second set of tasks."""
    made = _released("prod", assembly_folder, tmp_path_factory.mktemp("production"))
    yield made
    made.served.end()


@pytest.fixture
def story(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Story]:
    """The row of a test in the table, named after it."""
    name, _, variant = request.node.name.partition("[")
    made = Story(name=f"{name.removeprefix('test_').replace('_', ' ')} {variant.removesuffix(']')}".strip())
    yield made
    record_property(_STORY, made.text())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, and write it to its page."""
    found = [
        Story.read(str(value))
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", "") == "teardown"
        for name, value in report.user_properties
        if name == _STORY
    ]
    if found:
        PAGE.parent.mkdir(exist_ok=True)
        PAGE.write_text(table(found), encoding="utf-8")
        terminalreporter.section("Stories")
        terminalreporter.write_line(table(found))
