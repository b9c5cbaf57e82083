"""``make shell CLOUD=gcp``: a shell that sees the embedded Google Cloud and nothing else."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from local.errors import EmbeddedCloudError
from local.gcp.cloud import EmbeddedGoogleCloud
from local.process import Process
from local.terraform import working_copy
from local.terraform.environment import tools_environment
from local.terraform.shell import open_shell
from tests.local.gcp.conftest import Client, create_bucket

BUCKET = "shell-terraform-state"
SERVER = "gke-1.us-central1.gke.goog"
_OPEN = (
    "import sys; from pathlib import Path; from rich.console import Console\n"
    "from local.gcp.cloud import EmbeddedGoogleCloud; from local.terraform.shell import open_shell\n"
    "sys.exit(open_shell(EmbeddedGoogleCloud(Path(sys.argv[1])), Console(width=200)))"
)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedGoogleCloud]:
    """An embedded Google Cloud with a stack that has a cluster, and one that was not deployed."""
    cloud = EmbeddedGoogleCloud(tmp_path_factory.mktemp("shell") / "gcp")
    cloud.start()
    folder = working_copy.folder(cloud)
    manifest = {}
    for name in ("gcp-dev", "gcp-prod"):
        file = folder / "stacks" / name / "cdk.tf.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps({"terraform": {"backend": {"gcs": {"bucket": BUCKET, "prefix": name}}}}))
        manifest[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json"}
    (folder / "manifest.json").write_text(json.dumps({"stacks": manifest}))
    endpoints = [{"dns_endpoint_config": [{"endpoint": SERVER}]}]
    cluster = {"attributes": {"control_plane_endpoints_config": endpoints}}
    state = {"resources": [{"mode": "managed", "type": "google_container_cluster", "instances": [cluster]}]}
    client = Client(cloud)
    create_bucket(client, BUCKET)
    url = f"https://storage.googleapis.com/upload/storage/v1/b/{BUCKET}/o?uploadType=media&name=gcp-dev/default.tfstate"
    assert client.send("POST", url, body=json.dumps(state).encode()).status_code == 200
    yield cloud
    cloud.wipe()


def shell(cloud: EmbeddedGoogleCloud, commands: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Type commands into the shell."""
    return subprocess.run(
        [sys.executable, "-c", _OPEN, str(cloud.directory)],
        input=commands,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_its_prompt_and_its_first_lines_say_so(cloud: EmbeddedGoogleCloud) -> None:
    done = shell(cloud, "exit 7\n")
    assert done.returncode == 7
    assert "sees the embedded Google Cloud and no other" in done.stdout
    assert "Deployed: gcp-dev.\nTry: cdktf diff gcp-dev" in done.stdout
    assert "(embedded Google Cloud) " in done.stderr


def test_nothing_of_the_users_settings_is_in_it(cloud: EmbeddedGoogleCloud) -> None:
    theirs = {"GOOGLE_PROJECT": "their-project", "TF_VAR_a": "theirs", "KUBECONFIG": "/theirs", "BASH_ENV": "/theirs"}
    lines = shell(cloud, "env\n", **theirs).stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines if "=" in line)
    assert found.items() >= {"HTTPS_PROXY": cloud.endpoint, "HOME": str(cloud.directory / "home")}.items()
    assert not theirs.items() & found.items()


def test_kubectl_finds_the_clusters_that_are_deployed(cloud: EmbeddedGoogleCloud) -> None:
    shell(cloud, "exit\n")
    written = yaml.safe_load((cloud.directory / "home" / "kubeconfig").read_text())
    assert written["clusters"] == [{"name": "gcp-dev", "cluster": {"server": f"https://{SERVER}"}}]
    assert written["current-context"] == "gcp-dev"
    assert cloud.access_token not in str(written)


def test_programs_are_asked_for_the_owners_token(cloud: EmbeddedGoogleCloud) -> None:
    environment = tools_environment(cloud)
    for command, key in (("gke-gcloud-auth-plugin", "token"), ("docker-credential-embedded", "Secret")):
        said = subprocess.run([command], env=environment, capture_output=True, text=True, check=True).stdout
        answer = json.loads(said)
        assert answer.get("status", answer)[key] == cloud.access_token
    assert json.loads((cloud.directory / "home" / ".docker" / "config.json").read_text()) == {"credsStore": "embedded"}


def test_a_long_path_leaves_room_for_the_sockets_of_providers(
    cloud: EmbeddedGoogleCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = {**cloud.environment(), "TMPDIR": f"/{'x' * 100}"}
    monkeypatch.setattr(EmbeddedGoogleCloud, "environment", lambda _: long)
    assert "TMPDIR" not in tools_environment(cloud)


def test_it_starts_no_other_version_while_a_deploy_is_at_work(
    cloud: EmbeddedGoogleCloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Process, "outdated", lambda _: True)
    with cloud.lock("a deploy"), pytest.raises(EmbeddedCloudError, match=r"Another command is at work .*: a deploy"):
        open_shell(cloud, Console())
    assert cloud.running()


def test_without_a_deploy_it_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedCloudError, match="`make deploy CLOUD=gcp` does it"):
        open_shell(EmbeddedGoogleCloud(tmp_path), Console())
    assert not list(tmp_path.iterdir())
