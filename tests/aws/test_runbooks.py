"""Every alarm leads to a runbook, and every runbook to things that exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import botocore.session
import pytest

from tests.aws.alarms import alarms, runbook
from tests.resources import Environment
from tests.synthesis import CHECKOUT
from tools.runbooks import filled, tables

RUNBOOKS = sorted((CHECKOUT / "docs" / "runbooks").glob("*.md"))
_QUOTED = re.compile(r"`([^`]+)`")
_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
_STACK = re.compile(r"Goodies(?:Prod|Delivery)(?:-[A-Z][A-Za-z]+)?\b(?!-)")
_LINK = re.compile(r"\]\(([^)#]+)\)")
_PATH = re.compile(r"`((?:environments|docs|tools)/[\w./-]+)`")
# What the command does by itself, without an operation of a service.
_OF_THE_CLI = {"sso login"}
# Options of the command itself, not of an operation.
_OF_AWS = {"--region", "--query", "--output"}


def commands(text: str) -> Iterator[str]:
    """Return what a reader would type."""
    lines = [line for block in _BLOCK.findall(text) for line in block.splitlines()]
    yield from (
        item for item in [*lines, *_QUOTED.findall(text)] if item.startswith(("aws ", "make ", "cdk ", "python "))
    )


def unknown(command: str, environment: Environment) -> str | None:
    """Return what in a command does not exist."""
    program, *words = shlex.split(command.replace("<", "'<").replace(">", ">'"))
    if program == "make":
        return None if re.search(rf"^{words[0]}:", (CHECKOUT / "Makefile").read_text(), re.MULTILINE) else words[0]
    if program == "cdk":
        names = [word for word in words[1:] if not word.startswith("-")]
        return next((name for name in names if name not in environment.stacks), None)
    if program == "aws":
        return _unknown_to_aws(words)
    return program


def _unknown_to_aws(words: list[str]) -> str | None:
    service, operation, *options = words
    if f"{service} {operation}" in _OF_THE_CLI:
        return None
    session = botocore.session.get_session()
    if service not in session.get_available_services():
        return service
    model = session.get_service_model(service)
    called = {_dashed(name): name for name in model.operation_names}
    if operation not in called:
        return f"{service} {operation}"
    shape = model.operation_model(called[operation]).input_shape
    known = {f"--{_dashed(name)}" for name in (shape.members if shape else {})} | _OF_AWS
    flags = {f"--no-{name[2:]}" for name in known}
    return next((word for word in options if word.startswith("--") and word not in known | flags), None)


def _dashed(name: str) -> str:
    return str(botocore.xform_name(name, "-"))


@pytest.mark.plan("MON-7", "MON-8")
def test_every_alarm_has_a_runbook(environment: Environment) -> None:
    for name, alarm in alarms(environment).items():
        path = runbook(alarm)
        assert path, f"{name} names no runbook"
        assert (CHECKOUT / path).exists(), f"{name}: {path} is not there"


@pytest.mark.plan("MON-7", "MON-8")
def test_every_alarm_says_what_it_means_and_where_to_look(environment: Environment) -> None:
    for name, alarm in alarms(environment).items():
        if not name.endswith("-Page"):
            means, _, look = alarm["AlarmDescription"].partition(" Look first: ")
            assert means.endswith("."), name
            assert look, name


def test_every_runbook_has_an_alarm(prod: Environment) -> None:
    led_to = {Path(path).name for alarm in alarms(prod).values() if (path := runbook(alarm))}
    assert {path.name for path in RUNBOOKS} - {"README.md"} == led_to


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_names_what_exists(path: Path, prod: Environment) -> None:
    text = path.read_text()
    assert not [f"{command}: {word}" for command in commands(text) if (word := unknown(command, prod))]
    assert not [name for name in _STACK.findall(text) if name not in prod.stacks]
    assert not [link for link in _LINK.findall(text) if not (path.parent / link).exists()]
    assert not [name for name in _PATH.findall(text) if not (CHECKOUT / name).exists()]
    names = {*alarms(prod)}
    assert not [
        name
        for name in _QUOTED.findall(text)
        if re.fullmatch(r"[A-Z]\w+-[A-Z]\w+(-[A-Z]\w+)?", name)
        and name not in names
        and not any(known.startswith(f"{name}-") for known in names)
    ]


def test_a_command_that_does_not_exist_is_found(prod: Environment) -> None:
    assert unknown("make coffee", prod) == "coffee"
    assert unknown("cdk deploy GoodiesProd-Kitchen", prod) == "GoodiesProd-Kitchen"
    assert unknown("aws ecs describe-service --cluster x", prod) == "ecs describe-service"
    assert unknown("aws ecs describe-services --clusters x", prod) == "--clusters"
    assert unknown("aws cook list-meals", prod) == "cook"


def test_runbooks_name_the_numbers_of_their_alarms(prod: Environment) -> None:
    templates = {name: stack.template for name, stack in prod.stacks.items()}
    for path, table in tables(templates).items():
        text = (CHECKOUT / path).read_text()
        assert filled(text, table) == text, f"{path}: run make runbooks"
