"""Arguments of make: what counts, what is refused, and what reaches a real account. Nothing is deployed: dry runs."""

import re
import subprocess

import pytest

from tests.outer_make import without_outer_make
from tests.synthesis import CHECKOUT
from tools.make_arguments import allowed, targets

MAKEFILE = (CHECKOUT / "Makefile").read_text()
SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
REAL = {"ACCOUNT", "PROJECT", "SUBSCRIPTION"}


def dry(words: str, **exported: str) -> tuple[int, str]:
    """Run make without running what it would, and return its exit code and its output."""
    done = subprocess.run(
        ["make", "--dry-run", *words.split()],
        cwd=CHECKOUT,
        env={**without_outer_make(), **exported},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("FOO=3", "make help does not know FOO; it takes no variable"),
        ("deploy CLOUD=aws", "make deploy CLOUD=aws: allowed is gcp, azure"),
        (
            "deploy ONLY=dev",
            "make deploy does not know ONLY; it takes [CLOUD=] [ENV=] [APP=] [BODY=] [PROVIDERS=] [CHARTS=]",
        ),
        ("deploy ACCOUNT=111122223333", "make deploy does not know ACCOUNT; it takes [CLOUD=] [ENV=]"),
        ("deploy CLOUD=gcp PROJECT=acme-dev", "make deploy reaches no project: `cdktf deploy gcp-<environment>`"),
        ("deploy PROJECT=acme-dev", "make deploy reaches no project: `cdktf deploy gcp-<environment>`"),
        ("deploy PROVIDERS=build/mirror", "make deploy takes PROVIDERS= only with CLOUD="),
        ("deploy ENV=dev CHARTS=build/charts", "make deploy takes CHARTS= only with CLOUD="),
        ("deploy CLOUD=gcp CHARTS=$(id)", "make deploy CHARTS=$(id): allowed is a folder with the archives of charts"),
        ("deploy CLOUD=gcp APP=../the-goodies", "make deploy takes APP= only without CLOUD="),
        ("deploy CLOUD=gcp BODY=0", "make deploy takes BODY= only without CLOUD="),
        ("deploy BODY=no", "make deploy BODY=no: allowed is 0"),
        ("deploy APP=$(id)", "make deploy APP=$(id): allowed is a folder, a checkout of the application"),
        ("shell", "make shell needs CLOUD=, which is gcp, azure"),
        ("status ACCOUNT=111122223333", "make status takes ACCOUNT= only with ENV="),
        ("destroy CLOUD=gcp ENV=dev", "make destroy takes CLOUD= alone"),
        ("destroy CLOUD=gcp ENV=dev ACCOUNT=111122223333", "make destroy takes CLOUD= alone"),
        ("deploy ENV=moon", "make deploy ENV=moon: allowed is dev, prod, staging"),
        ("deploy ENV=policy", "make deploy ENV=policy: allowed is dev, prod, staging"),
        ("synth FAST=yes", "make synth FAST=yes: allowed is 1"),
        ("lint ENV=dev", "make lint does not know ENV; it takes no variable"),
        ("setup diff BASE=main", "make setup does not know BASE; it takes no variable"),
        ("test ARGS=-x", "make test does not know ARGS; it takes [PLAN=] [TESTS=]"),
        ("test PLAN=$(id)", "make test PLAN=$(id): allowed is an id of docs/plan.yaml, such as DR-3 or ENV-2/data"),
        ("diff BASE=main;id", "make diff BASE=main;id: allowed is a branch, tag or commit"),
        ("resize ENV=prod", "make resize needs WHAT=, which is database, cache, service"),
        ("resize ENV=prod WHAT=moon", "make resize WHAT=moon: allowed is database, cache, service"),
        ("admin-password", "make admin-password needs ENV=, which is dev, prod, staging"),
        ("admin-password ACCOUNT=111122223333", "make admin-password needs ENV=, which is dev, prod, staging"),
        (
            "admin-password ENV=prod ACCOUNT=1",
            "make admin-password ACCOUNT=1: allowed is the 12 digits of an AWS account",
        ),
        ("patch-release ENV=prod YES=true", "make patch-release YES=true: allowed is 1"),
        ("patch-release ENV=prod PROJECT=acme-shared", "make patch-release does not know PROJECT"),
        ("bootstrap", "make bootstrap needs CLOUD=, which is gcp, azure"),
        ("bootstrap CLOUD=aws PROJECT=acme-shared", "make bootstrap CLOUD=aws: allowed is gcp, azure"),
        ("bootstrap PROJECT=acme-shared", "make bootstrap needs CLOUD=, which is gcp, azure"),
        ("destroy ENV=dev", "make destroy takes ENV= and ACCOUNT= together, or no variable"),
        ("destroy ACCOUNT=111122223333", "make destroy takes ENV= and ACCOUNT= together, or no variable"),
        ("destroy YES=1", "make destroy takes ENV= and ACCOUNT= together, or no variable"),
        ("logs ENV=prod SINCE=yesterday", "make logs SINCE=yesterday: allowed is a number of minutes, hours or days"),
        ("logs ENV=prod FILTER='", "make logs FILTER=': allowed is a filter pattern of CloudWatch Logs"),
        ("psql ENV=prod WRITE=yes", "make psql WRITE=yes: allowed is 1"),
        ("drift CLOUD=gcp PROJECT=Acme", "make drift PROJECT=Acme: allowed is the id of a project of Google Cloud"),
        ("validate PROVIDERS=build", "make validate needs CLOUD=, which is gcp, azure"),
        ("validate CLOUD=gcp PROJECT=acme-shared", "make validate does not know PROJECT; it takes CLOUD= [PROVIDERS=]"),
        ("validate CLOUD=gcp PROVIDERS=$(id)", "make validate PROVIDERS=$(id): allowed is a folder"),
        (
            "preflight ENV=dev ACCOUNT=111122223333 PROJECT=acme-dev",
            "takes ACCOUNT= of AWS or PROJECT= of Google Cloud, not both",
        ),
        (
            f"bootstrap CLOUD=azure PROJECT=acme-shared SUBSCRIPTION={SUBSCRIPTION}",
            "takes PROJECT= of Google Cloud or SUBSCRIPTION=, not both",
        ),
        (
            "bootstrap CLOUD=azure SUBSCRIPTION=prod",
            "make bootstrap SUBSCRIPTION=prod: allowed is the id",
        ),
        ("deploy CLOUD=azure SUBSCRIPTION=prod", "make deploy reaches no subscription"),
        ("charts CLOUD=azure", "make charts CLOUD=azure: allowed is gcp"),
    ],
)
def test_a_variable_that_is_not_known_and_a_value_that_is_not_allowed_are_refused(typed: str, said: str) -> None:
    code, output = dry(typed)
    assert code == 2
    (line,) = output.splitlines()
    assert said in line


