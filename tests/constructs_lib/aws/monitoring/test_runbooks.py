"""Runbooks on AWS: one for every alarm, with commands, resources and numbers that exist."""

import re
from pathlib import Path

import pytest

from reports.runbooks import render, tables_aws
from tests.aws.alarms import alarms, runbook
from tests.aws.assembly import Assembly
from tests.aws.resources import Environment
from tests.commands import QUOTED, commands, unknown
from tests.synthesis import CHECKOUT

FOLDER = CHECKOUT / "docs" / "runbooks"
RUNBOOKS = sorted(FOLDER.glob("*.md"))
OF_CHANGES = sorted((FOLDER / "change").glob("*.md"))
OF_ACCOUNT = sorted((FOLDER / "account").glob("*.md"))
_STACK = re.compile(r"Goodies(?:Prod|Delivery|Account)(?:-[A-Z][A-Za-z]+)?\b(?!-)")
_LINK = re.compile(r"\]\(([^)#]+)\)")
# `LateReview`, `Tickets/Late`: two words or more, so that names of fields and values are left out.
_CONSTRUCT = re.compile(r"`([A-Z][a-z]+(?:/?[A-Z][a-z]+)+)`")
_PARAMETER = re.compile(r"/goodies/[a-z]+/[a-z]+")
_PATH = re.compile(r"`((?:environments|docs|tools)/[\w./-]+)`")


@pytest.mark.plan("AWS-11")
def test_every_alarm_has_a_runbook(environment: Environment) -> None:
    for name, alarm in alarms(environment).items():
        path = runbook(alarm)
        assert path, f"{name} names no runbook"
        assert (CHECKOUT / path).exists(), f"{name}: {path} is not there"


@pytest.mark.plan("AWS-11")
def test_every_alarm_has_a_summary_and_a_first_check(environment: Environment) -> None:
    for name, alarm in alarms(environment).items():
        if not name.endswith("-Page"):
            summary, _, first_check = alarm["AlarmDescription"].partition(" First check: ")
            assert summary.endswith("."), name
            assert first_check, name


def test_every_runbook_has_an_alarm(prod: Environment) -> None:
    led_to = {Path(path).name for alarm in alarms(prod).values() if (path := runbook(alarm))}
    assert {path.name for path in RUNBOOKS} - {"README.md"} == led_to


@pytest.mark.parametrize("path", [*RUNBOOKS, *OF_ACCOUNT, *OF_CHANGES], ids=lambda path: path.stem)
def test_a_runbook_names_what_exists(path: Path, assembly: Assembly) -> None:
    text = path.read_text()
    assert not [f"{command}: {word}" for command in commands(text) if (word := unknown(command, assembly.stacks))]
    assert not [name for name in _STACK.findall(text) if name not in assembly.stacks]
    assert not [link for link in _LINK.findall(text) if not (path.parent / link).exists()]
    assert not [name for name in _PATH.findall(text) if not (CHECKOUT / name).exists()]


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_names_alarms_that_exist(path: Path, prod: Environment) -> None:
    names = {*alarms(prod)}
    assert not [
        name
        for name in QUOTED.findall(path.read_text())
        if re.fullmatch(r"[A-Z]\w+-[A-Z]\w+(-[A-Z]\w+)?", name)
        and name not in names
        and not any(known.startswith(f"{name}-") for known in names)
    ]


@pytest.mark.plan("IMP-11")
@pytest.mark.parametrize("path", OF_ACCOUNT, ids=lambda path: path.stem)
def test_a_runbook_of_the_account_names_constructs_and_parameters_that_exist(path: Path, assembly: Assembly) -> None:
    text = path.read_text()
    places = [place for stack in assembly.stacks.values() for place in stack.paths.values()]
    parts = {part for place in places for part in (*place.split("/"), "/".join(place.split("/")[:2]))}
    templates = "".join(str(stack.template) for stack in assembly.stacks.values())
    assert not [name for name in _CONSTRUCT.findall(text) if name not in {*parts, *assembly.stacks}]
    assert not [name for name in _PARAMETER.findall(text) if name not in templates]


@pytest.mark.plan("AWS-11")
def test_every_alarm_and_message_of_the_account_names_its_runbook(account: Environment) -> None:
    for alarm in account.resources("AWS::CloudWatch::Alarm"):
        path = runbook(alarm)
        assert path, alarm
        assert (CHECKOUT / path).exists(), alarm
    messages = [
        str(target["InputTransformer"])
        for rule in account.resources("AWS::Events::Rule")
        for target in rule["Targets"]
        if "InputTransformer" in target
    ]
    assert messages
    named = [re.findall(r"docs/runbooks/[\w/-]+\.md", said) for said in messages]
    assert all(named)
    assert not [path for paths in named for path in paths if not (CHECKOUT / path).exists()]


def test_a_command_that_does_not_exist_is_found(prod: Environment) -> None:
    stacks = prod.stacks
    assert unknown("make coffee", stacks) == "coffee"
    assert unknown("make logs CLOUD=gcp", stacks) == "logs CLOUD="
    assert unknown("make resize ENV=prod", stacks) == "resize WHAT="
    assert unknown("cdk deploy GoodiesProd-Kitchen", stacks) == "GoodiesProd-Kitchen"
    assert unknown("aws ecs describe-service --cluster x", stacks) == "ecs describe-service"
    assert unknown("aws ecs describe-services --clusters x", stacks) == "--clusters"
    assert unknown("aws cook list-meals", stacks) == "cook"


def test_runbooks_name_the_numbers_of_their_alarms(prod: Environment) -> None:
    for path, table in tables_aws(prod.stacks.values()).items():
        text = (CHECKOUT / path).read_text()
        assert render(text, {"aws": table}, path) == text, f"{path}: run make runbooks"
