"""Synthesis cache: the assembly of a commit or of the checkout, kept under build/assemblies by what it is made from."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from assembly import processes
from assembly.errors import RepositoryError, SynthesisError
from assembly.libraries import file_lock, libraries_of
from assembly.process_environment import without_user_settings
from assembly.revisions import CHECKOUT, Revision, revision

CDK = ("node", str(CHECKOUT / "node_modules" / "aws-cdk" / "bin" / "cdk"))
_KEPT = CHECKOUT / "build" / "assemblies"
_KEPT_PER_CLOUD = 12
# What a deploy takes: the CDK's own CLI has run, with validation.
_VALIDATED = "validated"
_CHECKED = "checked"
# Of a revision, whose files are in a folder, to another folder.
Synthesis = Callable[[Revision, Path, Path], None]
# No template depends on these.
_UNREAD = (
    "docs/",
    "admin/",
    "assembly/",
    "local/",
    "reports/",
    "review/",
    "tests/",
    "tools/",
    ".ci/",
    ".github/workflows/",
    "README.md",
)
# How each CLI calls the application: its settings file, and the prefix of the variables it passes.
_CLIS = {"cdk.json": "CDK", "cdktf.json": "CDKTF"}


def clouds_of(ref: str | None) -> list[str]:
    """Return the clouds that a commit, or the checkout, deploys to: those that cdk.json and cdktf.json name.

    Raises:
        UnknownRevisionError: git knows no such commit here.
    """
    return list(_settings(revision(ref)))


def inputs() -> list[Path]:
    """Return the files and folders at the checkout's top that templates may depend on."""
    names = {path.partition("/")[0] for path in revision(None).files if not path.startswith(_UNREAD)}
    return [CHECKOUT / name for name in sorted(names)]


def digest(cloud: str) -> str:
    """Return a digest of all files that the checkout's synthesis of a cloud may read."""
    return _key(revision(None), cloud, "")


def assembly_of(ref: str | None, cloud: str, environments: str = "") -> Path:
    """Return the folder with what a commit, or the checkout where ``ref`` is None, synthesizes for a cloud.

    Validation is left out, as the templates are the same without. Nothing may be written into the folder.

    Args:
        ref: a branch, tag or commit.
        cloud: one of :func:`clouds_of`.
        environments: their names, separated by commas; all where empty.

    Raises:
        UnknownRevisionError: git knows no such commit here.
        SynthesisError: it does not synthesize, or what it needs cannot be installed.
    """

    def synthesize(found: Revision, source: Path, output: Path) -> None:
        _run_app(found, source, cloud, environments, output)

    return _once(ref, cloud, environments, cloud, synthesize)


def validated_assembly(environments: str, *, environment: Mapping[str, str], log: Path) -> Path:
    """Return the folder with what ``cdk synth`` writes for the checkout, validated, as it is deployed.

    ``cdk deploy`` adds what it packs to the folder; nothing else may be written into it.

    Args:
        environments: their names, separated by commas; all where empty.
        environment: the variables that the CLI and the application see.
        log: the file for what they say.

    Raises:
        SynthesisError: the application does not synthesize.
    """

    def synthesize(_: Revision, source: Path, output: Path) -> None:
        _run_cdk(source, environments, output, environment, log)

    try:
        return _once(None, "aws", environments, _VALIDATED, synthesize)
    except RepositoryError:
        # Without a repository nothing says whether a source has changed.
        folder = _KEPT / f"{_VALIDATED}-without-git"
        _run_cdk(CHECKOUT, environments, folder, environment, log)
        return folder


def checked_assembly(cloud: str) -> Path:
    """Return the folder with what ``cdktf synth`` writes for the checkout, checked, as it is deployed.

    Nothing may be written into the folder.

    Raises:
        SynthesisError: the application does not synthesize, or a provider would refuse what it does.
    """

    def synthesize(found: Revision, source: Path, output: Path) -> None:
        _run_app(found, source, cloud, "", output, checked=True)

    try:
        return _once(None, cloud, "", f"{_CHECKED}-{cloud}", synthesize)
    except RepositoryError:
        # As above.
        folder = _KEPT / f"{_CHECKED}-{cloud}-without-git"
        shutil.rmtree(folder, ignore_errors=True)
        files = dict.fromkeys((name for name in _CLIS if (CHECKOUT / name).exists()), "")
        synthesize(Revision("", files, is_checkout=True), CHECKOUT, folder)
        return folder