@pytest.mark.parametrize(
    ("typed", "runs"),
    [
        ("deploy", "-m local deploy --env prod"),
        ("deploy ENV=dev", "-m local deploy --env dev"),
        ("deploy CLOUD=gcp", "-m admin.deploy --cloud gcp --env prod"),
        ("deploy CLOUD=azure", "-m admin.deploy --cloud azure --env prod"),
        (
            "deploy CLOUD=gcp ENV=staging PROVIDERS=~/mirror CHARTS=build/charts",
            "-m admin.deploy --cloud gcp --env staging --providers '~/mirror' --charts 'build/charts'",
        ),
        ("shell CLOUD=gcp", "-m local shell --cloud gcp"),
        ("status", "-m local status"),
        ("destroy CLOUD=gcp", "-m local destroy --cloud gcp"),
        ("synth ENV=dev", "cdk synth --quiet --context environments=dev"),
        ("test PLAN=DR-3", "--plan DR-3"),
        ("test PLAN=ENV-2/data", "--plan ENV-2/data"),
        ("test TESTS=tests/stacks/aws", "loadgroup tests/stacks/aws"),
        ("diff BASE=HEAD^ LINK=https://example.test/a?b=1&c", "--base 'HEAD^' --link 'https://example.test/a?b=1&c'"),
        ("resize ENV=prod WHAT=cache", "-m review.resize --env prod --what cache"),
        ("admin-password ENV=prod", "-m admin.admin_password --env prod"),
        ("admin-password ENV=prod ACCOUNT=111122223333", "--env prod --account 111122223333"),
        ("admin-password ENV=prod ACCOUNT=111122223333 YES=1", "--env prod --account 111122223333 --yes"),
        ("preflight ENV=dev", "-m admin.preflight --env dev"),
        ("preflight ENV=dev ACCOUNT=111122223333", "-m admin.preflight --env dev --account 111122223333"),
        ("preflight ENV=dev PROJECT=acme-dev", "-m admin.preflight --env dev --project acme-dev"),
        ("preflight ENV=dev CLOUD=gcp", "-m admin.preflight --env dev --cloud gcp"),
        ("patch-release ENV=dev", "-m admin.patch_release --env dev"),
        ("patch-release ENV=dev ACCOUNT=111122223333 REBUILD=1", "--env dev --account 111122223333 --rebuild"),
        ("release ENV=dev TAG=0.3.0-2a1ec34", "-m admin.release --env dev --tag 0.3.0-2a1ec34"),
        (
            "release ENV=dev TAG=0.3.0-2a1ec34 URGENT=log-in,12",
            "-m admin.release --env dev --tag 0.3.0-2a1ec34 --urgent 'log-in,12'",
        ),
        ("rollback ENV=dev", "-m admin.rollback --env dev"),
        (
            "rollback ENV=prod TO=0.3.0-2a1ec34 ACCOUNT=111122223333 YES=1",
            "-m admin.rollback --env prod --to 0.3.0-2a1ec34 --account 111122223333 --yes",
        ),
        ("destroy", "-m local destroy"),
        ("destroy ENV=dev ACCOUNT=111122223333", "-m admin.destroy --env dev --account 111122223333"),
        ("status ENV=prod", "-m admin.status --env prod"),
        ("logs ENV=prod SINCE=2h FILTER=ERROR", "-m admin.logs --env prod --since 2h --filter 'ERROR'"),
        ("psql ENV=prod ACCOUNT=111122223333 WRITE=1", "-m admin.psql --env prod --account 111122223333 --write"),
        (
            "bootstrap CLOUD=gcp PROJECT=acme-shared DRY=1",
            "-m admin.bootstrap --cloud gcp --project acme-shared --dry-run",
        ),
        ("bootstrap CLOUD=gcp", "-m admin.bootstrap --cloud gcp"),
        ("bootstrap CLOUD=azure", "-m admin.bootstrap --cloud azure"),
        (
            f"bootstrap CLOUD=azure SUBSCRIPTION={SUBSCRIPTION} YES=1",
            f"-m admin.bootstrap --cloud azure --subscription {SUBSCRIPTION} --yes",
        ),
        ("charts CLOUD=gcp", "-m admin.charts"),
        ("drift CLOUD=gcp", "-m admin.terraform_check drift --cloud gcp"),
        ("plan CLOUD=gcp", "-m admin.terraform_check plan --cloud gcp"),
        ("charts CLOUD=gcp PROJECT=acme-shared YES=1", "-m admin.charts --project acme-shared --yes"),
        ("drift CLOUD=gcp PROJECT=acme-shared", "-m admin.terraform_check drift --cloud gcp --project acme-shared"),
        ("plan CLOUD=gcp PROJECT=acme-shared", "-m admin.terraform_check plan --cloud gcp --project acme-shared"),
        (
            f"drift CLOUD=azure SUBSCRIPTION={SUBSCRIPTION}",
            f"-m admin.terraform_check drift --cloud azure --subscription {SUBSCRIPTION}",
        ),
        ("plan CLOUD=azure", "-m admin.terraform_check plan --cloud azure"),
        ("preflight ENV=dev CLOUD=azure", "-m admin.preflight --env dev --cloud azure"),
        (f"preflight ENV=dev SUBSCRIPTION={SUBSCRIPTION}", f"--env dev --subscription {SUBSCRIPTION}"),
        ("validate CLOUD=azure", "-m tools.terraform_validate"),
        ("validate CLOUD=gcp PROVIDERS=build/mirror", "-m tools.terraform_validate --providers 'build/mirror'"),
    ],
)
def test_what_is_typed_is_what_runs(typed: str, runs: str) -> None:
    code, output = dry(typed)
    assert code == 0, output
    lines = [" ".join(line.split()) for line in output.replace("\\\n", " ").splitlines()]
    assert [line for line in lines if line.partition(" ||")[0].endswith(runs)], lines


