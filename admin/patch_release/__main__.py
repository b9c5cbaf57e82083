"""Mends a critical weakness of what an environment runs: the same release, built again, scanned and rolled out (IMP-8).

    python -m admin.patch_release --env prod

An image that was built for another environment's patch is taken as it is. Production shifts blue to green, and back by
itself if it must.
"""

from collections.abc import Callable
from typing import Annotated, Any

import boto3
import typer

from admin.patch_release.images import Images, Release
from admin.patch_release.refused import Refused, told
from admin.patch_release.rollout import Environment


def patch(environment: Environment, images: Images, say: Callable[[str], None], *, anyway: bool) -> str | None:
    """Bring a mended image into an environment.

    Args:
        environment: the one to mend.
        images: where the images are.
        say: tells the operator what happens.
        anyway: build anew although nothing critical is known.

    Returns:
        The tag that runs now; nothing if nothing had to be done.

    Raises:
        Refused: there is no mended image, or it does not run.
    """
    present = Release.read(environment.release)
    weak = images.weaknesses(present.tag)
    if not weak and not anyway:
        return None
    say("\n".join([f"{present.tag} has {len(weak) or 'no'} critical findings.", *(f"  {title}" for title in weak)]))
    mended = _mended(present, images, say, anyway=anyway)
    say(f"Rolling out {mended.tag}")
    environment.roll_out(mended.tag)
    return mended.tag


def _mended(present: Release, images: Images, say: Callable[[str], None], *, anyway: bool) -> Release:
    later = images.later(present)
    if later and not anyway:
        images.wait_until_scanned(later[-1])
        if not images.weaknesses(later[-1].tag):
            say(f"{later[-1].tag} is built already, and nothing critical is known of it")
            return later[-1]
    built = present._replace(build=(later or [present])[-1].build + 1)
    images.build(built)
    images.wait_until_scanned(built)
    if left := images.weaknesses(built.tag):
        raise Refused(
            f"{built.tag} is no better: {'; '.join(left)}. What lies beneath the application is not mended yet, or the "
            "weakness is in a library that the application names: release it with a newer one; nothing was deployed"
        )
    return built


def main(
    env: Annotated[str, typer.Option(help="The environment: prod, staging or dev.")],
    region: Annotated[str | None, typer.Option(help="The primary region, if not in your AWS settings.")] = None,
    registry_profile: Annotated[
        str | None, typer.Option(help="The AWS profile of the registry's account, where it is another.")
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Build anew although nothing critical is known.")] = False,
) -> None:
    """Build what an environment runs again, on what is mended beneath it, and roll it out."""
    try:
        with told():
            environment = Environment(env, _clients(None, region))
            images = Images(_clients(registry_profile, region), typer.echo)
            tag = patch(environment, images, typer.echo, anyway=anyway)
    except Refused as refused:
        typer.echo(f"patch: {refused}.", err=True)
        raise typer.Exit(1) from None
    if tag is None:
        typer.echo(f"Nothing critical is known of what {env} runs; nothing was done. --anyway builds it anew.")
        return
    typer.echo(f"{env} runs {tag}. Next: the other environments, make patch ENV=…; they take the same image.")


def _clients(profile: str | None, region: str | None) -> Callable[[str], Any]:
    session: Any = boto3.Session(profile_name=profile, region_name=region)
    make: Callable[[str], Any] = session.client
    return make


if __name__ == "__main__":
    typer.run(main)
