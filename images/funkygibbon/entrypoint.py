"""Entrypoint of the container: checks the settings, builds the Redis address, and executes the command.

It runs in the image, so it needs the standard library only. When a required setting is
missing, it starts nothing and names the setting. It prints no setting's value.

    entrypoint.py uvicorn funkygibbon.main:app …      serves
    entrypoint.py migrate                             brings the database's schema up to date and ends
"""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

DATABASE = ("DATABASE_URL", "PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE", "PGUSER", "PGPASSWORD")
SERVICE = (*DATABASE, "JWT_SECRET", "REDIS_HOST", "REDIS_PORT", "REDIS_TLS", "REDIS_PASSWORD")
AUDIT_LOG = "security_audit.log"
MIGRATION = Path(__file__).with_name("migrate.py")

# Folder of secrets as files, each named after its variable, and the certificate authority of Redis where no public
# authority signed. Both are optional.
SECRETS_FOLDER = "SECRETS_FOLDER"
REDIS_CERTIFICATES = "REDIS_SSLROOTCERT"

# With IAM authentication the Redis client fetches tokens itself, and there is no password.
REDIS_LOGIN = "REDIS_LOGIN"
_REDIS_LOGINS = ("password", "identity")

_REDIS_SCHEMES = {"true": "rediss", "false": "redis"}
_HASH = "$argon2"


def require(environment: dict[str, str], names: Sequence[str]) -> None:
    """Exit with an error unless all these variables have a value."""
    missing = [name for name in names if not environment.get(name, "").strip()]
    if missing:
        sys.exit(f"entrypoint: not started, because {', '.join(missing)} must be set and is not.")


def with_secrets(given: dict[str, str]) -> dict[str, str]:
    """Return an environment together with the secrets that are files in the folder that it names, if it names one."""
    environment = dict(given)
    folder = environment.pop(SECRETS_FOLDER, "")
    if not folder:
        return environment
    try:
        # The mount has links of its own beside the files, whose names begin with a dot.
        files = [file for file in sorted(Path(folder).iterdir()) if not file.name.startswith(".")]
        return environment | {file.name: file.read_text().removesuffix("\n") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text"
        sys.exit(f"entrypoint: not started, because the secrets in {folder} cannot be read: {reason}.")


def serving(given: dict[str, str]) -> dict[str, str]:
    """Return the environment that the service gets."""
    environment = dict(given)
    login = environment.pop(REDIS_LOGIN, "password")
    if login not in _REDIS_LOGINS:
        sys.exit(f"entrypoint: not started, because {REDIS_LOGIN} must be {' or '.join(_REDIS_LOGINS)}.")
    if login == "identity":
        environment["REDIS_PASSWORD"] = ""
    require(environment, [name for name in SERVICE if name != "REDIS_PASSWORD" or login == "password"])
    if "FUNKYGIBBON_TEST_MODE" in environment:
        sys.exit("entrypoint: not started, because FUNKYGIBBON_TEST_MODE is set: it makes a known password valid.")
    if environment["REDIS_TLS"] not in _REDIS_SCHEMES:
        sys.exit("entrypoint: not started, because REDIS_TLS must be true or false.")
    scheme = _REDIS_SCHEMES[environment["REDIS_TLS"]]
    password = quote(environment.pop("REDIS_PASSWORD"), safe="")
    authority = environment.pop(REDIS_CERTIFICATES, "")
    # An authority of the instance's own signs for its address in a form that clients do not compare with the host.
    options = f"?ssl_ca_certs={quote(authority)}&ssl_check_hostname=false" if authority else ""
    user = f":{password}@" if password else ""
    environment["REDIS_URL"] = f"{scheme}://{user}{environment['REDIS_HOST']}:{environment['REDIS_PORT']}{options}"
    # A new secret holds no hash. Without the variable the service refuses every administrator.
    if not environment.get("ADMIN_PASSWORD_HASH", "").startswith(_HASH):
        environment.pop("ADMIN_PASSWORD_HASH", None)
        print("entrypoint: no administrator can log in until an operator sets the password.", file=sys.stderr)
    return environment


def enter_scratch_folder() -> None:
    """Change to a new writable folder: the service creates a folder and a log in its working directory.

    The folder is new, so it holds no .env file. The log repeats the service's output and has no rotation, so it would
    fill the disk; it goes to /dev/null.
    """
    folder = Path(tempfile.mkdtemp(prefix="funkygibbon-"))
    (folder / AUDIT_LOG).symlink_to(os.devnull)
    os.chdir(folder)


def main(command: list[str]) -> None:
    """Replace this process with the command."""
    if not command:
        sys.exit("entrypoint: not started, because no command was given.")
    environment = with_secrets(dict(os.environ))
    if command[0] == "migrate":
        require(environment, DATABASE)
        command = [sys.executable, str(MIGRATION), *command[1:]]
    else:
        environment = serving(environment)
        enter_scratch_folder()
    sys.stderr.flush()
    # exec, so that SIGTERM reaches the command.
    try:
        os.execvpe(command[0], command, environment)  # noqa: S606 - a shell would stand between the command and SIGTERM
    except OSError as error:
        sys.exit(f"entrypoint: {command[0]} does not start: {error.strerror}.")


if __name__ == "__main__":
    main(sys.argv[1:])