def discard_validated() -> None:
    """Remove what :func:`validated_assembly` has kept, so that its next call synthesizes."""
    for folder in _kept(_VALIDATED):
        shutil.rmtree(folder)


def _once(ref: str | None, cloud: str, environments: str, kind: str, synthesize: Synthesis) -> Path:
    """Return the folder that is kept for a cloud and environments; synthesize where there is none.

    Folders of one ``kind`` are counted together when old ones are removed.
    """
    while True:
        found = revision(ref)
        folder = _KEPT / f"{kind}-{_key(found, cloud, environments)}"
        with file_lock(folder):
            if folder.exists():
                os.utime(folder)
                return folder
            with TemporaryDirectory(dir=_KEPT, prefix=".") as scratch:
                output = Path(scratch) / "out"
                with found.checked_out(Path(scratch) / "checkout") as source:
                    synthesize(found, source, output)
                if found.is_checkout and revision(ref).files != found.files:
                    continue  # a file was saved meanwhile
                output.rename(folder)
            _forget(kind)
            return folder


def _key(found: Revision, cloud: str, environments: str) -> str:
    """Digest all that the synthesis of a cloud may read: not what belongs to another."""
    others = [name for name in _settings(found) if name != cloud]
    unread = (*_UNREAD, *(f"constructs_lib/{name}/" for name in others), *(f"stacks/{name}" for name in others))
    read = sorted((path, blob) for path, blob in found.files.items() if not path.startswith(unread))
    return hashlib.sha256(json.dumps([read, environments]).encode()).hexdigest()[:16]


def _settings(found: Revision) -> Mapping[str, tuple[str, Mapping[str, object]]]:
    """Return for each cloud the prefix of its CLI's variables, and the CLI's context."""
    settings: dict[str, tuple[str, Mapping[str, object]]] = {}
    for file, prefix in _CLIS.items():
        if file in found.files:
            try:
                read = json.loads(found.read(file))
                clouds = read["app"].partition("app.py")[2].split()
                settings |= dict.fromkeys(clouds, (prefix, read.get("context", {})))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                raise SynthesisError(
                    f"{_side(found)} does not synthesize: {file}: {error!r} (expected JSON, with the command `app`)"
                ) from None
    return settings


def _side(found: Revision) -> str:
    return "The checkout" if found.is_checkout else f"Commit {found.commit[:8]}"


def _run_app(
    found: Revision, source: Path, cloud: str, environments: str, output: Path, *, checked: bool = False
) -> None:
    settings = _settings(found)
    if cloud not in settings:
        raise SynthesisError(f"{_side(found)} knows no cloud {cloud!r}; it has {', '.join(settings) or 'none'}")
    prefix, context = settings[cloud]
    selected = {"environments": environments} if environments else {}
    unchecked = {} if checked else {"unchecked": "yes"}
    binaries = libraries_of(found) / "bin"
    done = processes.run(
        [str(binaries / "python"), "app.py", cloud],
        cwd=source,
        env=without_user_settings()
        | {
            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
            "PYTHONOPTIMIZE": "1",
            "CDK_VALIDATION": "false",
            f"{prefix}_OUTDIR": str(output),
            f"{prefix}_CONTEXT_JSON": json.dumps({**context, **selected, **unchecked}),
        },
    )
    if done.returncode or not (output / "manifest.json").exists():
        raise SynthesisError(
            f"{_side(found)} does not synthesize for {cloud}. It says:\n{(done.stderr or done.stdout).strip()[-4000:]}"
        )


def _run_cdk(source: Path, environments: str, output: Path, environment: Mapping[str, str], log: Path) -> None:
    choice = ["--context", f"environments={environments}"] if environments else []
    done = subprocess.run(  # noqa: S603 - the pinned CLI, with arguments of our own
        [*CDK, "synth", "--quiet", *choice, "--output", str(output)],
        cwd=source,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    log.write_text(done.stdout + done.stderr)
    if done.returncode:
        raise SynthesisError(
            f"The application does not synthesize. `cdk synth` says:\n{(done.stderr or done.stdout).strip()}"
        )


def _forget(kind: str) -> None:
    """Remove what was not used for longest."""
    for folder in sorted(_kept(kind), key=lambda folder: folder.stat().st_mtime)[:-_KEPT_PER_CLOUD]:
        shutil.rmtree(folder)


def _kept(kind: str) -> list[Path]:
    return [folder for folder in _KEPT.glob(f"{kind}-*") if folder.is_dir()]
