"""``make release`` on the embedded cloud, whose registry gets an image that it lacks."""

from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from admin import aws, release
from local.cloud import EmbeddedCloud
from operations.release.environment import Environment
from tests.deployed.conftest import PRIMARY
from tests.deployed.service import image

pytestmark = pytest.mark.xdist_group("deployed")

RELEASE = "/goodies/prod/release"
TAG = "0.3.0-abcdef1"


@pytest.fixture
def released(deployed: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCloud]:
    """Production; afterwards it runs what it ran before."""
    monkeypatch.setattr(aws, "EmbeddedCloud", lambda: deployed)
    ssm = deployed.client("ssm", PRIMARY)
    before = ssm.get_parameter(Name=RELEASE)["Parameter"]["Value"]
    yield deployed
    ssm.put_parameter(Name=RELEASE, Value=before, Overwrite=True)
    Environment("prod", lambda service: deployed.client(service, PRIMARY), poll_seconds=1).update(before)


@pytest.mark.plan("AWS-3")
def test_a_release_is_built_recorded_and_deployed_once(released: EmbeddedCloud) -> None:
    app = typer.Typer()
    app.command()(release.main)
    ended = CliRunner().invoke(app, ["--env", "prod", "--tag", TAG])
    assert ended.exit_code == 0, ended.output
    assert f"The embedded registry has no {TAG}: it is built of the reference service" in ended.stdout
    assert ended.stdout.endswith(f"prod runs {TAG}.\n")
    assert image(released).endswith(f"/goodies/funkygibbon:{TAG}")
    again = CliRunner().invoke(app, ["--env", "prod", "--tag", TAG])
    assert again.stdout.endswith(f"prod runs {TAG} already: nothing was done.\n")
    assert image(released).endswith(f"/goodies/funkygibbon:{TAG}")
