"""Permissions as atoms: effect, principal, action, resource and condition; and which of them are new.

A policy is compared as a set of such atoms, so that another order, a statement in two, a narrower one, or the same
statement in another policy of the same holder is nothing new. What is not certainly covered by what was there is new.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from review.compare.reachability import covers_networks

# More combinations of the values of conditions are compared as one.
_MOST_COMBINATIONS = 256
_WILD = re.compile(r"[*?]")
# Operators that compare texts as they are, and with patterns; both of ARNs take patterns ("IAM JSON policy elements:
# Condition operators", IAM documentation).
_EXACT = {"StringEquals", "StringEqualsIgnoreCase", "NumericEquals", "DateEquals", "BinaryEquals", "Bool", "Null"}
_WITH_PATTERNS = {"StringLike": "StringEquals", "ArnLike": "ArnEquals", "ArnEquals": "ArnLike"}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
_AT_MOST = {"NumericLessThan", "NumericLessThanEquals", "DateLessThan", "DateLessThanEquals"}
_AT_LEAST = {"NumericGreaterThan", "NumericGreaterThanEquals", "DateGreaterThan", "DateGreaterThanEquals"}


@dataclass(frozen=True)
class Names:
    """A set of names.

    Attributes:
        patterns: ``*`` stands for any characters, ``?`` for one.
        inverted: whether it is all names but these.
    """

    patterns: tuple[str, ...]
    inverted: bool = False

    def covers(self, other: "Names") -> bool:
        """Return whether it certainly holds every name of another set."""
        if other.inverted:
            mine = self.patterns if self.inverted else ()
            covered = all(any(_matches(wide, name) for wide in other.patterns) for name in mine)
            return covered if self.inverted else "*" in self.patterns
        if self.inverted:
            return all(_are_apart(one, name) for one in self.patterns for name in other.patterns)
        return all(any(_matches(wide, name) for wide in self.patterns) for name in other.patterns)

    def each(self) -> Iterator["Names"]:
        """Yield sets of one name; an inverted one stays whole."""
        yield from [self] if self.inverted else (Names((name,)) for name in self.patterns)

    def __str__(self) -> str:
        written = ", ".join(self.patterns)
        return f"everything but {written}" if self.inverted else written


ANY = Names(("*",))


@dataclass(frozen=True)
class Term:
    """One of the conditions of a statement: a key compared with values, of which any is enough."""

    operator: str
    key: str
    values: tuple[str, ...]

    def covers(self, other: "Term") -> bool:
        """Return whether it certainly holds wherever another one does."""
        if self == other:
            return True
        mine, its = self.operator.removesuffix("IfExists"), other.operator.removesuffix("IfExists")
        if self.key.lower() != other.key.lower() or (mine == self.operator and its != other.operator):
            return False
        quantifier, _, mine_alone = mine.rpartition(":")
        if quantifier:
            alike, _, its_alone = its.rpartition(":")
            return quantifier == alike and replace(self, operator=mine_alone).covers(replace(other, operator=its_alone))
        if mine == "IpAddress" == its:
            return covers_networks(self.values, other.values)
        if mine == "NotIpAddress" == its:
            return covers_networks(other.values, self.values)
        if mine == its and mine in _AT_MOST | _AT_LEAST:
            return _bounds(mine, self.values, other.values)
        # Where none of some values may be, more of them leave less.
        if mine in _NEGATED and its in _NEGATED:
            return _any_covers(_NEGATED[its], other.values, _NEGATED[mine], self.values)
        return _any_covers(mine, self.values, its, other.values)

    @property
    def is_any_of(self) -> bool:
        """True when the condition is the same as several, each with one of the values."""
        return self.operator.removesuffix("IfExists") in {"IpAddress", *_EXACT, *_WITH_PATTERNS}

    def __str__(self) -> str:
        return f"{self.key} {self.operator} {', '.join(self.values)}".strip()


@dataclass(frozen=True)
class Statement:
    """A statement of a policy: who may, or must not, do what on what.

    Attributes:
        allows: whether it allows; else it refuses.
        scope: kind of the policy, and of what: statements count together within one.
        conditions: all of which have to be met.
    """

    allows: bool
    scope: str
    principals: Names
    actions: Names
    resources: Names = ANY
    conditions: tuple[Term, ...] = ()

    def covers(self, other: "Statement") -> bool:
        """Return whether it says at least all that another one says."""
        return (
            (self.allows, self.scope) == (other.allows, other.scope)
            and (self.principals.covers(other.principals) or _are_in_account(self.principals, other.principals))
            and _folded(self.actions).covers(_folded(other.actions))
            and self.resources.covers(other.resources)
            and all(any(mine.covers(its) for its in other.conditions) for mine in self.conditions)
        )

    def atoms(self) -> Iterator["Statement"]:
        """Yield statements that say the same together, with one principal, action and resource each."""
        terms = [
            [replace(term, values=(value,)) for value in term.values] if term.is_any_of and term.values else [term]
            for term in self.conditions
        ]
        combinations = 1
        for each in terms:
            combinations *= len(each)
        selected: Iterable[tuple[Term, ...]] = [self.conditions]
        if combinations <= _MOST_COMBINATIONS:
            selected = itertools.product(*terms)
        for principals, actions, resources, conditions in itertools.product(
            self.principals.each(), self.actions.each(), self.resources.each(), selected
        ):
            yield replace(self, principals=principals, actions=actions, resources=resources, conditions=conditions)


def new_atoms(statements: Iterable[Statement], known: Sequence[Statement]) -> list[Statement]:
    """Return the atoms of statements that no known statement covers."""
    by_scope: dict[tuple[bool, str], list[Statement]] = {}
    for each in known:
        by_scope.setdefault((each.allows, each.scope), []).append(each)
    found: dict[Statement, None] = {}
    for statement in statements:
        candidates = by_scope.get((statement.allows, statement.scope), ())
        if any(each.covers(statement) for each in candidates):
            continue
        found |= {atom: None for atom in statement.atoms() if not any(each.covers(atom) for each in candidates)}
    return list(found)


def allowed_of(refusals: Sequence[Statement], known: Iterable[Statement]) -> list[Statement]:
    """Return the atoms that known statements allow, of what some refusals refuse."""
    scopes = {each.scope for each in refusals}
    allowed = [atom for each in known if each.allows and each.scope in scopes for atom in each.atoms()]
    return [atom for atom in allowed if any(each.covers(replace(atom, allows=False)) for each in refusals)]


def sentences(atoms: Iterable[Statement], refused: str = "no longer refused: ") -> Iterator[str]:
    """Yield atoms in words, those together that differ in their action alone, and then in their resource alone.

    Args:
        atoms: in any order.
        refused: what stands before those that refuse.
    """
    actions: dict[tuple[str, ...], dict[str, None]] = {}
    for atom in atoms:
        condition = " and ".join(map(str, atom.conditions))
        key = ("" if atom.allows else refused, str(atom.principals), condition, str(atom.resources))
        actions.setdefault(key, {})[str(atom.actions)] = None
    resources: dict[tuple[str, ...], dict[str, None]] = {}
    for (prefix, principal, condition, resource), names in actions.items():
        resources.setdefault((prefix, principal, condition, ", ".join(names)), {})[resource] = None
    for (prefix, principal, condition, what), names in resources.items():
        where = ", ".join(names)
        yield f"{prefix}{principal} may {what} on {where}{f' if {condition}' if condition else ''}"


def _are_in_account(wide: Names, narrow: Names) -> bool:
    """Return whether a principal is a whole account, as the root of an ARN says, and others are all in it."""
    accounts = [name.removesuffix("root") for name in wide.patterns if re.fullmatch(r"arn:.+:iam::.+:root", name)]
    return (
        not wide.inverted
        and not narrow.inverted
        and all(any(name.startswith(account) for account in accounts) for name in narrow.patterns)
    )


def _folded(names: Names) -> Names:
    """Return names of actions, whose case means nothing."""
    return replace(names, patterns=tuple(name.lower() for name in names.patterns))


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    parts = (
        {"*": ".*", "?": "[^*]"}.get(part, re.escape(part))
        for part in re.split(r"([*?])", re.sub(r"\*+", "*", pattern))
    )
    return re.compile("".join(parts), re.DOTALL)


def _matches(pattern: str, name: str) -> bool:
    """Return whether a pattern holds all that a name or narrower pattern stands for."""
    return pattern in ("*", name) or bool(_WILD.search(pattern) and _expression(pattern).fullmatch(name))


def _are_apart(one: str, other: str) -> bool:
    """Return whether no name matches both patterns, for certain."""
    if not _WILD.search(one) or not _WILD.search(other):
        return not (_matches(one, other) or _matches(other, one))
    here, there = (_WILD.split(pattern, maxsplit=1)[0] for pattern in (one, other))
    return not (here.startswith(there) or there.startswith(here))


def _any_covers(wide: str, values: Sequence[str], narrow: str, others: Sequence[str]) -> bool:
    """Return whether one of some values is certainly met wherever one of others is.

    Args:
        wide: the operator of the values.
        values: of which one is enough.
        narrow: the operator of the others.
        others: of which one is enough, too.
    """
    if wide in _WITH_PATTERNS:
        return narrow in (wide, _WITH_PATTERNS[wide]) and Names(tuple(values)).covers(Names(tuple(others)))
    return wide in _EXACT and wide == narrow and set(others) <= set(values)


def _bounds(operator: str, mine: Sequence[str], its: Sequence[str]) -> bool:
    """Return whether a bound is at least as wide as another: numbers by value, dates of one form by their text."""
    try:
        here, there = ([float(value) for value in values] for values in (mine, its))
    except ValueError:
        return set(its) <= set(mine)
    return max(here) >= max(there) if operator in _AT_MOST else min(here) <= min(there)


def as_texts(value: object) -> tuple[str, ...]:
    """Return what is one value or several as texts; what is no text in JSON."""
    several = value if isinstance(value, list) else [value]
    return tuple(
        each if isinstance(each, str) else json.dumps(each, sort_keys=True, ensure_ascii=False) for each in several
    )
