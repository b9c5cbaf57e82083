"""Example values: a user's own values and the repository's examples do not mix."""

import environments

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
