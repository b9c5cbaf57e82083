"""Variables and secrets of the application: which names and values are refused, and with what words."""

import runpy

import pytest

from environments.checks.variables import belongs_to_the_platform
from tests.aws.resources import Environment
from tests.gcp.terraform import Stack
from tests.kubernetes import environment_variables
from tests.synthesis import CHECKOUT

from .conftest import Files


@pytest.mark.parametrize(
    ("key", "value", "where", "allowed"),
    [
        ("variables", {"log-level": "debug"}, "variables.log-level", "the name of a variable: capital letters"),
        ("variables", {"A__B": "1"}, "variables.A__B", "the name of a variable: capital letters"),
        ("variables", {"LOG_LEVEL": 1}, "variables.LOG_LEVEL", "one line of up to 1024 characters"),
        ("variables", {"LOG_LEVEL": ""}, "variables.LOG_LEVEL", "one line of up to 1024 characters"),
        ("variables", {"LOG_LEVEL": "a\nb"}, "variables.LOG_LEVEL", "one line of up to 1024 characters"),
        ("variables", {"LOG_LEVEL": "x" * 1025}, "variables.LOG_LEVEL", "one line of up to 1024 characters"),
        ("variables", {"A": "{{resolve:ssm:a}}"}, "variables.A", "one line of up to 1024 characters, none of them $,"),
        ("variables", {"A": "${google_sql_user.a}"}, "variables.A", "one line of up to 1024 characters"),
        ("variables", {"A": "$(PGPASSWORD)"}, "variables.A", "one line of up to 1024 characters"),
        ("variables", {"A": "%{if true}"}, "variables.A", "one line of up to 1024 characters"),
        ("variables", {"PGHOST": "elsewhere"}, "variables.PGHOST", "PGHOST is the platform's"),
        (
            "variables",
            {"FUNKYGIBBON_TEST_MODE": "1"},
            "variables.FUNKYGIBBON_TEST_MODE",
            "FUNKYGIBBON_TEST_MODE is the",
        ),
        ("variables", {"LD_PRELOAD": "/tmp/a.so"}, "variables.LD_PRELOAD", "LD_PRELOAD is the platform's"),
        ("variables", {"MAIL_TOKEN": "abc"}, "variables.MAIL_TOKEN", "what is secret is a name in service.secrets"),
        ("variables", "LOG_LEVEL", "variables", "an object"),
        ("secrets", ["mail-token"], "secrets.0", "the name of a variable: capital letters"),
        ("secrets", ["MAIL_TOKEN", "JWT_SECRET"], "secrets.1", "JWT_SECRET is the platform's"),
        ("secrets", ["MAIL_TOKEN", "MAIL_TOKEN"], "secrets.1", "each name once, in variables or in secrets"),
    ],
)
def test_what_cannot_be_a_variable_is_refused(files: Files, key: str, value: object, where: str, allowed: str) -> None:
    files.set("prod", f"service.{key}", value)
    found = [(error.key, error.allowed) for error in files.errors()]
    assert [text.startswith(allowed) for name, text in found if name == f"service.{where}"] == [True], found


@pytest.mark.parametrize("text", ["debug", "https://a.example/?q=1&r=%20", "a, b; c", "Größe", "'\"\\"])
def test_any_other_line_is_a_value(files: Files, text: str) -> None:
    files.set("prod", "service.variables", {"LOG_LEVEL": text})
    files.set("prod", "service.secrets", ["MAIL_TOKEN"])
    assert files.errors() == []


def test_the_platforms_variables_are_known(environment: Environment, gcp_environment: Stack) -> None:
    containers = environment.one("AWS::ECS::TaskDefinition")["ContainerDefinitions"]
    entrypoint = runpy.run_path(str(CHECKOUT / "images" / "funkygibbon" / "entrypoint.py"))
    ours = {item["Name"] for each in containers for kind in ("Environment", "Secrets") for item in each[kind]}
    ours |= {*environment_variables(gcp_environment), *entrypoint["SERVICE"]}
    ours |= {entrypoint[name] for name in ("SECRETS_FOLDER", "REDIS_CERTIFICATES", "REDIS_LOGIN")}
    assert [name for name in sorted(ours) if not belongs_to_the_platform(name)] == []
