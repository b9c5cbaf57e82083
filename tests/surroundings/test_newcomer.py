"""Set-up on a newcomer's machine, with git, make and Python alone."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.surroundings.conftest import CREDENTIALS, LEFTOVERS, Checkout, processes_in, wait_until

pytestmark = pytest.mark.xdist_group("surroundings")

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
ONE = ("--context", "environments=dev", "--context", "unchecked=yes")


@pytest.fixture
def stranger(tmp_path: Path) -> str:
    """A home that belongs to somebody else, where that can be had; else one that cannot be written."""
    if os.geteuid() == 0:
        os.chown(tmp_path, 4242, 4242)
    else:
        tmp_path.chmod(0o555)
    return str(tmp_path)


def test_all_clouds_synthesize_with_nothing_but_git_make_and_python(checkout: Checkout) -> None:
    """As in CI; here the home cannot be written, and another Node and other settings are in the way."""
    command = (".ci/newcomer", "make", "synth", "synth-terraform")
    code, output = checkout.run(*command, variables={**LEFTOVERS, **CREDENTIALS})
    assert code == 0, output
    assert (checkout.folder / "cdk.out" / "GoodiesProd.template.json").exists()
    for stack in ("gcp-prod", "azure-prod"):
        assert (checkout.folder / "cdktf.out" / "stacks" / stack / "cdk.tf.json").exists()
    assert "Setting up" not in output


def test_the_cdk_needs_no_active_environment_and_no_home_of_ones_own(checkout: Checkout, stranger: str) -> None:
    code, output = checkout.run(".venv/bin/cdk", "ls", *ONE, home=stranger, variables=LEFTOVERS)
    assert (code, "GoodiesDev\n" in output) == (0, True), output


def test_the_cdktf_finds_its_own_node(checkout: Checkout) -> None:
    code, output = checkout.run(".venv/bin/cdktf", "--version", variables=LEFTOVERS)
    assert code == 0, output


COMMANDS = [
    ("make", "help"),
    ("python", "-m", "admin.admin_password", "--help"),
    ("python", "-m", "admin.patch_release", "--help"),
    ("python", "-m", "admin.rollback", "--help"),
    ("python", "-m", "operations.release.release", "--help"),
    ("python", "-m", "operations.release.rollback", "--help"),
    ("python", "-m", "admin.bootstrap", "--help"),
    ("python", "-m", "admin.terraform_check", "--help"),
    ("python", "-m", "local", "status"),
    ("python", "-m", "local", "stop"),
    ("make", "destroy"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_what_changes_nothing_runs_anywhere(checkout: Checkout, command: tuple[str, ...]) -> None:
    program = ".venv/bin/python" if command[0] == "python" else command[0]
    code, output = checkout.run(program, *command[1:])
    assert (code, "Traceback" in output) == (0, False), output


def test_files_that_are_touched_install_nothing(own_checkout: Checkout) -> None:
    for name in ("requirements.txt", "requirements-uv.txt", "package.json", "package-lock.json"):
        os.utime(own_checkout.folder / name)
    assert own_checkout.run("make", "setup") == (0, "make: Nothing to be done for 'setup'.\n")


@pytest.mark.parametrize("missing", ["requirements", "node_modules", "python"])
def test_what_is_missing_is_set_up_again(own_checkout: Checkout, missing: str) -> None:
    if missing == "requirements":
        with (own_checkout.folder / "requirements.txt").open("a") as file:
            file.write("# another\n")
    elif missing == "node_modules":
        (own_checkout.folder / "node_modules").unlink()
    else:
        (own_checkout.folder / ".venv" / "bin" / "python").unlink()
    code, output = own_checkout.run("make", "--dry-run", "setup")
    assert (code, "Setting up" in output) == (0, True), output


def test_an_old_python_is_one_line(own_checkout: Checkout) -> None:
    (own_checkout.path / "python3").unlink()
    own_checkout.program("python3", "exit 1")
    code, output = own_checkout.run("make", "synth")
    assert code == 2
    assert [line.partition("*** ")[2] for line in output.splitlines()] == [
        "Python 3.11 or newer is needed as python3: install it and run this again.  Stop."
    ]


def test_copies_that_an_editor_leaves_are_no_environments(own_checkout: Checkout) -> None:
    folder = own_checkout.folder / "environments"
    (folder / ".#prod.yaml").symlink_to("nils@laptop.4242")
    (folder / "prod.yaml~").write_text("half a file: [")
    (folder / "prod.yaml.orig").write_text("")
    (folder / "README").write_text("What these are")
    (folder / "old").mkdir()
    code, output = own_checkout.run("make", "--dry-run", "deploy", "ENV=moon")
    assert (code, "allowed is dev, prod, staging." in output) == (2, True), output
    load = "from environments import load; print(*(each.name for each in load()))"
    assert own_checkout.run(".venv/bin/python", "-c", load) == (0, "dev prod staging\n")


@pytest.mark.parametrize("name", ["prod.yml", "a folder.yaml"])
def test_a_file_that_looks_like_an_environment_is_named(own_checkout: Checkout, name: str) -> None:
    path = own_checkout.folder / "environments" / name
    path.mkdir() if name.endswith("folder.yaml") else path.write_text("")
    code, output = own_checkout.run(".venv/bin/python", "app.py", "aws")
    assert code == 1
    assert f"environments/{name}: given" in output
    assert "Traceback" not in output


@needs_proc
def test_a_target_stops_at_once_and_leaves_nothing_running(own_checkout: Checkout) -> None:
    process = own_checkout.start("make", "synth", home="/dev/null")
    assert wait_until(lambda: any("jsii-runtime" in command for command in processes_in(own_checkout.folder)))
    os.killpg(process.pid, signal.SIGINT)
    output = process.communicate(timeout=60)[0]
    assert process.returncode in {-signal.SIGINT, 130}
    assert "Traceback" not in output
    assert wait_until(lambda: not processes_in(own_checkout.folder))


@needs_proc
def test_cleaning_stops_the_embedded_cloud_first(own_checkout: Checkout) -> None:
    start = "from local.cloud import EmbeddedCloud; EmbeddedCloud().start()"
    code, output = own_checkout.run(".venv/bin/python", "-c", start)
    assert code == 0, output
    assert any("local.emulator" in command for command in processes_in(own_checkout.folder))
    assert own_checkout.run("make", "clean")[0] == 0
    assert wait_until(lambda: not processes_in(own_checkout.folder))
    assert not (own_checkout.folder / ".embedded").exists()
