"""Checks of synthesized resources against what their providers know, without a provider.

They refuse what ``terraform validate`` would: a value that is missing, not accepted, or not accepted beside another. A
value that holds a reference is known only at apply, and is not judged.
"""

import ipaddress
import json
import re
import reprlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from assembly.errors import ProviderRefusalError
from assembly.provider_facts import Bounds, Rules, TypeSchema, type_schema
from assembly.reader import open_assembly
from assembly.terraform import elements
from assembly.values import Json, at

# Templates of Terraform, and not `$${` or `%%{`, which stand for the characters themselves.
_READS = re.compile(r"\$\{([a-z]\w+\.[\w-]+)\.([\w.\[\]]+)\}")
_WHOLE = re.compile(r"\$\{[^{}]*\}")
_TEMPLATE = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")


@dataclass(frozen=True)
class Breach:
    """An argument that a provider refuses.

    Attributes:
        resource: the address of the resource.
        argument: path of the argument, without indexes.
        given: its value, shortened; of a secret only that it is one.
        allowed: what may be there instead.
    """

    resource: str
    argument: str
    given: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.resource}: {self.argument}: given {self.given}; {self.allowed}"


def breaches(content: Json) -> list[Breach]:
    """Return what the providers would refuse in a synthesized stack."""
    bodies = dict(elements(content))
    return [
        Breach(address, path, _shown(value, known.rules.get(path)), allowed)
        for address, body in bodies.items()
        if (known := type_schema(address.partition(".")[0]))
        for path, value, allowed in [
            *_missing(body, known),
            *_not_accepted(body, known),
            *_against_rules(body, known),
            *_nothing_in_text(body, bodies),
        ]
    ]


def refuse_breaches(folder: Path) -> None:
    """Check every stack that ``cdktf synth`` wrote to a folder.

    Raises:
        ProviderRefusalError: a provider would refuse something; the message lists everything.
    """
    found = [
        f"{stack.name}: {breach}"
        for stack in open_assembly(folder).stacks.values()
        for breach in breaches(stack.template)
    ]
    if found:
        raise ProviderRefusalError("\n".join(found))


def _shown(value: Json, rules: Rules | None) -> str:
    if value is None:
        return "nothing"
    return "a secret" if rules and rules.secret else reprlib.repr(value)


_Found = Iterator[tuple[str, Json, str]]


def _missing(body: Json, known: TypeSchema) -> _Found:
    for path in sorted(known.required):
        parent, _, key = path.rpartition(".")
        if any(isinstance(block, dict) and block.get(key) is None for block in at(body, parent)):
            yield path, None, "it is required"


def _not_accepted(body: Json, known: TypeSchema) -> _Found:
    for path, accepted in sorted(known.enums.items()):
        ignore_case = path in known.enums_ignore_case
        values = {value.lower() if ignore_case else value for value in accepted}
        for value in at(body, path):
            given = _written(value)
            if given is not None and (given.lower() if ignore_case else given) not in values:
                yield path, value, f"accepted are {', '.join(map(repr, accepted))}"


def _against_rules(body: Json, known: TypeSchema) -> _Found:
    for path, rules in sorted(known.rules.items()):
        for value in at(body, path):
            given = _written(value)
            if given is not None:
                yield from ((path, value, allowed) for allowed in _value(given, rules))
        parent, _, key = path.rpartition(".")
        for block in at(body, parent):
            if isinstance(block, dict):
                yield from ((path, block.get(key), allowed) for allowed in _items(block.get(key), rules))
                yield from ((path, block.get(key), allowed) for allowed in _combination(body, block.get(key), rules))


def _nothing_in_text(value: Json, bodies: Mapping[str, Json], path: str = "") -> _Found:
    """Yield texts with a reference to an argument that is not written: Terraform puts no null into a text."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _nothing_in_text(item, bodies, f"{path}.{key}".removeprefix("."))
    elif isinstance(value, list):
        for item in value:
            yield from _nothing_in_text(item, bodies, path)
    elif isinstance(value, str) and not _WHOLE.fullmatch(value):
        for address, attribute in _READS.findall(value):
            if address in bodies and _is_nothing(address, bodies[address], re.sub(r"\[\d+\]", "", attribute)):
                yield path, value, f"{address} has no {attribute}, and a text must not hold nothing"


def _is_nothing(address: str, body: Json, attribute: str) -> bool:
    known = type_schema(address.partition(".")[0])
    if known is None or not known.computed or any(True for _ in at(body, attribute)):
        return False
    parent, _, _ = attribute.rpartition(".")
    is_filled = attribute in known.optional_computed | known.defaults.keys() or any(
        attribute == name or attribute.startswith(f"{name}.") for name in known.computed
    )
    return not is_filled and any(isinstance(block, dict) for block in at(body, parent))


def _written(value: Json) -> str | None:
    """Return a literal as the provider reads it; None for a block, and for what is known only at apply."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str) and not _TEMPLATE.search(value):
        return value.replace("$${", "${").replace("%%{", "%{")
    return None


