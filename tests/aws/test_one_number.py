"""A number of the plan is written once, and everything that follows from it changes with it."""

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.assembly import Assembly
from tests.resources import Environment
from tests.synthesis import CHECKOUT, synthesize
from tools.runbooks import tables

NAMES = ("app.py", "cdk.json", "constructs_lib", "environments", "stacks", "operations", "docs")


def changed_lines(before: Any, after: Any, path: str = "") -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key, value in before.items():
            yield from changed_lines(value, after[key], f"{path}/{key}")
    elif before != after:
        yield path


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Production after scaling and alarms were given another number for the requests in flight."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in NAMES:
        source = CHECKOUT / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    policy = folder / "environments" / "policy.yaml"
    text = policy.read_text()
    assert text.count("requests_in_flight: 100 ") == 1
    policy.write_text(text.replace("requests_in_flight: 100 ", "requests_in_flight: 150 "))
    synthesize(folder / "cdk.out", checkout=folder)
    return Assembly.read(folder / "cdk.out").environment("GoodiesProd")


@pytest.mark.plan("SCL-3")
def test_one_number_changes_scaling_alarms_and_runbooks_and_nothing_else(
    prod: Environment, changed: Environment
) -> None:
    lines = {
        f"{name}{line}"
        for name, stack in prod.stacks.items()
        for line in changed_lines(stack.template, changed.stacks[name].template)
    }
    # The dashboard draws the limit.
    kinds = {line.split("/Properties/")[1] for line in lines}
    assert kinds == {"TargetTrackingScalingPolicyConfiguration/TargetValue", "Threshold", "DashboardBody/Fn::Join"}
    assert len(lines) == 3

    texts = [tables({key: stack.template for key, stack in item.stacks.items()}) for item in (prod, changed)]
    assert [path for path in texts[0] if texts[0][path] != texts[1][path]] == ["docs/runbooks/requests-in-flight.md"]
    assert "> 150 " in texts[1]["docs/runbooks/requests-in-flight.md"]


def test_the_copy_without_a_change_is_the_same(prod: Environment, changed: Environment) -> None:
    untouched = "GoodiesProd-Data"
    assert json.dumps(prod.stacks[untouched].template) == json.dumps(changed.stacks[untouched].template)
