"""Next sizes of the database, the cache and the service, as ``make resize`` writes them, deployed by the provider.

Only the provider says whether it changes a size in place, or makes the resource anew.
"""

import re
from collections.abc import Mapping, Sequence

import pytest
import yaml

from review.resize import Component, resized
from tests.providers.conftest import ENVIRONMENT, Deploys
from tests.synthesis import copy_sources, synthesize

# Terraform's words for what it is going to do to a resource; the CLI adds the path of the construct to its address.
_ACTION = re.compile(r"# (?P<kind>\w+)\.\S+(?: \(.+?\))? (?:will|must) be (?P<action>.+)")


@pytest.fixture(scope="module")
def planned(deploys: Deploys, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Plan and log of the provider when each component got its next size."""
    first = deploys.deploy()
    assert first.returncode == 0, first.stderr
    folder = tmp_path_factory.mktemp("resize")
    files = copy_sources(folder / "checkout") / "environments"
    file, sizes = files / f"{ENVIRONMENT}.yaml", yaml.safe_load((files / "policy.yaml").read_text())["sizes"]
    for component in Component:
        names = [size["name"] for size in sizes[component]]
        file.write_text(resized(file.read_text(), component, names).text)
    synthesize(folder / "stacks", "gcp", checkout=files.parent)
    done = deploys.deploy(stacks=folder / "stacks")
    assert done.returncode == 0, done.stderr
    return (deploys.cloud.directory / "logs" / f"deploy-gcp-{ENVIRONMENT}.log").read_text()


@pytest.fixture(scope="module")
def actions(planned: str) -> Mapping[str, Sequence[str]]:
    """Actions on the resources of each type, without data sources, which are only read."""
    found: dict[str, list[str]] = {}
    for kind, action in _ACTION.findall(planned):
        if kind != "data":
            found.setdefault(kind, []).append(action.strip())
    return found


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        pytest.param(
            "google_sql_database_instance",
            '"db-custom-2-4096" -> "db-custom-2-8192"',
            marks=pytest.mark.plan("SCL-9/database"),
        ),
        pytest.param("google_redis_instance", "memory_size_gb .* 1 -> 3", marks=pytest.mark.plan("SCL-9/cache")),
        pytest.param("kubernetes_deployment_v1", '"512Mi" -> "1Gi"', marks=pytest.mark.plan("SCL-9/service")),
    ],
)
def test_a_component_takes_its_next_size_in_place(
    planned: str, actions: Mapping[str, Sequence[str]], kind: str, change: str
) -> None:
    assert actions[kind] == ["updated in-place"]
    assert re.search(change, planned)


def test_nothing_is_made_anew(actions: Mapping[str, Sequence[str]]) -> None:
    assert {action for several in actions.values() for action in several} == {"updated in-place"}
