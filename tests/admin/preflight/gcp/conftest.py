"""Needs of each environment, and one check of them by its subject."""

from collections.abc import Callable
from pathlib import Path

import pytest

from admin.preflight import gcp
from admin.preflight.gcp.needs import Needs, needs_of
from admin.preflight.model import Answer, run
from assembly import Assembly, open_assembly
from tests.admin.preflight.gcp.answers import Answers

Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def synthesized(gcp_folder: Path) -> Assembly:
    return open_assembly(gcp_folder)


@pytest.fixture(scope="session")
def needs(synthesized: Assembly) -> Needs:
    return needs_of(synthesized, "prod")


@pytest.fixture
def ask(needs: Needs) -> Ask:
    """Ask the one check of a group whose subject begins so, of answers by method."""

    def one(group: str, subject: str, given: Answers, of: Needs = needs) -> Answer:
        checks = [each for each in gcp.checks(of, given.api) if each.group == group]
        found = [check for check in checks if check.subject.startswith(subject)]
        assert len(found) == 1, [check.subject for check in checks]
        return run(found)[0].answer

    return one
