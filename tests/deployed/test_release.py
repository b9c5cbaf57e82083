"""``make release`` on the embedded cloud, whose registry gets an image that it lacks."""

from collections.abc import Callable, Iterator

import pytest
import typer
from typer.testing import CliRunner, Result

from admin import aws, release, rollback
from local.cloud import EmbeddedCloud
from operations.release.environment import Environment
from tests.deployed.conftest import PRIMARY
from tests.deployed.service import image

pytestmark = pytest.mark.xdist_group("deployed")

RELEASE = "/goodies/prod/release"
TAG = "0.3.0-abcdef1"
BEFORE, AFTER = "0.2.8-abcdef0", "0.2.9-abcdef0"


@pytest.fixture
def released(deployed: EmbeddedCloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCloud]:
    """Production; afterwards it runs what it ran before."""
    monkeypatch.setattr(aws, "EmbeddedCloud", lambda: deployed)
    ssm = deployed.client("ssm", PRIMARY)
    before = ssm.get_parameter(Name=RELEASE)["Parameter"]["Value"]
    yield deployed
    ssm.put_parameter(Name=RELEASE, Value=before, Overwrite=True)
    Environment("prod", lambda service: deployed.client(service, PRIMARY), poll_seconds=1).update(before)


def run(main: Callable[..., None], *options: str) -> Result:
    app = typer.Typer()
    app.command()(main)
    return CliRunner().invoke(app, ["--env", "prod", *options])


@pytest.mark.plan("RBK-2/version", "RBK-2/caches", "RBK-3/rollback")
def test_the_release_before_runs_again(released: EmbeddedCloud) -> None:
    for tag in (BEFORE, AFTER):
        ended = run(release.main, "--tag", tag)
        assert ended.exit_code == 0, ended.output
    ended = run(rollback.main)
    assert ended.exit_code == 0, ended.output
    assert f"prod runs {AFTER}. {BEFORE} is deployed again" in ended.stderr
    assert "The CDN fetches its cached files anew: invalidation I" in ended.stdout
    assert image(released).endswith(f"/goodies/funkygibbon:{BEFORE}")
    ended = run(rollback.main, "--to", BEFORE)
    assert (ended.exit_code, f"prod runs {BEFORE} already; nothing was changed" in ended.stderr) == (1, True)


@pytest.mark.plan("AWS-3")
def test_a_release_is_built_recorded_and_deployed_once(released: EmbeddedCloud) -> None:
    ended = run(release.main, "--tag", TAG)
    assert ended.exit_code == 0, ended.output
    assert f"The embedded registry has no {TAG}: it is built of the reference service" in ended.stdout
    assert ended.stdout.endswith(f"prod runs {TAG}.\n")
    assert image(released).endswith(f"/goodies/funkygibbon:{TAG}")
    again = run(release.main, "--tag", TAG)
    assert again.stdout.endswith(f"prod runs {TAG} already: nothing was done.\n")
    assert image(released).endswith(f"/goodies/funkygibbon:{TAG}")