def _value(given: str, rules: Rules) -> Iterator[str]:
    if rules.length and not _within(len(given.encode()), rules.length):
        yield f"its length must be {_bounds(rules.length)}"
    # Python's `$` stands before a line break at the end, too; a provider's does not.
    if any(given.endswith("\n") or not re.search(pattern, given, re.ASCII) for pattern in rules.pattern):
        yield f"it must match {' and '.join(rules.pattern)}"
    if rules.range and not _in_range(given, rules.range):
        yield f"it must be {_bounds(rules.range)}"
    if rules.form and not _FORMS[rules.form](given):
        yield f"it must be {rules.form}"


def _items(given: Json, rules: Rules) -> Iterator[str]:
    number = len(given) if isinstance(given, list) else 1
    if rules.items and given is not None and not _unknown(given) and not _within(number, rules.items):
        yield f"it must have {_bounds(rules.items)} items"


def _combination(body: Json, given: Json, rules: Rules) -> Iterator[str]:
    """Yield what the SDK's validate finds for an argument of a block that is there."""
    if rules.exactly_one_of:
        values = [_at_index(body, path) for path in rules.exactly_one_of]
        known = [value for value in values if value is not None and not _unknown(value)]
        if len(known) > 1 or all(value is None for value in values):
            yield f"exactly one of {', '.join(rules.exactly_one_of)} must be there"
    if rules.at_least_one_of and all(_at_index(body, path) is None for path in rules.at_least_one_of):
        yield f"at least one of {', '.join(rules.at_least_one_of)} must be there"
    if given is None:
        return
    if missing := [path for path in rules.required_with if _at_index(body, path) is None]:
        yield f"{', '.join(missing)} must be there, too"
    if _unknown(given):
        return
    for path in rules.conflicts_with:
        other = _at_index(body, path)
        if other is not None and not _unknown(other):
            yield f"{path} must not be there, too"


def _at_index(body: Json, path: str) -> Json:
    """Return the value at a path with indexes, ``settings.0.tier``; None where there is none.

    A block that may stand once is an object in a template, and item 0 of a list for the provider. A path that goes
    through a block without an index leads to nothing, as in the provider's SDK.
    """
    here, parts = body, path.split(".")
    for position, part in enumerate(parts):
        if part.isdigit():
            if isinstance(here, list):
                here = here[int(part)] if int(part) < len(here) else None
            elif int(part):
                return None
        elif not isinstance(here, dict) or (position and not parts[position - 1].isdigit()):
            return None
        else:
            here = here.get(part)
    return here


def _unknown(value: Json) -> bool:
    return isinstance(value, str) and _written(value) is None


def _within(number: float, bounds: Bounds) -> bool:
    least, most = bounds
    return (least is None or least <= number) and (most is None or number <= most)


def _in_range(given: str, bounds: Bounds) -> bool:
    try:
        return _within(float(given), bounds)
    except ValueError:
        return False


def _bounds(bounds: Bounds) -> str:
    least, most = bounds
    if most is None:
        return f"at least {least}"
    return f"at most {most}" if least is None else f"{least} to {most}"


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def accepted(given: str) -> bool:
        try:
            parse(given)
        except ValueError:
            return False
        return True

    return accepted


def _parse_cidr(given: str) -> object:
    """Read a range as Go's net.ParseCIDR does: the length is a number, and bits may stand behind it."""
    address, _, length = given.partition("/")
    return ipaddress.ip_interface((address, int(length)))


_FORMS: Mapping[str, Callable[[str], bool]] = {
    "cidr": _parses(_parse_cidr),
    "json": _parses(json.loads),
}
