"""Patches a critical finding of the release that an environment runs: builds it again, scans it, rolls it out (IMP-8).

    python -m admin.patch_release --env prod --account 111122223333

Without ``--account`` it works on the embedded cloud. An image that was built for another environment's patch is taken
as it is. Production shifts blue to green, and back by itself if it must.
"""

from collections.abc import Callable
from typing import Annotated

import typer

from admin.aws import Aws, aws_errors, connect, connect_registry
from admin.confirmation import confirm
from admin.errors import PatchError, rollout_errors
from admin.options import AccountOption, UrgentOption, YesOption
from admin.patch_release.images import Images
from admin.release import environment_of
from errors import exit_on_error
from operations.release.environment import Environment
from operations.release.images import Release


def patch(environment: Environment, images: Images, say: Callable[[str], None], *, rebuild: bool) -> str | None:
    """Roll out a build of the environment's release without critical findings.

    Args:
        environment: the one to patch.
        images: where the images are.
        say: prints a line of progress.
        rebuild: build again although there is no critical finding.

    Returns:
        The tag that runs now; None where nothing had to be done.

    Raises:
        PatchError: there is no build without critical findings.
        RolloutError: it does not run.
    """
    present = Release.read(environment.release)
    findings = images.critical_findings(present.tag)
    if not findings and not rebuild:
        return None
    say("\n".join([f"{present.tag} has {len(findings) or 'no'} critical findings.", *(f"  {it}" for it in findings)]))
    patched = _patched(present, images, say, rebuild=rebuild)
    say(f"Rolling out {patched.tag}")
    environment.roll_out(patched.tag)
    return patched.tag


def _patched(present: Release, images: Images, say: Callable[[str], None], *, rebuild: bool) -> Release:
    later = images.later_builds(present)
    if later and not rebuild:
        images.wait_until_scanned(later[-1])
        if not images.critical_findings(later[-1].tag):
            say(f"{later[-1].tag} is built already, and has no critical finding")
            return later[-1]
    built = present._replace(build=(later or [present])[-1].build + 1)
    images.build(built)
    images.wait_until_scanned(built)
    if remaining := images.critical_findings(built.tag):
        raise PatchError(
            f"{built.tag} is no better: {'; '.join(remaining)}. The base image has no fix yet, or the finding is in a"
            " library that the application names: release it with a newer one; nothing was deployed"
        )
    return built


def main(
    env: Annotated[str, typer.Option(help="The environment whose release is patched.")],
    account: AccountOption = None,
    registry_profile: Annotated[
        str | None, typer.Option(help="The AWS profile of the registry's account, where that is another.")
    ] = None,
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Build again although there is no critical finding.")
    ] = False,
    urgent: UrgentOption = "",
    yes: YesOption = False,
) -> None:
    """Build the release that an environment runs again on today's base image, scan it, and roll it out.

    On the embedded cloud: --env prod. On AWS: --env prod --account <12 digits>, which must be the account of
    environments/prod.yaml and of your credentials.
    """
    with exit_on_error():
        aws = connect(env, account)
        registry = _registry(aws, registry_profile)
        if not aws.embedded:
            place = aws.place if registry is aws else f"{aws.place}; registry in account {registry.account}"
            confirm(place, f"Patch what {env} runs: build its release again, scan it, roll it out", yes=yes)
        with aws_errors(), rollout_errors():
            images = Images(registry.client, typer.echo)
            environment = environment_of(aws, env, urgent)
            tag = patch(environment, images, typer.echo, rebuild=rebuild)
    if tag is None:
        typer.echo(f"{aws.place}\n{env} runs a release without critical findings: nothing was done.")
        return
    typer.echo(f"{env} runs {tag}. Next: the other environments, which take the same image.")


def _registry(aws: Aws, profile: str | None) -> Aws:
    if profile is None:
        return aws
    if aws.embedded:
        raise PatchError("--registry-profile: the embedded cloud has one account; leave it out, or say --account")
    return connect_registry(profile)


if __name__ == "__main__":
    typer.run(main)
