"""Lambda functions: a program of ``operations/`` with the libraries that it needs."""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.aws.base.logs import log_group

OPERATIONS = Path(__file__).parents[3] / "operations"


def function(
    scope: Construct,
    construct_id: str,
    *,
    program: str,
    description: str,
    timeout: Duration,
    log_id: str,
    log_days: int,
    key: kms.IKey,
    environment: Mapping[str, str] | None = None,
    vpc: ec2.IVpc | None = None,
    security_group: ec2.ISecurityGroup | None = None,
    libraries: Iterable[str] = (),
    data: Iterable[str] = (),
    modules: Iterable[str] = (),
) -> lambda_.Function:
    """Return a function that runs ``handle`` of a program, traced, with a log of its own.

    Args:
        scope: parent construct.
        construct_id: id below the parent.
        program: ``release/probe`` is ``operations/release/probe.py``.
        description: what it does.
        timeout: after which Lambda ends it.
        log_id: id of its log group below the parent.
        log_days: retention of the log.
        key: encrypts the log.
        environment: variables.
        vpc: whose private subnets it runs in; None outside of any.
        security_group: in the VPC.
        libraries: installed packages, all plain Python.
        data: files beside the program.
        modules: that it shares with other programs.
    """
    with _code(program, libraries=libraries, data=data, modules=modules) as code:
        return lambda_.Function(
            scope,
            construct_id,
            description=description,
            code=code,
            handler=f"{program.rpartition('/')[2]}.handle",
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            memory_size=256,
            timeout=timeout,
            tracing=lambda_.Tracing.ACTIVE,
            environment=environment,
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS) if vpc else None,
            security_groups=[security_group] if security_group else None,
            log_group=log_group(scope, log_id, days=log_days, key=key),
        )


@contextmanager
def _code(
    name: str, *, libraries: Iterable[str], data: Iterable[str], modules: Iterable[str]
) -> Iterator[lambda_.Code]:
    """Yield the code of ``operations/<name>.py``, of data beside it, and of installed libraries, all plain Python.

    The program lies at the top, whatever its folder is: its handler is ``<last part of the name>.<function>``. Modules
    that it shares with others keep their folders: ``release/direct_calls`` is ``operations.release.direct_calls``.

    The function must be made within the ``with`` block, as the code is read then.

    Only files of the pinned packages are packed, so that every machine packs the same bytes: their metadata too,
    because some packages read their own version, but no byte code and no records of the installation.

    Raises:
        FileNotFoundError: when there is no such program, or no such data.
        importlib.metadata.PackageNotFoundError: when a library is not installed.
    """
    with TemporaryDirectory() as folder:
        for file_name in (f"{name}.py", *data):
            shutil.copy(OPERATIONS / file_name, folder)
        for module in modules:
            copy = Path(folder, OPERATIONS.name, f"{module}.py")
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(OPERATIONS / f"{module}.py", copy)
        for library in libraries:
            for file in files(library) or []:
                if (file.suffix == ".py" or file.name == "METADATA") and ".." not in file.parts:
                    target = Path(folder, file)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file.locate(), target)
        yield lambda_.Code.from_asset(folder)
