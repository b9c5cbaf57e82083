"""Example values: a user's own values and the repository's examples do not mix."""

import pytest

import environments
from environments.loading import FOLDER

from .conftest import Files

REAL = "210987654321"


def test_the_examples_of_the_repository_are_named() -> None:
    dev = environments.load()[0]
    assert environments.example_values(dev) == (
        "account.aws_account_id",
        "account.domain",
        "account.receivers.on_call",
        "account.receivers.team",
        "policy.account.aws_account_id",
        "policy.account.repository",
        "policy.account.receivers.on_call",
        "policy.account.receivers.team",
        "policy.account.receivers.owner",
    )


def test_a_real_account_with_example_values_is_refused_by_name(files: Files) -> None:
    files.set("prod", "account.aws_account_id", REAL)
    files.set("policy", "account.aws_account_id", REAL)
    assert {(error.file, error.key) for error in files.errors()} == {
        ("environments/policy.yaml", "account.repository"),
        ("environments/policy.yaml", "account.receivers.on_call"),
        ("environments/policy.yaml", "account.receivers.team"),
        ("environments/policy.yaml", "account.receivers.owner"),
        ("environments/prod.yaml", "account.domain"),
        ("environments/prod.yaml", "account.receivers.on_call"),
        ("environments/prod.yaml", "account.receivers.team"),
    }


def test_an_environment_with_values_of_its_own_has_no_examples(files: Files) -> None:
    for name in ("prod", "policy"):
        files.set(name, "account.aws_account_id", REAL)
    files.set("prod", "account.domain", "example.goodies.io")
    files.set("prod", "account.receivers", {"on_call": "a@myexample.com", "team": "b@goodies.io"})
    files.set("policy", "account.repository", "somebody/example")
    for name in ("on_call", "team", "owner"):
        files.set("policy", f"account.receivers.{name}", "a@goodies.io")
    dev, prod, _ = environments.load(files.folder)
    assert environments.example_values(prod) == ()
    assert "account.domain" in environments.example_values(dev)


def test_domains_that_are_reserved_for_examples_count_as_examples(files: Files) -> None:
    files.set("dev", "account.aws_account_id", REAL)
    files.set("dev", "account.domain", "dev.example.com")
    files.set("dev", "account.receivers", {"on_call": "a@example.org", "team": "b@goodies.io"})
    assert [error.key for error in files.errors()] == ["account.domain", "account.receivers.on_call"]


OWNERS = FOLDER.parent / ".github" / "CODEOWNERS"


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("dev", "account.aws_account_id", REAL),
        ("staging", "account.gcp.project", "acme-goodies-staging"),
        ("policy", "account.aws_account_id", REAL),
    ],
)
def test_a_real_account_refuses_the_placeholder_among_the_owners_of_the_code(
    files: Files, name: str, key: str, value: str
) -> None:
    github = files.folder.parent / ".github"
    github.mkdir()
    lines = OWNERS.read_text().splitlines()
    (github / "CODEOWNERS").write_text("\n".join(lines))
    assert not files.errors()
    files.set(name, key, value)
    refused = [error for error in files.errors() if error.file == ".github/CODEOWNERS"]
    assert [lines[error.line - 1] for error in refused if error.line] == [
        line for line in lines if line.endswith(" @example/platform")
    ]
    assert str(refused[0]).endswith(
        f"given @example/platform; a team or an account of your own, now that {name}.{key} is one"
    )
    (github / "CODEOWNERS").write_text("# @example/platform\n/tools/ @acme/platform\n")
    assert not [error for error in files.errors() if error.file == ".github/CODEOWNERS"]


def test_a_real_subscription_with_example_values_is_refused_by_name(files: Files) -> None:
    files.set("policy", "account.azure.subscription_id", "0a1b2c3d-0000-4000-8000-000000000001")
    assert {error.key for error in files.errors()} >= {
        "account.azure.tenant_id",
        "account.azure.deployers",
        "account.azure.deployer_ranges",
    }
