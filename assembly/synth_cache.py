"""Synthesis cache: the assembly of a commit or of the checkout, kept under build/assemblies by what it is made from."""

import hashlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from assembly import processes
from assembly.errors import RepositoryError, SynthesisError
from assembly.libraries import file_lock, libraries_of
from assembly.process_environment import without_user_settings
from assembly.revisions import CHECKOUT, Revision, revision, without_git
from assembly.scratch import scratch_folder
from assembly.sealed_copy import CHECKING, SYNTHESIZED, files_read, sealed_copy
from assembly.values import Json

CDK = ("node", str(CHECKOUT / "node_modules" / "aws-cdk" / "bin" / "cdk"))
_KEPT = CHECKOUT / "build" / "assemblies"
_KEPT_PER_CLOUD = 12
# What a deploy takes: the CDK's own CLI has run, with validation.
_VALIDATED = "validated"
_CHECKED = "checked"
# Synthesizes a revision into a folder.
Synthesis = Callable[[Revision, Path], None]
# What a review knows of a side besides its templates.
SOURCES = "sources.json"
_CONTEXT_FILE = "cdk.context.json"
# How each CLI calls the application: its settings file, and the prefix of the variables it passes.
_CLIS = {"cdk.json": "CDK", "cdktf.json": "CDKTF"}
# What a CLI runs: a program, which may be given its environment, and the clouds.
_COMMAND = re.compile(r"(?P<program>.*\.py)(?P<clouds>(?: [a-z]+)+)")


@dataclass(frozen=True)
class _Cli:
    """A command line as a revision sets it up.

    Attributes:
        prefix: of the variables that it passes to the application.
        program: what it runs, without the clouds.
        settings: its settings file.
        context_file: what it has looked up, or was told in its own file.
    """

    prefix: str
    program: str
    settings: Json
    context_file: Json

    @property
    def context(self) -> Mapping[str, Json]:
        """Context of the application; what the settings say counts more (`Context.all` of the CDK's CLI)."""
        return {**self.context_file, **self.settings.get("context", {})}


def clouds_of(ref: str | None) -> list[str]:
    """Return the clouds that a commit, or the checkout, deploys to: those that cdk.json and cdktf.json name.

    Raises:
        UnknownRevisionError: git knows no such commit here.
    """
    return list(_clis(revision(ref)))


def terraform_clouds(ref: str | None) -> list[str]:
    """Return those of :func:`clouds_of` that cdktf.json names.

    Raises:
        UnknownRevisionError: git knows no such commit here.
    """
    return [cloud for cloud, cli in _clis(revision(ref)).items() if cli.prefix == _CLIS["cdktf.json"]]


def inputs() -> list[Path]:
    """Return the files and folders of the checkout that templates may depend on."""
    return [CHECKOUT / name for name in SYNTHESIZED if (CHECKOUT / name).exists()]


def digest(cloud: str) -> str:
    """Return a digest of all files that the checkout's synthesis of a cloud may read."""
    found = revision(None)
    return _key(_files_read(found, cloud), "")


def assembly_of(ref: str | None, cloud: str, environments: str = "") -> Path:
    """Return the folder with what a commit, or the checkout where ``ref`` is None, synthesizes for a cloud.

    Its own command runs in a copy that holds only what a synthesis reads. Validation is left out, as the templates are
    the same without. ``sources.json`` beside them holds the settings of the command line, and the CDK's context file.
    Nothing may be written into the folder.

    Args:
        ref: a branch, tag or commit.
        cloud: one of :func:`clouds_of`.
        environments: their names, separated by commas; all where empty.

    Raises:
        UnknownRevisionError: git knows no such commit here.
        SynthesisError: it does not synthesize, or what it needs cannot be installed.
    """

    def synthesize(found: Revision, output: Path) -> None:
        _run_app(found, cloud, environments, output)
        (output / SOURCES).write_text(_sources(found, cloud), encoding="utf-8")

    return _once(cloud, synthesize, ref=ref, cloud=cloud, environments=environments)


def sources_of(ref: str | None, cloud: str) -> str:
    """Return what ``sources.json`` says of a commit, or of the checkout, and one of its clouds."""
    return _sources(revision(ref), cloud)


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

    def synthesize(_: Revision, output: Path) -> None:
        _run_cdk(environments, output, environment, log)

    try:
        return _once(_VALIDATED, synthesize, cloud="aws", environments=environments)
    except RepositoryError:
        # Without a repository nothing says whether a source has changed.
        folder = _KEPT / f"{_VALIDATED}-without-git"
        _run_cdk(environments, folder, environment, log)
        return folder


def checked_assembly(cloud: str) -> Path:
    """Return the folder with what ``cdktf synth`` writes for the checkout, checked, as it is deployed.

    Nothing may be written into the folder.

    Raises:
        SynthesisError: the application does not synthesize, or a provider would refuse what it does.
    """

    def synthesize(found: Revision, output: Path) -> None:
        _run_app(found, cloud, "", output, checked=True)

    try:
        return _once(f"{_CHECKED}-{cloud}", synthesize, cloud=cloud, checked=True)
    except RepositoryError:
        # As above.
        folder = _KEPT / f"{_CHECKED}-{cloud}-without-git"
        shutil.rmtree(folder, ignore_errors=True)
        synthesize(without_git(CHECKING), folder)
        return folder


