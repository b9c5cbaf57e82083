"""Impact of CloudFormation on a resource: replacement, as the CDK's own diff says, new permissions, new exposure."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from assembly.values import Json
from review.compare.cloudformation_access import Access, exposures, grants, narrows
from review.errors import ReviewError
from review.model.change import Kind
from review.model.pair import Impact, Pair
from review.model.resource import Resource
from review.model.rules import rules
from review.model.values import text
from review.read.cloudformation import Application

_PROGRAM = Path(__file__).with_suffix(".mjs")
_IMPACTS = {
    "WILL_REPLACE": Kind.REPLACED,
    "MAY_REPLACE": Kind.MAY_REPLACE,
    "WILL_DESTROY": Kind.REMOVED,
    "WILL_ORPHAN": Kind.REMOVED,
    "WILL_CREATE": Kind.ADDED,
}


class _ResourceImpact(TypedDict):
    """Impact on a resource, in words of the CDK's diff.

    Attributes:
        impact: one of ``_IMPACTS``, or another one that replaces nothing.
        properties: those that cause a replacement, with the impact of each.
        carried: whether a replacement in another stack causes it.
    """

    impact: str
    properties: Mapping[str, str]
    carried: bool


class _Answer(TypedDict):
    """Answer of ``cloudformation.mjs`` about one stack.

    Attributes:
        impacts: by logical id.
    """

    impacts: Mapping[str, _ResourceImpact]


def impacts(before: Application, after: Application, pairs: Sequence[Pair]) -> Mapping[Pair, Impact]:
    """Return CloudFormation's impact on each resource, as in the CDK's command line."""
    names = {pair.stack for pair in pairs if pair.edits or pair.before is None or pair.after is None}
    names |= {name for name in {pair.stack for pair in pairs} - names if _changed(before, after, name)}
    if not names & {*before.templates, *after.templates}:
        return {}
    # A replacement goes on to stacks that refer to it, so all of them are asked about.
    answers = _ask(
        {
            name: {"old": _template(before, name), "new": _template(after, name)}
            for name in {*before.templates, *after.templates}
        }
    )
    gone = set(_replaced(pairs, answers))
    renamed = {
        f"{pair.before.stack}:{pair.before.path}": f"{pair.after.stack}:{pair.after.path}"
        for pair in pairs
        if pair.before and pair.after
    }
    sides = Access(before.stacks, renamed), Access(after.stacks)
    return {
        pair: replace(_impact(pair, answers[pair.stack], gone, sides), narrower=narrows(pair, *sides))
        for pair in pairs
        if pair.stack in answers
    }


def _replaced(pairs: Sequence[Pair], answers: Mapping[str, _Answer]) -> Iterator[tuple[str, str]]:
    """Yield stack and path of what is another resource afterwards."""
    for pair in pairs:
        if pair.before and pair.after and pair.stack in answers:
            found = answers[pair.stack]["impacts"].get(pair.after.id)
            if pair.renamed or (found and found["impact"] == "WILL_REPLACE"):
                yield pair.stack, pair.after.path


def _changed(before: Application, after: Application, name: str) -> bool:
    return _bodies(before, name) != _bodies(after, name)


def _bodies(side: Application, name: str) -> Mapping[str, Json] | None:
    stack = side.templates.get(name)
    return {key: resource.body for key, resource in stack.resources.items()} if stack else None


def _template(side: Application, name: str) -> Json:
    template = side.templates.get(name)
    if template is None:
        return {}
    resources = {
        key: {name: value for name, value in resource.body.items() if name != "Metadata"}
        for key, resource in template.resources.items()
    }
    outputs = template.template.get("Outputs")
    written = outputs if isinstance(outputs, dict) else {}
    return {
        "Resources": resources,
        "Outputs": {key: value for key, value in written.items() if isinstance(value, dict)},
    }


def _ask(question: Json) -> Mapping[str, _Answer]:
    done = subprocess.run(  # noqa: S603 - our own program
        [str(Path(sys.executable).with_name("node")), str(_PROGRAM)],
        input=_json(question),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ReviewError(
            f"The CDK's diff cannot compare {done.stderr.strip()}. Look at its template in both assemblies."
        )
    answers: Mapping[str, _Answer] = json.loads(done.stdout)
    return answers


def _json(question: Json) -> str:
    """Return the question as JSON, which has no number like Infinity; Python reads and writes one."""
    stacks = []
    for name, sides in question.items():
        try:
            stacks.append(f"{json.dumps(name)}: {json.dumps(sides, allow_nan=False)}")
        except ValueError:
            raise ReviewError(
                f"The CDK's diff cannot compare stack {name}: it holds NaN or Infinity, which JSON does not have. Look"
                " at its template in both assemblies."
            ) from None
    return f"{{{', '.join(stacks)}}}"


def _impact(pair: Pair, answer: _Answer, gone: Set[tuple[str, str]], sides: tuple[Access, Access]) -> Impact:
    resource = pair.resource
    newly_allowed, newly_exposed = tuple(grants(pair, *sides)), tuple(exposures(pair, *sides))
    found = answer["impacts"].get(resource.id)
    if found is None:
        return Impact(Kind.CHANGED, {}, "", newly_allowed, newly_exposed)
    in_place = rules().in_place.get(resource.type, ())
    causes = {name: _IMPACTS[each] for name, each in found["properties"].items() if name not in in_place}
    kind = _IMPACTS.get(found["impact"], Kind.CHANGED)
    if kind is Kind.MAY_REPLACE and not causes:
        kind = Kind.CHANGED
    if kind is Kind.REPLACED and found["carried"]:
        kind = Kind.MAY_REPLACE
    own = {edit.path.partition(".")[0].partition("[")[0] for edit in pair.edits}
    followed = sorted(set(causes) - own)
    because = f"{' and '.join(followed)}: refers to {_what(resource, followed, gone)}" if followed else ""
    return Impact(kind, causes, because, newly_allowed, newly_exposed)


def _what(resource: Resource, names: Sequence[str], gone: Set[tuple[str, str]]) -> str:
    """Say which replaced resource some properties refer to."""
    written = " ".join(text(resource.settings.get(name)) for name in names)
    for stack, path in sorted(gone):
        name = path if stack == resource.stack else f"{stack}:{path}"
        if re.search(rf"\$\{{{re.escape(name)}[.}}]", written):
            return f"{stack}/{path}, which is replaced"
    return "something that is replaced"
