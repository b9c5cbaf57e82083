"""Drift and plan, with a fake terraform."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from admin import terraform_check
from assembly import open_assembly
from local.clouds import TERRAFORM
from local.terraform import working_copy
from local.terraform.cloud import TerraformCloud
from tests.synthesis import CHECKOUT

# Answers by command; each is what Terraform 1.11 says in that case.
AS_DEPLOYED: Mapping[str, Any] = {"init": [0, "", ""], "plan": [0, "", ""]}
DRIFT = {
    "address": "google_sql_database_instance.Database",
    "change": {
        "actions": ["update"],
        "before": {"settings": [{"tier": "db-custom-4-16384"}]},
        "after": {"settings": [{"tier": "db-custom-2-8192"}]},
    },
}
CHANGED = {
    **AS_DEPLOYED,
    "plan": [2, "", ""],
    "show": [0, json.dumps({"resource_drift": [DRIFT]}), ""],
}
NO_BUCKET = {
    **AS_DEPLOYED,
    "init": [
        1,
        "",
        "╷\n│ Error: Failed to get existing workspaces: querying Cloud Storage failed: storage:\n"
        "│ bucket doesn't exist\n╵",
    ],
}
NO_NETWORK = {
    **AS_DEPLOYED,
    "init": [1, "", "╷\n│ Error: Failed to query available provider packages\n│ \n│ Could not retrieve …\n╵"],
}
NO_CREDENTIALS = {
    **AS_DEPLOYED,
    "init": [1, "", "╷\n│ Error: storage.NewClient() failed: dialing: google: could not find default credentials.\n╵"],
}
REFUSED = {
    **AS_DEPLOYED,
    "plan": [
        1,
        "",
        "╷\n│ Error: Invalid function argument\n│ \n│   on cdk.tf.json line 7:\n│ it must be\n│ larger.\n╵\n"
        "╷\n│ Error: Another one\n╵",
    ],
}
SILENT = {**AS_DEPLOYED, "plan": [1, "", ""]}
_TERRAFORM = """#!{python} -SE
import json, os, sys
words = [word for word in sys.argv[1:] if not word.startswith("-chdir")]
code, out, err = json.loads(os.environ["ANSWERS"])[words[0]]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(" ".join(words) + "\\n")
print(out)
print(err, file=sys.stderr)
sys.exit(code)
"""
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


class Machine:
    """A folder of stacks and a terraform."""

    def __init__(self, folder: Path) -> None:
        self.stacks, self.path, self.calls = folder / "cdktf.out", folder / "bin", folder / "calls"
        self.write_stacks("gcp")
        self.path.mkdir()
        terraform = self.path / "terraform"
        terraform.write_text(_TERRAFORM.format(python=sys.executable))
        terraform.chmod(0o755)

    def write_stacks(self, cloud: str) -> None:
        """Write two stacks of a cloud in the place of those that are there."""
        shutil.rmtree(self.stacks, ignore_errors=True)
        manifest = {}
        for name in (f"{cloud}-dev", f"{cloud}-shared"):
            stack = self.stacks / "stacks" / name
            stack.mkdir(parents=True)
            backend = {"backend": {"gcs": {"bucket": "acme-terraform-state", "prefix": name}}}
            (stack / "cdk.tf.json").write_text(json.dumps({"terraform": backend}))
            manifest[name] = {"name": name, "synthesizedStackPath": f"stacks/{name}/cdk.tf.json"}
        (self.stacks / "manifest.json").write_text(json.dumps({"stacks": manifest}))

    def record_environment(self) -> None:
        """Let terraform write down its environment, and find everything as deployed."""
        (self.path / "terraform").write_text(
            f"#!{sys.executable} -SE\nimport json, os, sys\n"
            f"json.dump(dict(os.environ), open({str(self.calls)!r}, 'w'))\n"
            "print('{}' if 'show' in sys.argv else '')\n"
        )

    def environment(self) -> dict[str, str]:
        """Return the environment that terraform wrote down."""
        found: dict[str, str] = json.loads(self.calls.read_text())
        return found

    def run(
        self,
        work: str,
        answers: Mapping[str, Any],
        word: str = "project",
        account: str = "example-goodies-shared",
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "admin.terraform_check", work, f"--{word}={account}", f"--stacks={self.stacks}"],
            cwd=CHECKOUT,
            env={
                **os.environ,
                "PATH": str(self.path),
                "ANSWERS": json.dumps(answers),
                "CALLS": str(self.calls),
                "COLUMNS": "220",
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.plan("DR-6")
def test_what_is_as_deployed_is_said_so(machine: Machine) -> None:
    done = machine.run("drift", AS_DEPLOYED)
    assert done.returncode == 0
    assert done.stdout.count("as deployed") == 2
    plans = [call for call in machine.calls.read_text().splitlines() if call.startswith("plan")]
    assert all("-refresh-only" in plan and "-lock=false" in plan for plan in plans)


@pytest.mark.plan("DR-6")
def test_what_somebody_changed_is_named(machine: Machine) -> None:
    done = machine.run("drift", CHANGED)
    assert done.returncode == 1
    assert "changed beside the code" in done.stdout
    assert "google_sql_database_instance.Database" in done.stdout


# What google 6.50 and azurerm 4.55 read after a first deploy that nobody has touched.
UNTOUCHED: list[tuple[Any, Any]] = [
    ({"name": "a", "labels": None}, {"name": "a", "labels": {}}),
    ({"rule": [{"age": None, "send": None}]}, {"rule": [{"age": 0, "send": False}]}),
    ({"member": "a", "etag": "dKU7BGQbsN4="}, {"member": "a", "etag": "7W+w4BcOlS4="}),
    (
        {"networks": [{"network_url": "projects/acme/global/networks/goodies"}]},
        {
            "networks": [
                {"network_url": "https://compute.googleapis.com/compute/v1/projects/acme/global/networks/goodies"}
            ]
        },
    ),
    ({"updated": "2026-11-29T08:46:24.983Z"}, {"updated": "2026-11-29T08:46:41.114Z"}),
    ({"number_of_record_sets": 2}, {"number_of_record_sets": 3}),
    ({"name": "goodies-eastus", "subnet": []}, {"name": "goodies-eastus", "subnet": [{"name": "nodes"}]}),
]


@pytest.mark.plan("DR-6")
@pytest.mark.parametrize(("before", "after"), UNTOUCHED)
def test_what_the_provider_reads_otherwise_is_no_change(machine: Machine, before: Any, after: Any) -> None:
    drift = {
        "resource_drift": [{"address": "a.b", "change": {"actions": ["update"], "before": before, "after": after}}]
    }
    done = machine.run("drift", {**CHANGED, "show": [0, json.dumps(drift), ""]})
    assert done.returncode == 0
    assert done.stdout.count("as deployed") == 2


@pytest.mark.plan("DR-6")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"protected": True}, {"protected": False}),
        ({"protected": False}, {"protected": True}),
        ({"days": 7}, {"days": 0}),
        ({"rules": [{"name": "a"}]}, {"rules": []}),
        ({"rules": [{"name": "a"}]}, {"rules": [{"name": "a"}, {"name": "b"}]}),
        ({"labels": {}}, {"labels": {"by": "hand"}}),
        ({"check": "projects/acme/global/healthChecks/a"}, {"check": "projects/acme/global/healthChecks/b"}),
        ({"url": "https://a.example/v1/projects/x"}, {"url": "projects/x"}),
        ({"name": "a"}, None),
        ({"subnet": [{"name": "nodes"}]}, {"subnet": [{"name": "nodes"}, {"name": "another"}]}),
        ({"subnet": [{"name": "nodes"}]}, {"subnet": []}),
    ],
)
def test_another_value_is_a_change(machine: Machine, before: Any, after: Any) -> None:
    drift = {
        "resource_drift": [{"address": "a.b", "change": {"actions": ["update"], "before": before, "after": after}}]
    }
    assert machine.run("drift", {**CHANGED, "show": [0, json.dumps(drift), ""]}).returncode == 1


@pytest.mark.parametrize("work", ["drift", "plan"])
@pytest.mark.parametrize(
    ("answers", "said"),
    [
        (NO_BUCKET, "the state bucket acme-terraform-state is absent: run `make bootstrap CLOUD=gcp PROJECT=…`"),
        (NO_NETWORK, "the providers cannot be downloaded"),
        (NO_CREDENTIALS, "there are no credentials: run `gcloud auth application-default login`"),
        (REFUSED, "terraform plan: Invalid function argument on cdk.tf.json line 7: it must be larger. "),
        (SILENT, "terraform plan: it failed without a message"),
    ],
    ids=["no bucket", "no network", "no credentials", "refused", "silent"],
)
def test_what_fails_is_one_line(machine: Machine, work: str, answers: Mapping[str, Any], said: str) -> None:
    done = machine.run(work, answers)
    assert done.returncode == 1
    assert said in done.stdout
    assert "Another one" not in done.stdout
    assert "Traceback" not in done.stderr


def test_what_a_deploy_would_change_is_counted(machine: Machine) -> None:
    changes = [
        {"address": "a.b", "change": {"actions": ["create"]}},
        {"address": "a.c", "change": {"actions": ["no-op"]}},
    ]
    done = machine.run("plan", {**AS_DEPLOYED, "show": [0, json.dumps({"resource_changes": changes}), ""]})
    assert done.returncode == 0
    assert "a deploy changes 1 resources" in done.stdout


def test_without_terraform_it_says_so(machine: Machine) -> None:
    (machine.path / "terraform").unlink()
    assert "terraform is not on the PATH" in machine.run("drift", AS_DEPLOYED).stderr


def test_without_stacks_it_says_what_to_run(machine: Machine) -> None:
    shutil.rmtree(machine.stacks)
    assert "run `cdktf synth` first" in machine.run("drift", AS_DEPLOYED).stderr


# Variables by which a person's shell, and an embedded cloud's, lead somewhere: the token's in the second.
VARIABLES = {
    "gcp": ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN"),
    "azure": ("AZURE_CONFIG_DIR", "ARM_CLIENT_SECRET"),
}
SAID = {
    "gcp": "Embedded Google Cloud: project example-goodies-shared. Nothing is changed.",
    "azure": f"Embedded Azure: subscription {SUBSCRIPTION}. Nothing is changed.",
}


class TestEmbedded:
    """Without an account: of an embedded cloud, the stacks that were deployed there."""

    @pytest.fixture(params=TERRAFORM)
    def cloud(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TerraformCloud]:
        found = TERRAFORM[request.param](tmp_path / ".embedded" / request.param)
        yield found
        found.wipe()

    @pytest.fixture
    def run(self, monkeypatch: pytest.MonkeyPatch, machine: Machine, cloud: TerraformCloud) -> Callable[[str], Any]:
        """Run a check of the copy that a deploy works in; of its stacks, the shared one was deployed."""
        monkeypatch.setattr(terraform_check, "TERRAFORM", {cloud.key: lambda: cloud})
        monkeypatch.setattr(working_copy, "folder", lambda _: machine.stacks)
        monkeypatch.setattr(working_copy, "update", lambda _: open_assembly(machine.stacks))
        machine.write_stacks(cloud.key)
        (machine.stacks / "stacks" / f"{cloud.key}-shared" / ".terraform").mkdir()
        machine.record_environment()
        monkeypatch.setenv("PATH", f"{machine.path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv(VARIABLES[cloud.key][0], "/home/me/theirs")
        app = typer.Typer()
        app.command()(terraform_check.main)
        return lambda work: CliRunner().invoke(app, [work, "--cloud", cloud.key])

    @pytest.mark.parametrize("work", ["drift", "plan"])
    def test_terraform_sees_it_and_no_other(
        self, run: Callable[[str], Any], machine: Machine, cloud: TerraformCloud, work: str
    ) -> None:
        with cloud.lock("tests"):
            cloud.start()
        ended = run(work)
        assert ended.exit_code == 0, ended.output
        assert ended.stdout.startswith(SAID[cloud.key])
        lines = [line for line in ended.stdout.splitlines() if f"{cloud.key}-" in line]
        assert {line.split()[1]: "not deployed" in line for line in lines} == {
            f"{cloud.key}-dev": True,
            f"{cloud.key}-shared": False,
        }
        seen = machine.environment()
        assert seen["HTTPS_PROXY"] == cloud.endpoint
        theirs, token = VARIABLES[cloud.key]
        assert seen[token] == cloud.access_token
        assert theirs not in seen

    @pytest.mark.parametrize("work", ["drift", "plan"])
    def test_where_it_does_not_run_no_terraform_runs(
        self, run: Callable[[str], Any], machine: Machine, cloud: TerraformCloud, work: str
    ) -> None:
        ended = run(work)
        assert ended.exit_code == 2
        assert ended.stderr.startswith(f"{cloud.name} does not run: `make deploy CLOUD={cloud.key}` starts it.")
        assert not machine.calls.exists()

    def test_while_a_deploy_runs_nothing_is_compared(
        self, run: Callable[[str], Any], machine: Machine, cloud: TerraformCloud
    ) -> None:
        with cloud.lock("a deploy"):
            cloud.start()
            ended = run("plan")
        assert (ended.exit_code, "a deploy" in ended.stderr) == (1, True), ended.output
        assert not machine.calls.exists()


def test_a_typed_project_refuses_the_shell_of_the_embedded_google_cloud(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/home/me/another/.embedded/gcp/certificates/authority.pem")
    done = machine.run("drift", AS_DEPLOYED)
    assert done.returncode == 1
    assert "your environment leads to the embedded Google Cloud, by SSL_CERT_FILE" in done.stderr
    assert not machine.calls.exists()


class TestSubscription:
    """Stacks of Azure, beside those of Google Cloud in the same folder."""

    @pytest.fixture
    def machine(self, machine: Machine) -> Machine:
        """A folder with stacks of both clouds."""
        stack = machine.stacks / "stacks" / "azure-shared"
        stack.mkdir()
        backend = {
            "container_name": "state",
            "storage_account_name": "acmestate",
            "subscription_id": SUBSCRIPTION,
            "key": "azure-shared.tfstate",
        }
        (stack / "cdk.tf.json").write_text(json.dumps({"terraform": {"backend": {"azurerm": backend}}}))
        manifest = json.loads((machine.stacks / "manifest.json").read_text())
        manifest["stacks"]["azure-shared"] = {
            "name": "azure-shared",
            "synthesizedStackPath": "stacks/azure-shared/cdk.tf.json",
        }
        (machine.stacks / "manifest.json").write_text(json.dumps(manifest))
        return machine

    @pytest.mark.plan("DR-6")
    def test_only_its_own_stacks_are_compared(self, machine: Machine) -> None:
        done = machine.run("drift", CHANGED, word="subscription", account=SUBSCRIPTION)
        assert done.returncode == 1
        assert done.stdout.startswith(f"Azure: subscription {SUBSCRIPTION}. Nothing is changed.")
        assert "changed beside the code" in done.stdout
        assert "gcp-" not in done.stdout

    @pytest.mark.parametrize(
        ("said_by_terraform", "said"),
        [
            (
                "Error: Failed to get existing workspaces: ContainerNotFound",
                "run `make bootstrap CLOUD=azure SUBSCRIPTION=",
            ),
            (
                "Error: 403 AuthorizationPermissionMismatch",
                "it takes Storage Blob Data Owner on the container",
            ),
            ("Error: unable to build authorizer: please run 'az login'", "there are no credentials: run `az login`"),
        ],
    )
    def test_errors_of_the_state_are_explained(self, machine: Machine, said_by_terraform: str, said: str) -> None:
        answers = {**AS_DEPLOYED, "init": [1, "", f"╷\n│ {said_by_terraform}\n╵"]}
        done = machine.run("plan", answers, word="subscription", account=SUBSCRIPTION)
        assert (done.returncode, said in done.stdout) == (1, True), done.stdout

    def test_another_subscription_is_refused(self, machine: Machine) -> None:
        done = machine.run("drift", AS_DEPLOYED, word="subscription", account="11111111-2222-3333-4444-555555555555")
        assert (done.returncode, machine.calls.exists()) == (1, False)
        assert "environments/policy.yaml says account.azure.subscription_id" in done.stderr
