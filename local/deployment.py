"""Deployment of the unchanged application to the embedded cloud, with the real CDK CLI: ``make deploy``."""

import subprocess
import threading
import time
from collections.abc import Iterable
from itertools import groupby

from rich.console import Console

from assembly import Assembly, Stack, open_assembly
from assembly.synth_cache import CDK, validated_assembly
from local.body.body import Body
from local.body.serving import Serving
from local.cloud import EmbeddedCloud
from local.cloudformation import describe, failures, stabilize
from local.commands import Command
from local.embedded import require_environment
from local.errors import EmbeddedCloudError
from local.failed_creates import clearing_commands
from local.progress import CdkProgress, Progress
from local.report import show
from local.service_linked_roles import add_service_linked_roles
from local.toolkit import bootstrap


def deploy_environment(
    cloud: EmbeddedCloud, environment: str, console: Console, *, body: bool = True, application: str = ""
) -> None:
    """Deploy an environment of this checkout, and the registry that it takes its image from; let it answer.

    Args:
        cloud: where to.
        environment: such as ``prod``.
        console: where to show how it goes.
        body: whether what is deployed is served; otherwise templates are deployed and nothing else.
        application: checkout of the application that tasks run; empty for the reference service.

    Raises:
        EmbeddedCloudError: there is no such environment, or something keeps it from being deployed or from answering.
    """
    require_environment(environment, "make deploy")
    stacks = ["GoodiesDelivery", f"Goodies{environment.title()}"]
    again = f"make deploy ENV={environment}" + (f" APP={application}" if application else "") + " BODY=0" * (not body)
    serving = Serving(cloud, Body(cloud), environment, application, console) if body else None
    deploy(cloud, stacks, console, environments=environment, command=again, serving=serving)


def deploy(
    cloud: EmbeddedCloud,
    names: Iterable[str],
    console: Console,
    assembly: Assembly | None = None,
    *,
    environments: str = "",
    command: str = "make deploy",
    serving: Serving | None = None,
) -> None:
    """Deploy stacks, and all that they need, to the embedded cloud.

    Args:
        cloud: where to.
        names: the stacks.
        console: where to show how it goes.
        assembly: what to deploy; without it, this checkout is synthesized.
        environments: the environments to synthesize, separated by commas; without it, all.
        command: what a person types to deploy the same again.
        serving: serves what is deployed; without it, nothing does.

    Raises:
        EmbeddedCloudError: whatever keeps it from being deployed. The next call goes on from there.
    """
    began = time.monotonic()
    with cloud.lock("a deploy"):
        with console.status("Starting the embedded cloud"):
            started = cloud.start()
            if serving:
                serving.start()
            else:
                Body(cloud).stop()
        console.print(f"Embedded cloud at {cloud.endpoint}, {'started' if started else 'running'}", highlight=False)
        if assembly is None:
            with console.status("Synthesizing"):
                assembly = synthesize_checkout(cloud, environments)
        stacks = assembly.with_dependencies(names)
        progress = CdkProgress([stack.name for stack in stacks], console)
        enforced = cloud.enforce_iam(False)
        try:
            if serving:
                serving.begin(stacks)
            apply(cloud, assembly, stacks, progress, console)
        except BaseException:  # a Ctrl-C, too: what an earlier deploy serves goes on under its roles
            if enforced and cloud.running():
                cloud.enforce_iam(True)
            raise
        if serving:
            try:
                serving.wait()
            finally:
                cloud.save()  # passwords that were set and rotated meanwhile: the databases have them already
        show(cloud, stacks, progress.stacks, time.monotonic() - began, console=console, command=command)
        if serving:
            serving.show(stacks)


