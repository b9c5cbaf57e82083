"""Needs of each environment, and one check of them by its subject."""

from collections.abc import Callable
from pathlib import Path

import pytest

from admin.preflight import aws
from admin.preflight.aws.needs import Needs, needs_of
from admin.preflight.model import Answer, run
from assembly import Assembly, open_assembly
from tests.admin.preflight.aws.answers import ID, Answers

Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def synthesized(assembly_folder: Path) -> Assembly:
    return open_assembly(assembly_folder)


@pytest.fixture(scope="session")
def needs(synthesized: Assembly) -> Needs:
    return needs_of(synthesized, "prod", ID)


@pytest.fixture
def ask(synthesized: Assembly) -> Ask:
    """Ask the one check whose subject begins so, of answers by action."""

    def one(subject: str, given: Answers, *, env: str = "prod", embedded: bool = False) -> Answer:
        checks = aws.checks(needs_of(synthesized, env, ID), given.account(embedded=embedded))
        found = [check for check in checks if check.subject.startswith(subject)]
        assert len(found) == 1, [check.subject for check in found]
        return run(found)[0].answer

    return one
