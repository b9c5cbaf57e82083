"""Changes of the environments' data, synthesized for real: in both clouds, with what the product knows of them."""

import json
from pathlib import Path

import pytest

from review.compare.clouds import compare
from review.judge.costs import costs
from review.judge.dangers import dangers
from review.model.change import Difference
from tests.synthesis import cdk_context, copy_sources, synthesize

pytestmark = pytest.mark.xdist_group("real-changes")


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesis with a smaller cache and more storage in production, and with one more environment."""
    folder = tmp_path_factory.mktemp("changed")
    copy = copy_sources(folder / "checkout")
    prod, dev = copy / "environments" / "prod.yaml", copy / "environments" / "dev.yaml"
    text = prod.read_text()
    assert "nodes: 3" in text
    assert "storage_gib: 100" in text
    prod.write_text(text.replace("nodes: 3", "nodes: 2").replace("  storage_gib: 100", "  storage_gib: 200"))
    (copy / "environments" / "demo.yaml").write_text(
        dev.read_text()
        .replace("dev.goodies.example", "demo.goodies.example")
        .replace("example-goodies-dev", "example-goodies-demo")
        .replace("10.10.", "10.77.")
    )
    context = json.dumps(cdk_context(copy, unchecked="yes"))
    unchecked = {"CDK_CONTEXT_JSON": context, "CDK_VALIDATION": "false", "PYTHONOPTIMIZE": "1"}
    synthesize(folder / "aws", checkout=copy, **unchecked)
    synthesize(folder / "gcp", "gcp", checkout=copy)
    return folder


@pytest.fixture(scope="module")
def difference(assembly_folder: Path, changed: Path) -> Difference:
    return compare(assembly_folder, changed / "aws")


def happens(difference: Difference, environment: str) -> set[tuple[str, str]]:
    return {
        (str(change.kind), change.resource.address)
        for change in difference.changes
        if change.resource.environment == environment
    }


def test_only_what_the_data_says_changes(difference: Difference) -> None:
    shown = happens(difference, "prod")
    assert ("changed", "GoodiesProd-Data/Cache/Redis") in shown
    assert ("changed", "GoodiesProd-Data/Database/Instance") in shown
    assert {kind for kind, _ in shown} == {"changed"}
    assert happens(difference, "dev") == set()
    assert happens(difference, "staging") == set()


def test_a_new_environment_is_all_new_and_endangers_nothing(difference: Difference) -> None:
    assert ("aws", "demo") in difference.new_environments
    assert {kind for kind, _ in happens(difference, "demo")} == {"added"}
    assert [danger.thing for danger in dangers(difference) if danger.change.resource.environment == "demo"] == []


def test_a_new_environment_endangers_nothing_that_is_shared_but_the_budget(difference: Difference) -> None:
    found = [danger.thing for danger in dangers(difference) if danger.change.resource.environment == "shared"]
    assert found == ["GoodiesAccount-Costs/Budget/Month"]


def test_it_costs_what_the_table_would_say(assembly_folder: Path, changed: Path) -> None:
    found = {cost.environment: cost for cost in costs("aws", assembly_folder, changed / "aws")}
    assert found["prod"].difference < -50
    assert dict(found["prod"].parts).keys() == {"data"}
    assert found["demo"].before == 0
    assert found["demo"].after > 50
    assert found["dev"].difference == 0


def test_the_same_data_changes_the_same_things_on_google_cloud(gcp_folder: Path, changed: Path) -> None:
    difference = compare(gcp_folder, changed / "gcp")
    shown = happens(difference, "prod")
    assert ("changed", "gcp-prod/Cache/redis") in shown
    assert {kind for kind, _ in shown} == {"changed"}
    assert {kind for kind, _ in happens(difference, "demo")} == {"added"}
    # The reviews of the shared project read the new one, too: rights that a person approves.
    reviews = [
        f"gcp-shared/Reviews/example-goodies-demo-{role}"
        for role in (
            "cloudasset.viewer",
            "recommender.cloudsqlViewer",
            "recommender.computeViewer",
            "recommender.iamViewer",
        )
    ]
    # The workflows of the reviews read the new project, too, and the cache of production becomes smaller.
    workflows = [f"gcp-shared/Tickets/{name}" for name in ("access", "right_sizing", "unused")]
    assert [danger.thing for danger in dangers(difference)] == [*reviews, "gcp-prod/Cache/redis", *workflows]
