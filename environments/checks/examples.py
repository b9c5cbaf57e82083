"""Example values of the repository, and checks that a user has replaced all of them or none.

The examples work on the embedded cloud. They are reserved names (RFC 2606, and the account of AWS's documentation), or
names that are reserved, so no real environment can mean them.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from environments.errors import InputError, Violation
from environments.model import Environment, EnvironmentAccount
from environments.policy import DeliveryAccount, Policy
from environments.value_types import Place

_ACCOUNT = "111122223333"
_OWNER = "example"
# The owners that a review asks; only GitHub reads it.
CODE_OWNERS = Path(".github", "CODEOWNERS")
_ALLOWED = "a value of your own, now that {key} is one"


def example_values(environment: Environment) -> tuple[str, ...]:
    """Return the keys that hold example values; none when the environment can be deployed to a real AWS account."""
    account, delivery = environment.account, environment.policy.account
    own = (f"account.{key}" for key in (*_account_id_examples(account), *_environment_examples(account)))
    shared = (f"policy.account.{key}" for key in (*_account_id_examples(delivery), *_policy_examples(delivery)))
    return (*own, *shared)


def environment_is_real_or_example(environment: Environment) -> Iterator[Violation]:
    """An environment in a real account has no example values, such as a domain that cannot exist."""
    if real := _real_account_key(environment.account):
        for key in _environment_examples(environment.account):
            yield Violation(f"account.{key}", _ALLOWED.format(key=real))


def policy_is_real_or_example(policy: Policy) -> Iterator[Violation]:
    """A real shared account has no example values, such as a repository that is not the user's."""
    account = policy.account
    if real := _real_account_key(account):
        for key in _policy_examples(account):
            yield Violation(f"account.{key}", _ALLOWED.format(key=real))
    for name, place in _places(account):
        if place.id_key not in place.example_keys:
            for key in place.example_keys:
                yield Violation(f"account.{name}.{key}", _ALLOWED.format(key=f"account.{name}.{place.id_key}"))


def code_owners_are_real_or_example(
    repository: Path, policy: Policy, environments: Sequence[Environment]
) -> Iterator[InputError]:
    """Code owners beside a real account are real, too: a placeholder among them would be asked for no review."""
    places: list[tuple[str, EnvironmentAccount | DeliveryAccount]] = [
        ("policy", policy.account),
        *((each.name, each.account) for each in environments),
    ]
    real = next((f"{name}.{key}" for name, account in places if (key := _real_account_key(account))), None)
    file = repository / CODE_OWNERS
    if real is None or not file.is_file():
        return
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        for owner in line.partition("#")[0].split()[1:]:
            if owner.startswith(f"@{_OWNER}/"):
                allowed = f"a team or an account of your own, now that {real} is one"
                yield InputError(str(CODE_OWNERS), number, line.split()[0], owner, allowed)


def _real_account_key(account: EnvironmentAccount | DeliveryAccount) -> str | None:
    """Return the key of an account that is no example, in any cloud; none when all are examples."""
    if account.aws_account_id != _ACCOUNT:
        return "account.aws_account_id"
    real = (
        f"account.{name}.{place.id_key}" for name, place in _places(account) if place.id_key not in place.example_keys
    )
    return next(real, None)


def _places(account: EnvironmentAccount | DeliveryAccount) -> Iterator[tuple[str, Place]]:
    return ((name, value) for name, value in account if isinstance(value, Place))


def _account_id_examples(account: EnvironmentAccount | DeliveryAccount) -> Iterator[str]:
    if account.aws_account_id == _ACCOUNT:
        yield "aws_account_id"


def _environment_examples(account: EnvironmentAccount) -> Iterator[str]:
    if _is_reserved(account.domain):
        yield "domain"
    if _is_reserved(account.receivers.on_call):
        yield "receivers.on_call"
    if _is_reserved(account.receivers.team):
        yield "receivers.team"


def _policy_examples(account: DeliveryAccount) -> Iterator[str]:
    if account.repository.lower().startswith(f"{_OWNER}/"):
        yield "repository"
    if _is_reserved(account.receivers.on_call):
        yield "receivers.on_call"
    if _is_reserved(account.receivers.team):
        yield "receivers.team"
    if _is_reserved(account.receivers.owner):
        yield "receivers.owner"


def _is_reserved(address: str) -> bool:
    labels = address.lower().rpartition("@")[2].split(".")
    return labels[-1] == "example" or (labels[-2:-1] == ["example"] and labels[-1] in {"com", "net", "org"})