@pytest.mark.parametrize(
    ("typed", "exported", "named"),
    [
        ("deploy", {"ENV": "dev"}, {"ENV"}),
        ("admin-password ENV=prod", {"ACCOUNT": "111122223333", "YES": "1"}, {"ACCOUNT", "YES"}),
        ("patch-release ENV=dev", {"ENV": "prod", "ACCOUNT": "111122223333", "CLOUD": "gcp"}, {"ACCOUNT"}),
        ("bootstrap CLOUD=gcp PROJECT=acme-shared", {"YES": "1", "PROJECT": "other"}, {"YES"}),
        ("synth", {"ACCOUNT": "111122223333", "CLOUD": "gcp"}, set()),
    ],
)
def test_an_exported_variable_does_not_count_and_is_named(
    typed: str, exported: dict[str, str], named: set[str]
) -> None:
    code, output = dry(typed, **exported)
    assert code == 0, output
    notes = [line for line in output.splitlines() if "is exported and does not count" in line]
    assert {line.partition("=")[0] for line in notes} == named
    rest = "\n".join(line for line in output.splitlines() if line not in notes)
    assert rest == dry(typed)[1].rstrip("\n")


@pytest.mark.parametrize("name", ["MAKEFLAGS", "GNUMAKEFLAGS"])
@pytest.mark.parametrize(
    ("typed", "flags", "said"),
    [
        ("admin-password ENV=prod", "ACCOUNT=111122223333 YES=1", "stands in MAKEFLAGS, is not typed"),
        ("patch-release ACCOUNT=111122223333", "ENV=prod", "ENV=prod stands in MAKEFLAGS, is not typed"),
        ("deploy", "-- ENV=dev", "ENV=dev stands in MAKEFLAGS, is not typed"),
    ],
)
def test_a_variable_in_makes_own_flags_is_refused(name: str, typed: str, flags: str, said: str) -> None:
    code, output = dry(typed, **{name: flags})
    assert (code, said in output) == (2, True), output
    assert "-m admin" not in output


