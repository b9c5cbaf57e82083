"""Checks of the application's own variables and secrets."""

import re
from collections.abc import Iterator

from environments.errors import Violation
from environments.model import Environment

# Variables of the platform, and of what the container runs with: the entrypoint (images/funkygibbon/README.md), libpq,
# uvicorn, Python, the loader, the certificates, proxies, the clouds' SDKs.
_PLATFORM = re.compile(
    r"API_PORT|BACKUP_SCHEDULE_ENABLED|DATABASE_URL|FORWARDED_ALLOW_IPS|JWT_SECRET|ADMIN_PASSWORD_HASH|SECRETS_FOLDER"
    r"|PG[A-Z0-9]+|(REDIS|UVICORN|AWS|ECS|GOOGLE|CLOUDSDK|KUBERNETES|LD|SSL_CERT)_\w+|(PYTHON|PIP)\w*|\w+_PROXY"
    r"|PATH|HOME|HOSTNAME|LANG"
    # They change how the service works in several instances, or whom it lets in.
    r"|FUNKYGIBBON_TEST_MODE|GRAPH_INDEX_ENABLED|WEB_CONCURRENCY"
)
_SECRET = re.compile(r"(\w+_)?(PASSWORD|SECRET|TOKEN|KEY|CREDENTIALS)")


def belongs_to_the_platform(name: str) -> bool:
    """Return whether a variable is the platform's, and no setting of the application."""
    return _PLATFORM.fullmatch(name) is not None


def variables_are_the_applications(environment: Environment) -> Iterator[Violation]:
    """No variable and no secret takes the name of one that the platform sets or relies on."""
    for key, name in _named(environment):
        if belongs_to_the_platform(name):
            yield Violation(key, f"{name} is the platform's, or changes how it runs; take another name")


def variables_are_named_once(environment: Environment) -> Iterator[Violation]:
    """A name stands once, among variables and secrets together."""
    seen: set[str] = set()
    for key, name in _named(environment):
        if name in seen:
            yield Violation(key, f"each name once, in variables or in secrets; {name} is there twice")
        seen.add(name)


def variables_are_no_secrets(environment: Environment) -> Iterator[Violation]:
    """A value that a name calls secret stands in no file and no template."""
    for name in environment.service.variables:
        if _SECRET.fullmatch(name):
            yield Violation(f"service.variables.{name}", "what is secret is a name in service.secrets, without a value")


def _named(environment: Environment) -> Iterator[tuple[str, str]]:
    for name in environment.service.variables:
        yield f"service.variables.{name}", name
    for index, name in enumerate(environment.service.secrets):
        yield f"service.secrets.{index}", name
