"""Reads the environments from their files, and says everything that is wrong with them at once."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from environments import checks
from environments.errors import EnvironmentsError, InputError, Violation
from environments.model import (
    Environment,
    EnvironmentFile,
)
from environments.policy import (
    Policy,
)
from environments.reading import KeyPath, Source, read
from environments.shapes import Settings
from environments.validating import is_complete, validate

FOLDER = Path(__file__).parent
POLICY = "policy.yaml"


def load(folder: Path = FOLDER) -> tuple[Environment, ...]:
    """Return every environment, in the order of their names.

    Raises:
        EnvironmentsError: when any file holds anything that cannot be deployed.
    """
    policy_source = read(folder / POLICY, file=f"{folder.name}/{POLICY}")
    paths = [path for path in sorted(folder.glob("*.yaml")) if path.name != POLICY]
    sources = {path.stem: read(path, file=f"{folder.name}/{path.name}") for path in paths}
    policy = _policy(policy_source)
    environments = tuple(_environment(name, source, policy) for name, source in sources.items())
    judged = [item for item in environments if sources[item.name].readable]
    for environment, other in combinations(judged, 2):
        _judge(sources[other.name], checks.BETWEEN, other, environment)

    findings = [finding for source in (policy_source, *sources.values()) for finding in _from_top(source)]
    findings.extend(_of_names(folder, sources))
    if findings:
        raise EnvironmentsError(findings)
    return environments


def _from_top(source: Source) -> list[InputError]:
    return sorted(source.findings, key=lambda finding: finding.line or 0)


def _policy(source: Source) -> Policy:
    if not source.readable:
        return Policy.model_construct()
    policy = validate(Policy, source)
    _judge(source, checks.OF_POLICY, policy)
    return policy


def _environment(name: str, source: Source, policy: Policy) -> Environment:
    if not source.readable:
        return Environment.model_construct(name=name, policy=policy)
    content = validate(EnvironmentFile, source)
    environment = Environment.model_construct(name=name, policy=policy, **content.__dict__)
    for field in set(EnvironmentFile.model_fields) - set(content.__dict__):
        environment.__dict__.pop(field, None)
    _judge(source, checks.OF_ENVIRONMENT, environment)
    return environment


def _judge(source: Source, judges: tuple[checks.Check, ...], subject: Settings, *others: Settings) -> None:
    for check in judges:
        source.findings.extend(_findings(source, check, subject, *others))


def _findings(source: Source, check: checks.Check, subject: Settings, *others: Settings) -> Iterator[InputError]:
    try:
        for problem in check(subject, *others):
            yield _finding(source, problem, subject)
    except AttributeError:  # a value that this check needs is itself a finding
        if all(map(is_complete, (subject, *others))):
            raise


def _finding(source: Source, problem: Violation, subject: Settings) -> InputError:
    path: KeyPath = tuple(int(key) if key.isdigit() else key for key in problem.key.split("."))
    given = None if path in source.places else _default(subject, path)
    return source.finding(path, problem.allowed, given=given)


def _default(subject: object, path: KeyPath) -> str:
    for key in path:
        subject = getattr(subject, str(key), None)
    return "nothing" if subject is None else f"nothing, which means {str(subject).lower()}"


def _of_names(folder: Path, sources: dict[str, Source]) -> Iterator[InputError]:
    if not sources:
        yield InputError(f"{folder.name}/", None, "", "no environment", "at least one file such as dev.yaml")
    for name, source in sources.items():
        if not checks.name_is_allowed(name):
            yield InputError(source.file, None, "", f"the name {name!a}", checks.ALLOWED_NAMES)
    for path in sorted(folder.glob("*.yml")):
        yield InputError(f"{folder.name}/{path.name}", None, "", "the ending .yml", "the ending .yaml")