def test_makes_own_flags_may_hold_options() -> None:
    assert dry("admin-password ENV=prod ACCOUNT=111122223333", MAKEFLAGS="-j2")[0] == 0


def test_a_hint_keeps_what_was_typed() -> None:
    output = dry("admin-password ENV=prod", ACCOUNT="111122223333")[1]
    assert "type: make admin-password ENV=prod ACCOUNT=111122223333\n" in output


def test_an_exported_variable_does_not_stand_for_one_that_is_needed() -> None:
    code, output = dry("admin-password", ENV="prod")
    assert code == 2
    assert output.splitlines()[0].startswith("ENV=prod is exported and does not count")
    assert "make admin-password needs ENV=" in output.splitlines()[1]


def test_only_what_names_an_account_can_reach_one() -> None:
    reaching = {name for name, takes in targets(MAKEFILE).items() if REAL & takes.keys()}
    reading = {"preflight", "status", "logs", "drift", "plan"}
    changing = {"destroy", "psql", "admin-password", "migrate", "bootstrap", "charts"}
    changing |= {"release", "rollback", "patch-release"}
    assert reaching == reading | changing
    running = re.findall(r"^([a-z-]+):.*##.*\n(?:\t.*\n)*?\t.*-m .*\badmin\b", MAKEFILE, re.MULTILINE)
    # `deploy` is of the embedded clouds alone: its command has no option that names a project.
    assert set(running) == reaching | {"deploy"}


def test_the_makefile_and_its_checks_know_the_same() -> None:
    (listed,) = re.findall(r"^override ARGUMENTS := (.*)$", MAKEFILE, re.MULTILINE)
    assert set(listed.split()) == set(allowed()) == {name for takes in targets(MAKEFILE).values() for name in takes}
    (phony,) = re.findall(r"^\.PHONY: help ((?:.*\\\n)*.*)$", MAKEFILE, re.MULTILINE)
    assert {"help", *phony.replace("\\\n", " ").split()} == set(targets(MAKEFILE))
