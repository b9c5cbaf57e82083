"""Progress of a deploy by Terraform: what ``cdktf deploy`` writes as one line for each stack."""

import io

import pytest
from rich.console import Console

from local.terraform.progress import TerraformProgress
from tests.local.terraform.fake_tools import APPLIED, CREATED, REFUSED, UNCHANGED

STACKS = ("gcp-shared", "gcp-dev")


@pytest.fixture
def screen() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(screen: io.StringIO) -> TerraformProgress:
    found = TerraformProgress(STACKS, Console(file=screen, width=100), provider="google_")
    found.begin("gcp-shared")
    return found


def follow(progress: TerraformProgress, *parts: list[str]) -> None:
    for part in parts:
        for line in part:
            progress.follow(f"{line}\n")


def test_a_deploy_is_followed(progress: TerraformProgress, screen: io.StringIO) -> None:
    stack = progress.stacks["gcp-shared"]
    follow(progress, CREATED[:2])
    assert not progress.changing
    follow(progress, CREATED[2:5])
    assert (stack.state, stack.done, stack.total, stack.current) == (
        "deploying",
        1,
        2,
        "creating storage_bucket State/bucket",
    )
    assert progress.changing
    follow(progress, CREATED[5:], APPLIED)
    assert progress.finish()
    assert (stack.state, stack.done) == ("done", 2)
    assert screen.getvalue().startswith("gcp-shared: done in ")
    assert progress.stacks["gcp-dev"].state == "waiting"


def test_a_second_run_is_unchanged(progress: TerraformProgress) -> None:
    follow(progress, ["google_storage_bucket.State: Refreshing state... [id=acme]"], UNCHANGED, APPLIED)
    assert progress.finish()
    assert progress.stacks["gcp-shared"].state == "unchanged"
    assert not progress.changing


def test_a_run_that_did_not_apply_has_failed(progress: TerraformProgress) -> None:
    follow(progress, CREATED)
    assert not progress.finish()
    assert progress.stacks["gcp-shared"].state == "failed"


def test_errors_are_told_without_the_place_in_the_file(progress: TerraformProgress) -> None:
    follow(progress, CREATED[:4], REFUSED)
    assert progress.errors == [
        "Error creating Bucket: googleapi: Error 409: Your previous request to create the named bucket succeeded and"
        " you already own it., conflict with google_storage_bucket.State (State/bucket),"
    ]


def test_a_state_is_saved_when_its_lock_is_released(progress: TerraformProgress) -> None:
    follow(progress, CREATED[:4], REFUSED[:3])
    assert not progress.saved
    follow(progress, ["gcp-shared  Releasing state lock. This may take a few moments..."])
    assert progress.saved


def test_a_terminal_shows_the_stack_at_work(screen: io.StringIO) -> None:
    progress = TerraformProgress(STACKS, Console(file=screen, width=100, force_terminal=True), provider="google_")
    progress.begin("gcp-shared")
    with progress.shown():
        follow(progress, CREATED[:5])
    assert "creating storage_bucket State/bucket" in screen.getvalue()
    assert "gcp-dev" not in screen.getvalue()
