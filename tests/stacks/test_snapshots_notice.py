"""Mutations of what is synthesized: a change at any place of any environment shows in the snapshots."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import environments
from assembly import Assembly, open_assembly
from assembly.values import Json
from tests.aws import snapshot_format as aws
from tests.gcp import snapshot_format as gcp
from tests.stacks.snapshot_differences import Snapshots

ENVIRONMENTS = environments.load()
# In each environment of each cloud, half of them changed and half of them taken away.
MUTATIONS = 8
# The CDK's check that an account is prepared deploys nothing; the rest tells where a construct was written.
NOT_DEPLOYED = {"//", "BootstrapVersion", "Metadata", "Rules"}


class Place(NamedTuple):
    """A value within a template, by the collection that holds it."""

    stack: str
    path: str
    holder: Json
    key: str | int


class Cloud(NamedTuple):
    """A synthesized cloud, whose templates a test may change."""

    assembly: Assembly
    document: Callable[[str], Json]

    def contents(self, environment: str) -> dict[str, Json]:
        """Return the content of the snapshots of an environment's stacks."""
        wanted = {"prod", environment}
        stacks = {name: stack for name, stack in self.assembly.stacks.items() if stack.environment in wanted}
        snapshots = Snapshots(stacks, {name: self.document(name) for name in stacks}, ENVIRONMENTS)
        return {name: snapshots.content(name) for name, stack in stacks.items() if stack.environment == environment}

    def places(self, environment: str) -> list[Place]:
        """Return all places in the templates of an environment."""
        return [
            place
            for name, stack in sorted(self.assembly.stacks.items())
            if stack.environment == environment
            for place in _places(name, stack.template, "")
        ]


@pytest.fixture(scope="module", params=["aws", "gcp"])
def cloud(request: pytest.FixtureRequest) -> Cloud:
    folder: Path = request.getfixturevalue("assembly_folder" if request.param == "aws" else "gcp_folder")
    assembly = open_assembly(folder)
    if request.param == "aws":
        return Cloud(assembly, lambda name: aws.document(assembly.stacks[name], assembly))
    return Cloud(assembly, lambda name: gcp.document(assembly.stacks[name]))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod", "shared"])
def test_a_change_anywhere_is_noticed(cloud: Cloud, environment: str) -> None:
    before = cloud.contents(environment)
    for number, place in enumerate(random.Random(20).sample(cloud.places(environment), MUTATIONS)):
        old = place.holder[place.key]
        where = f"{place.stack}{place.path}: {old!r}"
        if number % 2:
            place.holder[place.key] = _changed(old)
            assert cloud.contents(environment) != before, f"not noticed when changed: {where}"
            place.holder[place.key] = old
        else:
            kept = place.holder.copy()
            del place.holder[place.key]
            assert cloud.contents(environment) != before, f"not noticed when it is gone: {where}"
            place.holder.clear()
            place.holder.update(kept) if isinstance(kept, dict) else place.holder.extend(kept)
    assert cloud.contents(environment) == before


@pytest.mark.parametrize(
    ("cloud", "environment", "old", "new", "noticed"),
    [
        ("aws", "dev", '"title":"Errors"', '"title":"Failures"', True),
        ("aws", "staging", '"value":5,', '"value":6,', True),
        ("aws", "prod", '"label":"Requests"', '"label":"Calls"', True),
        ("aws", "dev", '"period":60', '"period":300', True),
        ("aws", "staging", '"markdown":"### Users"', '"markdown":"### People"', True),
        ("aws", "dev", '"view":"timeSeries"', '"view":"singleValue"', True),
        ("aws", "dev", '"x":8', '"x":9', False),
        ("gcp", "dev", '"title": "Errors"', '"title": "Failures"', True),
        ("gcp", "staging", '"value": 5}', '"value": 6}', True),
        ("gcp", "prod", "or vector(0)", "or vector(1)", True),
        ("gcp", "dev", '"plotType": "LINE"', '"plotType": "STACKED_AREA"', True),
        ("gcp", "staging", '"legendTemplate": "p95, ms"', '"legendTemplate": "p96, ms"', True),
        ("gcp", "dev", '"xPos": 16', '"xPos": 17', False),
    ],
    indirect=["cloud"],
)
def test_a_dashboard_is_what_it_shows_not_where(
    cloud: Cloud, environment: str, old: str, new: str, noticed: bool
) -> None:
    before = cloud.contents(environment)
    place = next(
        place
        for place in cloud.places(environment)
        if "ashboard" in place.path and isinstance(text := place.holder[place.key], str) and old in text
    )
    text = place.holder[place.key]
    place.holder[place.key] = text.replace(old, new, 1)
    after = cloud.contents(environment)
    place.holder[place.key] = text
    assert (after != before) == noticed


def _places(stack: str, value: Json, path: str) -> Iterator[Place]:
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        if key in NOT_DEPLOYED:
            continue
        if isinstance(value[key], dict | list) and value[key]:
            yield from _places(stack, value[key], f"{path}/{key}")
        else:
            yield Place(stack, f"{path}/{key}", value, key)


def _changed(value: Json) -> Json:
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return f"{value}-changed"
    return "changed"
