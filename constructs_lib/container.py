"""Container of the service: name, port, user, and the environment variables that every cloud sets (ARC-2)."""

from typing import Literal

from environments import TimeoutPolicy

CONTAINER = "funkygibbon"
# Container that migrates the schema before the service starts, and the command of the image that does.
MIGRATION = "migrate"
PORT = 8000
HEALTH_PATH = "/health"
# User of the image (images/funkygibbon/Dockerfile).
USER = "10001"
# Value of the release record, or of the release variable, before the first release.
NO_RELEASE = "none"


def environment_variables(
    *,
    database_host: str,
    database_port: int,
    database_name: str,
    database_certificates: str,
    certificate_check: Literal["verify-ca", "verify-full"],
    cache_host: str,
    cache_port: int,
    timeouts: TimeoutPolicy,
) -> dict[str, str]:
    """Return the variables that are no secret and that every cloud sets.

    ``GRAPH_INDEX_ENABLED`` is not among them: images/funkygibbon/README.md says what the service keeps in one process.

    Args:
        database_host: host name or address of the database's primary.
        database_port: its port.
        database_name: the database that the service uses.
        database_certificates: file in the container with the authorities that the database's certificate may be of.
        certificate_check: libpq's ``sslmode``: whether the certificate must name the host as well.
        cache_host: host name or address of the cache's primary.
        cache_port: its port.
        timeouts: how long the server keeps idle connections, and lets requests end when it is stopped.
    """
    return {
        "API_PORT": str(PORT),
        "BACKUP_SCHEDULE_ENABLED": "false",
        # libpq takes the rest of the address from the PG variables, so no URL holds a password.
        "DATABASE_URL": "postgresql+psycopg://",
        "PGHOST": database_host,
        "PGPORT": str(database_port),
        "PGDATABASE": database_name,
        "PGSSLMODE": certificate_check,
        "PGSSLROOTCERT": database_certificates,
        "REDIS_HOST": cache_host,
        "REDIS_PORT": str(cache_port),
        "REDIS_TLS": "true",
        # Options of uvicorn's command line, which it takes from variables as well ("Settings", uvicorn documentation).
        "UVICORN_TIMEOUT_GRACEFUL_SHUTDOWN": str(timeouts.graceful_stop_seconds),
        "UVICORN_TIMEOUT_KEEP_ALIVE": str(timeouts.server_idle_seconds),
    }
