"""Recovery of what a killed deploy left: its lock, and the state that it could not save."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from assembly import Stack, terraform
from local.errors import EmbeddedCloudError
from local.terraform.cloud import TerraformCloud
from local.terraform.recovery import recover
from local.terraform.terraform import Terraform
from tests.local.terraform.clouds import Case
from tests.local.terraform.fake_tools import write_terraform


class Machine:
    """A stack, what holds its state, and a terraform on the PATH."""

    def __init__(self, case: Case, cloud: TerraformCloud, folder: Path, prefix: str) -> None:
        self.case = case
        self.cloud = cloud
        self.programs = folder / "bin"
        self.calls = write_terraform(self.programs)
        file = folder / "stack" / "cdk.tf.json"
        file.parent.mkdir()
        self.errored = file.with_name("errored.tfstate")
        template = {"terraform": {"backend": case.backend(prefix)}}
        self.stack: Stack = terraform.stack("the-dev", template, file)
        self.prefix = prefix

    def put(self, content: object) -> None:
        self.case.put(self.cloud, self.prefix, content)

    def lock(self) -> None:
        self.case.lock(self.cloud, self.prefix)

    def recover(self) -> list[str]:
        program = Terraform(self.programs, None)
        return list(recover(self.cloud, self.stack, program, environment={**os.environ, **self.cloud.environment()}))

    @property
    def run(self) -> list[list[str]]:
        return [json.loads(line)[0] for line in self.calls.read_text().splitlines()][1:]


@pytest.fixture
def machine(case: Case, shared: TerraformCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    found = Machine(case, shared, tmp_path, tmp_path.name)
    monkeypatch.setenv("PATH", f"{found.programs}{os.pathsep}{os.environ['PATH']}")
    return found


@pytest.fixture
def terraform_at_work(machine: Machine, tmp_path: Path) -> Iterator[int]:
    """A process that is called terraform, and has the environment of the cloud."""
    program = tmp_path / "terraform"
    program.symlink_to(Path("/bin/sleep").resolve())
    with subprocess.Popen([str(program), "60"], env=machine.cloud.environment()) as process:
        deadline = time.monotonic() + 10
        while Path(f"/proc/{process.pid}/comm").read_text() != "terraform\n" and time.monotonic() < deadline:
            time.sleep(0.01)
        yield process.pid
        process.kill()


def test_nothing_is_done_where_nothing_is_left(machine: Machine) -> None:
    assert machine.recover() == []
    assert machine.run == []


def test_a_lock_is_let_go_whose_process_is_gone(machine: Machine) -> None:
    machine.lock()
    assert machine.recover() == [
        "the-dev: let go of the lock that OperationTypeApply took 2026-11-29T08:00:00Z; its process is gone"
    ]
    assert machine.cloud.state(machine.stack).lock() is None


@pytest.mark.skipif(sys.platform != "linux", reason="reads Linux's table of processes")
def test_a_lock_is_kept_while_terraform_works(machine: Machine, terraform_at_work: int) -> None:
    machine.lock()
    with pytest.raises(EmbeddedCloudError, match=rf"at work on the-dev \(process {terraform_at_work}\)"):
        machine.recover()
    assert machine.cloud.state(machine.stack).lock() is not None


def test_the_deploy_of_a_command_that_was_killed_is_waited_for(machine: Machine) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)", "cdktn", "deploy"]
    for stack, message in (("the-prod", None), ("the-dev", "is at work on the-dev")):
        with subprocess.Popen([*words, stack], env=machine.cloud.environment()) as cli:
            _wait_for(Path(f"/proc/{cli.pid}/cmdline"), stack)
            if message is None:
                assert machine.recover() == []
            else:
                with pytest.raises(EmbeddedCloudError, match=rf"{message} \(process {cli.pid}\)"):
                    machine.recover()
            cli.kill()


def _wait_for(file: Path, text: str) -> None:
    deadline = time.monotonic() + 10
    while text not in file.read_text() and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_lock_that_was_taken_meanwhile_is_kept(machine: Machine) -> None:
    machine.lock()
    state = machine.cloud.state(machine.stack)
    old = state.lock()
    assert old is not None
    machine.lock()
    with pytest.raises(EmbeddedCloudError, match="412"):
        state.unlock(old)
    assert state.lock() is not None


def test_a_state_that_was_not_saved_is_pushed(machine: Machine) -> None:
    machine.put({"lineage": "a", "serial": 3})
    resources = [{"mode": "managed", "type": "google_storage_bucket", "name": "A", "instances": [{}, {}]}]
    machine.errored.write_text(json.dumps({"lineage": "a", "serial": 4, "resources": resources}))
    (line,) = machine.recover()
    assert line == "the-dev: pushed errored.tfstate, with 2 resources, that an earlier deploy could not save"
    assert machine.run == [["init", "-input=false"], ["state", "push", "errored.tfstate"]]
    assert not machine.errored.exists()


def test_the_first_state_is_pushed(machine: Machine) -> None:
    machine.errored.write_text(json.dumps({"lineage": "a", "serial": 4}))
    assert "pushed errored.tfstate" in machine.recover()[0]


def test_a_state_is_empty_where_nothing_holds_states_yet(case: Case, tmp_path: Path) -> None:
    cloud = case.cloud(tmp_path / case.key)
    stack: Stack = terraform.stack("the-dev", {"terraform": {"backend": case.backend("x")}}, tmp_path)
    try:
        cloud.start()
        assert cloud.state(stack).read() == {}
        assert cloud.state(stack).lock() is None
        cloud.stop()
        with pytest.raises(EmbeddedCloudError, match=f"{cloud.name} does not answer GET"):
            cloud.state(stack).read()
    finally:
        cloud.wipe()


def test_a_state_of_another_checkout_is_refused_and_kept(machine: Machine) -> None:
    machine.put({"lineage": "a", "serial": 3})
    machine.errored.write_text(json.dumps({"lineage": "b", "serial": 4}))
    with pytest.raises(EmbeddedCloudError, match="its lineage is b, and not a"):
        machine.recover()
    assert machine.errored.exists()
    assert machine.run == []


def test_a_state_that_is_not_newer_is_put_aside(machine: Machine) -> None:
    machine.put({"lineage": "a", "serial": 5})
    machine.errored.write_text(json.dumps({"lineage": "a", "serial": 5}))
    assert "which is now errored.5" in machine.recover()[0]
    assert machine.errored.with_name("errored.5").exists()
    assert machine.run == []


@pytest.mark.parametrize("content", ["", "{", "[]", '{"serial": 1}'])
def test_a_damaged_state_is_refused_and_kept(machine: Machine, content: str) -> None:
    machine.errored.write_text(content)
    with pytest.raises(EmbeddedCloudError, match="is damaged"):
        machine.recover()
    assert machine.errored.exists()


def test_a_push_that_fails_keeps_the_state(machine: Machine) -> None:
    write_terraform(machine.programs, refused="\x1b[31m╷\n│ Error: Failed to write state\n╵")
    machine.errored.write_text(json.dumps({"lineage": "a", "serial": 4}))
    with pytest.raises(
        EmbeddedCloudError, match=r"kept: terraform state push errored\.tfstate: Failed to write state$"
    ):
        machine.recover()
    assert machine.errored.exists()