def apply(
    cloud: EmbeddedCloud,
    assembly: Assembly,
    stacks: Iterable[Stack],
    progress: Progress,
    console: Console,
    *options: str,
) -> None:
    """Deploy these stacks and no others to a cloud that runs and is locked.

    Args:
        cloud: where to.
        assembly: what the stacks are of.
        stacks: each after what it needs.
        progress: of the stacks.
        console: where to show how it goes.
        options: more of them for ``cdk deploy``.

    Raises:
        EmbeddedCloudError: whatever keeps one from being deployed. The next call goes on from there.
    """
    try:
        for account, group in groupby(sorted(stacks, key=_account), _account):
            cloud.account = account
            members = list(group)
            with console.status("Preparing the regions"):
                bootstrap(cloud, members, console)
                add_service_linked_roles(cloud, console)
            with console.status("Waiting for what an earlier deploy left at work"):
                for stack in members:
                    stabilize(cloud, stack.name, stack.region, console)
            _cdk_deploy(cloud, assembly, members, progress, console, *options)
    finally:
        if cloud.running():
            cloud.save()


def synthesize_checkout(cloud: EmbeddedCloud, environments: str = "") -> Assembly:
    """The assembly of some or all of this checkout's environments, made again where a source has changed."""
    log = cloud.directory / "logs" / "synth.log"
    return open_assembly(validated_assembly(environments, environment=cloud.environment(), log=log))


def _account(stack: Stack) -> str:
    return stack.account


def _cdk_deploy(
    cloud: EmbeddedCloud,
    assembly: Assembly,
    stacks: list[Stack],
    progress: Progress,
    console: Console,
    *more: str,
) -> None:
    names = [stack.name for stack in stacks]
    options = ["--app", str(assembly.folder), "--require-approval", "never", "--concurrency", "4", "--exclusively"]
    console.print(f"[dim]$ cdk deploy {' '.join(names)}[/]", highlight=False, soft_wrap=True)
    output = cloud.directory / "logs" / "deploy.log"
    with (
        output.open("w") as log,
        progress.shown(),
        subprocess.Popen(  # noqa: S603 - the pinned CLI, with arguments of our own
            [*CDK, "deploy", *options, *more, "--progress", "events", *names],
            cwd=cloud.directory,
            env=cloud.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as cli,
    ):
        threading.Thread(target=_terminate_without_cloud, args=(cloud, cli), daemon=True).start()
        try:
            for line in cli.stdout or ():
                log.write(line)
                progress.follow(line.rstrip("\n"))
        except KeyboardInterrupt:
            cli.terminate()  # a signal from a program, rather than from the keyboard, reaches this process only
            raise
    if cli.returncode == 0:
        return
    if not cloud.running():
        raise EmbeddedCloudError(
            f"The embedded cloud ended during the deploy: something killed it, or it failed (its log is {cloud.log}). "
            "What it had not saved is lost. Run the command again; it begins with what was saved last."
        )
    cloud.check_disk()
    reasons = [
        f"{stack.name}: {reason}"
        for stack in stacks
        if progress.stacks[stack.name].state == "failed"
        for reason in failures(cloud, stack.name, stack.region)
    ]
    details = "\n".join(reasons) or output.read_text().strip()[-2000:]
    raise EmbeddedCloudError(
        f"The deploy failed:\n{details}\nThe whole output of `cdk deploy` is in {output}. Correct the cause and "
        f"run the command again; it goes on from there.{_what_it_will_run(cloud, stacks)} Where something that an "
        "earlier deploy retained is in the way, `make destroy` removes it with everything else."
    )


def _what_it_will_run(cloud: EmbeddedCloud, stacks: Iterable[Stack]) -> str:
    """Say how the next deploy clears the stacks whose first create failed, as a person does it in an account."""
    commands: list[Command] = []
    for stack in stacks:
        commands += clearing_commands(cloud, describe(cloud, stack.name, stack.region), stack.region)
    if not commands:
        return ""
    return "\nBefore that it runs what clears a failed first create, in an account as well:\n" + "".join(
        f"  {command}\n" for command in commands
    )


def _terminate_without_cloud(cloud: EmbeddedCloud, cli: subprocess.Popen[str]) -> None:
    """End the CLI when the cloud is gone: left alone it would retry for a minute and a half."""
    while cli.poll() is None:
        if not cloud.running():
            cli.terminate()
        time.sleep(0.5)
