"""Entry point of ``cdk`` and ``cdktf``: builds each environment's stacks in the clouds named on the command line."""

import gc
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from environments import CLOUDS, Environment, load
from errors import INTERRUPTED, GoodiesError, exit_on_error

# Each imports its cloud when it is asked for, because importing one takes seconds.


def _aws(environments: Sequence[Environment]) -> Callable[[], object]:
    from stacks import aws  # noqa: PLC0415 - see above

    return aws.build(environments, context=_context()).synth


def _terraform(environments: Sequence[Environment], clouds: Sequence[str]) -> Callable[[], object]:
    for cloud in clouds:
        # First, before anything imports jsii: it makes the providers' packages quick to import.
        import_module(f"constructs_lib.{cloud}")
    from assembly.provider_checks import refuse_breaches  # noqa: PLC0415 - see above
    from stacks.terraform import application  # noqa: PLC0415 - see above

    output = Path(os.environ.get("CDKTF_OUTDIR", "cdktf.out"))
    scratch = TemporaryDirectory()
    app = application(Path(scratch.name))
    for cloud in clouds:
        import_module(f"stacks.{cloud}").add_stacks(app, environments)

    def synthesize() -> None:
        with scratch:
            app.synth()
            # Readers of what any commit synthesizes set this: they judge no commit, and the bytes are the same.
            if not app.node.try_get_context("unchecked"):
                refuse_breaches(Path(scratch.name))
            _copy(Path(scratch.name), output)

    return synthesize


AWS = "aws"


def _copy(source: Path, target: Path) -> None:
    """Copy files into a folder, beside what Terraform keeps there."""
    for file in sorted(source.rglob("*")):
        if file.is_file():
            copy = target / file.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, copy)


class CloudError(GoodiesError):
    """The command line names no cloud, or one that is not known."""


def _context() -> Mapping[str, object] | None:
    """Return the feature flags of cdk.json, and its other settings that change templates, unless the CDK's CLI has."""
    if (given := os.environ.get("CDK_CONTEXT_JSON")) is not None:
        if not _is_object(given):
            raise CloudError(
                f"CDK_CONTEXT_JSON: given {given[:80]!r} (expected a JSON object); unset it, the CLI sets it"
            )
        return None
    file = Path(__file__).with_name("cdk.json")
    try:
        flags: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))["context"]
    except (OSError, ValueError, KeyError) as error:
        raise CloudError(f"{file.name}: context: {error!r} (expected the feature flags of the CDK)") from None
    return {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True, **flags}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def main(clouds: Sequence[str]) -> None:
    """Synthesize the environments for some clouds; only those are imported.

    Raises:
        GoodiesError: before anything is written.
    """
    if not clouds or not set(clouds) <= set(CLOUDS):
        raise CloudError(f"app.py: clouds: {' '.join(clouds) or 'nothing'} (expected some of {', '.join(CLOUDS)})")
    environments = load()
    of_terraform = [cloud for cloud in CLOUDS if cloud in clouds and cloud != AWS]
    synthesized = [_aws(environments)] if AWS in clouds else []
    if of_terraform:
        synthesized.append(_terraform(environments, of_terraform))
    for synthesize in synthesized:
        synthesize()


if __name__ == "__main__":
    # The process ends within seconds; collecting would only walk the tens of thousands of generated classes.
    gc.disable()
    try:
        with exit_on_error():
            main(sys.argv[1:])
    except SystemExit as end:
        if end.code == INTERRUPTED:
            # jsii would say goodbye to a node that the same Ctrl-C has ended, and print a traceback of its own.
            os._exit(INTERRUPTED)
        raise
