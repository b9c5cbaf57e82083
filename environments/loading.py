"""Loader of the environments: reads the files, validates them against the model, then runs the checks.

A report lists every error of one kind in all files. Checks run once every file fits the model: they then compare whole
settings, and a bug in a check is never taken for a missing value.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path

from environments import checks
from environments.checks import examples
from environments.errors import EnvironmentsError, InputError, Violation
from environments.model import Environment, EnvironmentFile
from environments.policy import Policy
from environments.reading import KeyPath, Source, read
from environments.validating import validate
from environments.value_types import Settings

FOLDER = Path(__file__).parent
POLICY = "policy.yaml"


def load(folder: Path = FOLDER) -> tuple[Environment, ...]:
    """Return every environment, in the order of their names.

    Raises:
        EnvironmentsError: a file holds a value, key or name that cannot be deployed.
    """
    policy_source = read(folder / POLICY, file=f"{folder.name}/{POLICY}")
    # A name that begins with a dot is an editor's lock or copy.
    paths = [path for path in sorted(folder.glob("[!.]*.yaml")) if path.name != POLICY]
    sources = {path.stem: read(path, file=f"{folder.name}/{path.name}") for path in paths}
    policy = validate(Policy, policy_source)
    contents = {name: validate(EnvironmentFile, source) for name, source in sources.items()}
    errors = [*_errors((policy_source, *sources.values())), *_name_errors(folder, sources)]
    if policy is None or errors:
        raise EnvironmentsError(errors)

    # The parts are valid already; pydantic would compile one more validator to find the same.
    environments = tuple(
        Environment.model_construct(name=name, policy=policy, **dict(content))
        for name, content in contents.items()
        if content
    )
    _run(checks.POLICY_CHECKS, policy_source, policy)
    for environment in environments:
        _run(checks.ENVIRONMENT_CHECKS, sources[environment.name], environment)
    for earlier, later in combinations(environments, 2):
        _run(checks.PAIR_CHECKS, sources[later.name], later, earlier)
    owners = examples.code_owners_are_real_or_example(folder.parent, policy, environments)
    if errors := [*_errors((policy_source, *sources.values())), *owners]:
        raise EnvironmentsError(errors)
    return environments


def _errors(sources: Iterable[Source]) -> list[InputError]:
    """Return the errors file by file, each file's from top to bottom."""
    return [error for source in sources for error in sorted(source.errors, key=lambda error: error.line or 0)]


def _run(to_run: Sequence[checks.Check], source: Source, subject: Settings, *others: Settings) -> None:
    for check in to_run:
        source.errors.extend(_error(source, violation, subject) for violation in check(subject, *others))


def _error(source: Source, violation: Violation, subject: Settings) -> InputError:
    path: KeyPath = tuple(int(key) if key.isdigit() else key for key in violation.key.split("."))
    given = None if path in source.places else _default(subject, path)
    return source.error(path, violation.allowed, given=given)


def _default(subject: Settings, path: KeyPath) -> str:
    """Return what a key that is not in the file stands for."""
    value: object = subject.model_dump()
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return "nothing" if value is None else f"nothing, which means {str(value).lower()}"


def _name_errors(folder: Path, sources: dict[str, Source]) -> Iterator[InputError]:
    if not sources:
        yield InputError(f"{folder.name}/", None, "", "no environment", "at least one file such as dev.yaml")
    for name, source in sources.items():
        if not checks.name_is_allowed(name):
            yield InputError(source.file, None, "", f"the name {name!a}", checks.ALLOWED_NAMES)
    for path in sorted(folder.glob("*.yml")):
        yield InputError(f"{folder.name}/{path.name}", None, "", "the ending .yml", "the ending .yaml")
