"""Input errors on Google Cloud: one line each, before any file is written."""

from pathlib import Path

import pytest

from tests.settings import remove, set_value
from tests.synthesis import copy_sources, run_app


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    return copy_sources(tmp_path / "checkout")


def refused(checkout: Path, output: Path) -> list[str]:
    done = run_app(output, "gcp", checkout=checkout)
    assert done.returncode == 1
    assert not output.exists()
    return done.stderr.splitlines()


@pytest.mark.parametrize("name", ["policy", "staging"])
def test_a_project_that_nobody_named(checkout: Path, tmp_path: Path, name: str) -> None:
    remove(checkout / "environments" / f"{name}.yaml", "account.gcp")
    lines = refused(checkout, tmp_path / "output")
    assert [line for line in lines if f"environments/{name}.yaml" in line and "account.gcp.project" in line]


def test_every_project_that_nobody_named_at_once(checkout: Path, tmp_path: Path) -> None:
    for name in ("dev", "staging"):
        remove(checkout / "environments" / f"{name}.yaml", "account.gcp")
    lines = refused(checkout, tmp_path / "output")
    assert [name for name in ("dev", "staging") if any(f"environments/{name}.yaml" in line for line in lines)] == [
        "dev",
        "staging",
    ]


def test_a_region_that_the_plan_does_not_know(checkout: Path, tmp_path: Path) -> None:
    set_value(checkout / "environments" / "policy.yaml", "regions.gcp.recovery.name", "mars-north1")
    lines = refused(checkout, tmp_path / "output")
    assert [line for line in lines if "regions.gcp.recovery.name: given mars-north1" in line]


def test_what_a_provider_would_refuse(checkout: Path, tmp_path: Path) -> None:
    file = checkout / "constructs_lib" / "gcp" / "data" / "cloud_sql.py"
    source = file.read_text()
    broken = source.replace('edition="ENTERPRISE"', 'edition="STANDARD"')
    assert broken != source
    file.write_text(broken)
    lines = [line for line in refused(checkout, tmp_path / "output") if line.startswith("gcp-")]
    said = "google_sql_database_instance.Database_instance_D9CC1E7A: settings.edition: given 'STANDARD'; accepted are"
    assert [line.partition(f": {said}")[0] for line in lines if said in line] == ["gcp-dev", "gcp-prod", "gcp-staging"]
