"""Program of the tasks: FunkyGibbon of a checkout, or the reference service that stands in for it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assembly.revisions import CHECKOUT
from local.errors import EmbeddedCloudError
from local.reference_service.behaviour import FILE, Behaviour

PACKAGE = "funkygibbon"
_REFERENCE = CHECKOUT / "local" / "reference_service"
_REQUIREMENTS = CHECKOUT / "requirements.txt"
# What the image's Dockerfile installs: both packages from the checkout, and a driver that the application lacks.
_PACKAGES = ("inbetweenies", "funkygibbon")
_DRIVER = ("psycopg", "psycopg-binary")
_SOUND = Behaviour()
_VERSION = re.compile(r'^version = "(?P<version>[\w.]+)"$', re.MULTILINE)


@dataclass(frozen=True)
class Application:
    """An application that can become an image.

    Attributes:
        name: what lines on the screen call it.
        release: ``<version>-<commit>``, the tag that its image would have.
        packages: its Python packages by their names: folders.
        libraries: the folder of the packages that it imports beside its own.
        files: further files of its packages by their names, ``funkygibbon/behaviour.json``: content.
    """

    name: str
    release: str
    packages: Mapping[str, Path]
    libraries: Path
    files: Mapping[str, str] = field(default_factory=dict)


def find(checkout: str, folder: Path) -> Application:
    """Return the application of a checkout, or the reference service where none is named.

    Args:
        checkout: of FunkyGibbon; empty for the reference service.
        folder: where applications are installed.

    Raises:
        EmbeddedCloudError: the checkout does not install.
    """
    return install(Path(checkout), folder) if checkout else reference_service()


def reference_service(behaviour: Behaviour = _SOUND) -> Application:
    """Return the reference service. It is a package like FunkyGibbon's, of the same name, in this Python.

    Args:
        behaviour: of the release.
    """
    files = {} if behaviour == _SOUND else {f"{PACKAGE}/{FILE}": behaviour.text()}
    release = _digest(_REFERENCE.glob("*.py"), _REFERENCE, *files.values())
    return Application(
        name="the reference service",
        release=f"0.0.0-{release[:7]}",
        packages={PACKAGE: _REFERENCE},
        libraries=Path(sysconfig.get_path("purelib")),
        files=files,
    )


def install(checkout: Path, folder: Path) -> Application:
    """Install a checkout of FunkyGibbon into an environment of its own, where that has not been done yet.

    Args:
        checkout: which is not written to.
        folder: where applications are installed, each in a folder that is named after its content.

    Raises:
        EmbeddedCloudError: it is no checkout of FunkyGibbon, or does not install.
    """
    checkout = checkout.expanduser().resolve()
    metadata = checkout / PACKAGE / "pyproject.toml"
    missing = [name for name in _PACKAGES if not (checkout / name / "pyproject.toml").is_file()]
    if missing:
        raise EmbeddedCloudError(
            f"APP={checkout} is no checkout of FunkyGibbon: it has no {missing[0]}/pyproject.toml. Clone the "
            "application, and give its folder."
        )
    lock = checkout / "uv.lock"
    sources = [file for name in _PACKAGES for file in (checkout / name).rglob("*") if _counts(file)]
    digest = _digest([*sources, *([lock] if lock.is_file() else [])], checkout)
    environment = folder / digest[:12]
    if not (environment / "complete").is_file():
        _install(checkout, environment, folder)
        (environment / "complete").touch()
    found = _VERSION.search(metadata.read_text(encoding="utf-8"))
    version = found["version"] if found else "0"
    libraries = next((environment / "lib").glob("python*/site-packages"))
    packages = {name: libraries / name for name in _PACKAGES}
    commit = _commit(checkout) or digest[:7]
    return Application(f"FunkyGibbon {version} of {checkout}", f"{version}-{commit}", packages, libraries)


def _install(checkout: Path, environment: Path, folder: Path) -> None:
    """Make the environment. The versions are those of the checkout's lock file, and of ours for the driver."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(environment, ignore_errors=True)
    log = folder / "install.log"
    log.unlink(missing_ok=True)
    sources = environment / "sources"
    try:
        _uv(log, "venv", "--quiet", "--python", sys.executable, environment)
        # setuptools writes into the folder that it builds.
        for name in _PACKAGES:
            shutil.copytree(checkout / name, sources / name, ignore=shutil.ignore_patterns("build", "*.egg-info"))
        driver = environment / "driver.txt"
        driver.write_text("".join(_pins(_REQUIREMENTS.read_text(encoding="utf-8"), _DRIVER)))
        # The packages name each other as members of a workspace, which the copies are not in.
        pip = ("pip", "install", "--quiet", "--no-sources", "--python", environment)
        if (checkout / "uv.lock").is_file():
            locked = environment / "locked.txt"
            options = ("--frozen", "--no-dev", "--no-emit-workspace", "--package", PACKAGE)
            _uv(log, "export", "--quiet", "--project", checkout, *options, "--output-file", locked)
            _uv(log, *pip, "--require-hashes", "--requirements", locked)
            _uv(log, *pip, "--no-deps", *(sources / name for name in _PACKAGES))
        else:
            _uv(log, *pip, *(sources / name for name in _PACKAGES))
        _uv(log, *pip, "--no-deps", "--require-hashes", "--requirements", driver)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(environment, ignore_errors=True)
        raise EmbeddedCloudError(
            f"APP={checkout} does not install: {_last_line(log) or error}. The whole output is in {log}; without "
            "APP= the reference service answers."
        ) from error
    shutil.rmtree(sources)


def _uv(log: Path, *arguments: str | Path) -> None:
    """Run the pinned uv with the user's settings of indexes and certificates, and none of other environments."""
    ours = {name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}}
    with log.open("ab") as output:
        subprocess.run(  # noqa: S603 - the pinned tool
            [Path(sys.executable).with_name("uv"), *arguments], env=ours, stdout=output, stderr=output, check=True
        )


def _pins(requirements: str, names: Sequence[str]) -> Iterator[str]:
    """Yield the pins of some packages with their hashes."""
    for block in re.split(r"\n(?=[\w#])", requirements):
        if re.match(r"[\w-]+", block) and block.partition("==")[0] in names:
            yield block.split("\n    #")[0] + "\n"


def _commit(checkout: Path) -> str:
    """Return the commit of a checkout; nothing where it is none of git's, or is changed."""
    try:
        status, commit = (
            subprocess.run(  # noqa: S603 - fixed words
                ["git", "-C", str(checkout), *words],  # noqa: S607 - the git of the PATH
                capture_output=True, text=True, check=True,
            ).stdout.strip()
            for words in (["status", "--porcelain", *_PACKAGES, "uv.lock"], ["rev-parse", "--short=7", "HEAD"])
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return "" if status else commit


def _counts(file: Path) -> bool:
    return file.is_file() and "__pycache__" not in file.parts


def _digest(files: Iterator[Path] | Sequence[Path], folder: Path, *texts: str) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(folder)}\0".encode() + file.read_bytes() + b"\0")
    digest.update("\0".join(texts).encode())
    return digest.hexdigest()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n") if log.is_file() else []
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
