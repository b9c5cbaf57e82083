"""Other values that a setting could plausibly have."""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

from assembly import Assembly, Resource
from assembly.references import Reference, reference
from assembly.values import Json
from tests.review.argument_types import accepted
from tests.review.choice import ORDER, Choice, descent
from tests.review.edits import Edit, Kind, Step, applied, at_path, is_expression, settings, texts

LONG = 100
_CONTEXT = 24
_WHOLE_REFERENCE = re.compile(r"\$\{((?:data\.)?(\w+)\.\w+)((?:\.\w+|\[\d+\])*)\}")
_NUMBER_IN_TEXT = re.compile(r"(?<![\w.$/\[-])\d+(?=[smhd]?(?![\w./-]))|(?<=\[)\d+(?=[smhd]\])")
_REFERENCE_IN_JSON = re.compile(r"\$\{|\"Ref\"|\"Fn::")
# Values that no schema here lists.
_KNOWN = {
    "Allow": "Deny",
    "DNS": "EMAIL",
    "Delete": "Retain",
    "RetainExceptOnCreate": "Delete",
    "Retain": "Delete",
    "Snapshot": "Delete",
    "USD": "EUR",
    "tcp": "udp",
    "us-central1": "us-east1",
    "us-east1": "us-central1",
    "us-east-1": "us-west-2",
    "us-east-1a": "us-east-1d",
    "email": "email-json",
    "vpc": "standard",
    "always": "never",
    "User": "Group",
    "443": "8443",
    "true": "false",
    "false": "true",
    "2012-10-17": "2008-10-17",
    "replicasets": "statefulsets",
    '0 issue "amazon.com"': '0 issue "letsencrypt.org"',
    "Amazon Relational Database Service": "Amazon ElastiCache",
    "example-goodies-dev": "example-goodies-prod",
}


class OtherValues:
    """Other values for the settings of a resource.

    Args:
        choice: what decides between several.
        resource: the one that is edited.
        assembly: its cloud's.
    """

    def __init__(self, choice: Choice, resource: Resource, assembly: Assembly) -> None:
        self._choice = choice
        self._resource = resource
        self._stack = assembly.stacks[resource.stack]
        self._assembly = assembly
        self._texts: tuple[tuple[str, Callable[[str], str | None]], ...] = (
            (r"\d{12}", lambda _: "444455556666"),
            (r"-?\d+", lambda text: str(self._number(int(text)))),
            (r"\d+(\.\d+)?[smhd]", lambda text: f"{self._number(int(float(text[:-1])))}{text[-1]}"),
            (r"[\d.]+/\d+", lambda _: choice.one("range", ["0.0.0.0/0", "10.0.0.0/8"])),
            (r"[a-z0-9-]+:[A-Z]\w*\*?", lambda text: f"{text.partition(':')[0]}:*"),
            (r"roles/[\w.]+", lambda text: choice.one("role", ["roles/editor", f"{text.rpartition('.')[0]}.admin"])),
            (
                r"(serviceAccount|user|group|domain):.*",
                lambda _: choice.one("member", ["allAuthenticatedUsers", "group:engineering@example.com"]),
            ),
            (r"[0-9a-f]{64}\.zip", lambda text: f"{hashlib.sha256(text.encode()).hexdigest()}.zip"),
            (r"\d+\.\d+(\.\d+)?", lambda text: re.sub(r"\d+$", lambda number: str(int(number[0]) + 1), text)),
            (r"rbac\.authorization\.k8s\.io|[^a-z]*|.*[$\[].*", lambda _: None),
            (r"[\w-]*@?[\w-]+(\.[\w-]+)+\.?", lambda text: f"new-{text}"),
            (r".* .*", lambda text: f"{text} (new)"),
            (r".*", lambda text: f"{text}-2"),
        )

    def of(self, path: tuple[Step, ...], value: Json) -> Iterator[Json]:
        """Yield one other value of the same type, or none."""
        values = [other for other in accepted(self._resource.type, path) if other != value]
        if isinstance(value, bool):
            yield not value
        elif values:
            yield self._choice.one("accepted", values)
        elif isinstance(value, int | float):
            yield self._number(value)
        elif isinstance(value, str):
            yield from self._text(path, value)
        elif is_expression(value):
            yield from self._expression(value)

    def item(self, path: tuple[Step, ...], items: Sequence[Json]) -> Iterator[Json]:
        """Yield an item like the last of a list, with one value changed."""
        *_, (leaf, value) = descent(self._choice, "item", items[-1])
        for new in self.of((*path, len(items) - 1, *leaf), value):
            yield applied(items[-1], Edit("", "", "", Kind.CHANGED, leaf, new))

    def set_elsewhere(self, path: tuple[Step, ...], block: Json) -> dict[str, tuple[Json, ...]]:
        """Return the settings that other resources of the type have and this one has not, with plain values."""
        found: dict[str, set[str]] = defaultdict(set)
        for other in self._assembly.resources.values():
            if other.type == self._resource.type:
                for name, value in _block(other, path).items():
                    text = json.dumps(value, sort_keys=True)
                    if name not in block and len(text) <= LONG and not _REFERENCE_IN_JSON.search(text):
                        found[name].add(text)
        return {name: tuple(json.loads(text) for text in sorted(values)) for name, values in found.items()}

    def _number(self, value: Json) -> Json:
        half = value / 2 if isinstance(value, float) else value // 2
        return self._choice.one("number", [value * 2 or 1, half or value + 1])

    def _text(self, path: tuple[Step, ...], value: str) -> Iterator[Json]:
        if found := _WHOLE_REFERENCE.fullmatch(value):
            same = [key for key in self._stack.resources if key.startswith(f"{found[2]}.") and key != found[1]]
            if same:
                yield f"${{{self._choice.one('reference', same)}{found[3]}}}"
        elif value in _KNOWN:
            yield _KNOWN[value]
        elif len(value) > LONG or "\n" in value or re.fullmatch(r"(cron|rate)\(.*\)|[\d*/,-]+( [\d*/,-]+)+", value):
            yield from self._piece(value)
        elif "permissions" in path:
            yield f"{value.rpartition('.')[0]}.update"
        else:
            new = next(other(value) for pattern, other in self._texts if re.fullmatch(pattern, value))
            if new is not None:
                yield new

    def _expression(self, value: Json) -> Iterator[Json]:
        found = reference(value)
        if isinstance(found, Reference) and (here := self._stack.resources.get(found.name)):
            same = [key for key, other in self._stack.resources.items() if other.type == here.type and key != here.id]
            if same:
                other = self._choice.one("reference", same)
                yield {"Fn::GetAtt": [other, found.attribute]} if found.attribute else {"Ref": other}
        elif "Fn::Join" in value:
            yield from self._piece(value)

    def _piece(self, value: Json) -> Iterator[Json]:
        """Yield another number in a long text, with what stands before it."""
        pieces = {
            text[max(0, found.start() - _CONTEXT) : found.end()]: found[0]
            for text in texts(value)
            for found in _NUMBER_IN_TEXT.finditer(text)
        }
        once = [piece for piece in pieces if sum(text.count(piece) for text in texts(value)) == 1]
        if once:
            old = self._choice.one("piece", once)
            number = pieces[old]
            yield {"replace": old, "with": old.removesuffix(number) + str(self._number(int(number)))}


def _block(resource: Resource, path: tuple[Step, ...]) -> dict[str, Json]:
    """Return the settings that can be elsewhere at a path; none where nothing is there."""
    try:
        there = at_path(settings(resource), path)
    except LookupError:
        return {}
    return {name: value for name, value in there.items() if name not in ORDER} if isinstance(there, dict) else {}