def discard_validated() -> None:
    """Remove what :func:`validated_assembly` has kept, so that its next call synthesizes."""
    for folder in _kept(_VALIDATED):
        shutil.rmtree(folder)


def _once(
    kind: str,
    synthesize: Synthesis,
    *,
    ref: str | None = None,
    cloud: str,
    environments: str = "",
    checked: bool = False,
) -> Path:
    """Return the folder that is kept for a cloud and environments; synthesize where there is none.

    Folders of one ``kind`` are counted together when old ones are removed.
    """
    while True:
        found = revision(ref)
        folder = _KEPT / f"{kind}-{_key(_files_read(found, cloud, checked=checked), environments)}"
        with file_lock(folder):
            if folder.exists():
                os.utime(folder)
                return folder
            with scratch_folder(_KEPT) as scratch:
                output = scratch / "out"
                synthesize(found, output)
                if found.is_checkout and revision(ref).files != found.files:
                    continue  # a file was saved meanwhile
                output.rename(folder)
            _forget(kind)
            return folder


def _files_read(found: Revision, cloud: str, *, checked: bool = False) -> dict[str, str]:
    return files_read(found, but_of=[name for name in _clis(found) if name != cloud], checked=checked)


def _key(read: Mapping[str, str], environments: str) -> str:
    return hashlib.sha256(json.dumps([sorted(read.items()), environments]).encode()).hexdigest()[:16]


def _clis(found: Revision) -> Mapping[str, _Cli]:
    """Return the command line that deploys to each cloud.

    Raises:
        SynthesisError: its settings are not as expected.
    """
    clis: dict[str, _Cli] = {}
    for file, prefix in _CLIS.items():
        if file not in found.files:
            continue
        settings = _object(found, file)
        context = _object(found, _CONTEXT_FILE) if prefix == "CDK" and _CONTEXT_FILE in found.files else {}
        command = settings.get("app")
        matched = _COMMAND.fullmatch(command) if isinstance(command, str) else None
        if not matched or not isinstance(settings.get("context", {}), dict):
            raise SynthesisError(
                f"{_side(found)} does not synthesize: {file}: app: {command!r} (expected a command that ends with"
                " app.py and its clouds, and an object as context)"
            )
        cli = _Cli(prefix, matched["program"], settings, context)
        clis |= dict.fromkeys(matched["clouds"].split(), cli)
    return clis


def _object(found: Revision, file: str) -> Json:
    try:
        read = json.loads(found.read(file))
    except ValueError as error:
        raise SynthesisError(f"{_side(found)} does not synthesize: {file}: {error} (expected JSON)") from None
    if not isinstance(read, dict):
        raise SynthesisError(f"{_side(found)} does not synthesize: {file}: {read!r:.80} (expected a JSON object)")
    return read


def _sources(found: Revision, cloud: str) -> str:
    cli = _clis(found)[cloud]
    return json.dumps({"settings": cli.settings, "context_file": cli.context_file}, indent=2) + "\n"


def _side(found: Revision) -> str:
    return "The checkout" if found.is_checkout else f"Commit {found.commit[:8]}"


def _run_app(found: Revision, cloud: str, environments: str, output: Path, *, checked: bool = False) -> None:
    """Run the application as its command line does, for one of its clouds."""
    clis = _clis(found)
    if cloud not in clis:
        raise SynthesisError(f"{_side(found)} knows no cloud {cloud!r}; it has {', '.join(clis) or 'none'}")
    cli = clis[cloud]
    selected = {"environments": environments} if environments else {}
    unchecked = {} if checked else {"unchecked": "yes"}
    libraries = libraries_of(found)
    with sealed_copy(found, list(_files_read(found, cloud, checked=checked)), libraries) as source:
        done = processes.run(
            ["/bin/sh", "-c", f"{cli.program} {cloud}"],
            cwd=source,
            env=without_user_settings()
            | {
                "PATH": f"{libraries / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "HOME": str(source.parent),  # jsii waits for ever where the user's own cannot be made
                "CDK_VALIDATION": "false",
                f"{cli.prefix}_OUTDIR": str(output),
                f"{cli.prefix}_CONTEXT_JSON": json.dumps({**cli.context, **selected, **unchecked}),
            },
        )
    if done.returncode or not (output / "manifest.json").exists():
        raise SynthesisError(
            f"{_side(found)} does not synthesize for {cloud}, where it sees only {', '.join(SYNTHESIZED)}. It says:\n"
            f"{(done.stderr or done.stdout).strip()[-4000:]}"
        )


def _run_cdk(environments: str, output: Path, environment: Mapping[str, str], log: Path) -> None:
    choice = ["--context", f"environments={environments}"] if environments else []
    done = subprocess.run(  # noqa: S603 - the pinned CLI, with arguments of our own
        [*CDK, "synth", "--quiet", *choice, "--output", str(output)],
        cwd=CHECKOUT,
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
