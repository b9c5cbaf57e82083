"""Runs a workflow of Google Cloud as far as the ones here need: its steps are read as they are deployed.

The syntax is "Syntax reference", Workflows documentation. Expressions are close enough to Python to be evaluated as it.
A step, a function or an argument that is not known here fails the test.
"""

import base64
import copy
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import yaml

from assembly.values import Json

_KEYS = {
    *("assign", "switch", "condition", "call", "args", "result", "for", "return", "next", "raise"),
    *("try", "retry", "except"),
}
Call = Callable[[Mapping[str, Json]], Json]


class _Map(dict[str, Json]):
    """A map whose keys are members, too."""

    def __getattribute__(self, name: str) -> Json:
        # A key such as "items" before the method of that name.
        return self[name] if dict.__contains__(self, name) else super().__getattribute__(name)


class CallError(Exception):
    """Error that a call raises, such as ``CallError({"code": 409})``, and that a workflow may catch."""

    def __init__(self, content: Json) -> None:
        super().__init__(content)
        self.content = content


class _Returned(Exception):
    def __init__(self, value: Json) -> None:
        super().__init__()
        self.value = value


def _maps(value: Json) -> Json:
    match value:
        case dict():
            return _Map({key: _maps(item) for key, item in value.items()})
        case list():
            return [_maps(item) for item in value]
    return value


def _without(map_: Mapping[str, Json], key: str) -> Json:
    return _maps({name: item for name, item in map_.items() if name != key})


@dataclass(frozen=True)
class Workflow:
    """A workflow, and the world that it runs in.

    Attributes:
        source: its steps.
        variables: what ``sys.get_env`` answers.
        calls: what answers its calls, by name.
        now: the time, in seconds since 1970.
        sizes: bytes of all its variables, after each step of a run.
    """

    source: str
    variables: Mapping[str, str]
    calls: Mapping[str, Call]
    now: float
    sizes: list[int] = field(default_factory=list)

    def run(self, event: Json = None) -> Json:
        """Run it on an event and return what it returns."""
        return self._run("main", event)

    def _run(self, name: str, event: Json) -> Json:
        workflow = self._workflows[name]
        given = dict.fromkeys(workflow.get("params", ()), _maps(event)) if name == "main" else dict(event)
        try:
            self._steps(workflow["steps"], given)
        except _Returned as returned:
            return returned.value
        return None

    @property
    def _workflows(self) -> Mapping[str, Json]:
        found: Mapping[str, Json] = yaml.safe_load(self.source)
        return found

    def _steps(self, steps: Sequence[Mapping[str, Json]], known: dict[str, Json]) -> None:
        named = [item for each in steps for item in each.items()]
        place = 0
        while place < len(named):
            following = self._step(named[place][1], known)
            self.sizes.append(len(repr(known).encode()))
            place = [name for name, _ in named].index(following) if following else place + 1

    def _step(self, step: Mapping[str, Json], known: dict[str, Json]) -> str | None:
        """Run a step, and return the name of the next one if it is not the one below."""
        assert set(step) <= _KEYS, f"not known here: {set(step) - _KEYS}"
        if "except" in step:
            return self._catch(step["try"], step["except"], known)
        # What is tried again succeeds at once here.
        step = step.get("try", step)
        match step:
            case {"assign": assignments}:
                for assignment in assignments:
                    for path, value in assignment.items():
                        self._assign(path, self._value(value, known), known)
            case {"switch": cases}:
                return self._step(next((case for case in cases if self._value(case["condition"], known)), {}), known)
            case {"call": name, "args": arguments}:
                known[step.get("result", "")] = self._call(name, self._value(arguments, known))
                known.pop("", None)
            case {"for": {"value": name, "in": items, "steps": steps}}:
                for item in self._value(items, known):
                    self._scope({name: item}, steps, known)
            case {"return": value} | {"raise": value}:
                end = _Returned if "return" in step else CallError
                raise end(self._value(value, known))
        following: str | None = step.get("next")
        return following

    def _call(self, name: str, arguments: Mapping[str, Json]) -> Json:
        call = self.calls.get(name) or (lambda given: self._run(name, given))
        return _maps(call(arguments))

    def _catch(self, tried: Mapping[str, Json], handler: Mapping[str, Json], known: dict[str, Json]) -> str | None:
        try:
            return self._step(tried, known)
        except CallError as error:
            self._scope({handler["as"]: _maps(error.content)}, handler["steps"], known)
            return None

    def _scope(self, given: Mapping[str, Json], steps: Sequence[Mapping[str, Json]], known: dict[str, Json]) -> None:
        """Run steps that see a variable more. What was not there before is forgotten after them."""
        inner = {**known, **given}
        self._steps(steps, inner)
        known.update({key: inner[key] for key in known})

    def _assign(self, path: str, value: Json, known: dict[str, Json]) -> None:
        *above, last = (quoted or name for quoted, name in re.findall(r'"([^"]+)"|([A-Za-z_]\w*)', path))
        target: dict[str, Json] = known
        for name in above:
            target = target[name]
        target[last] = copy.deepcopy(value)

    def _value(self, value: Json, known: Mapping[str, Json]) -> Json:
        match value:
            case str() if expression := re.fullmatch(r"\$\{(.*)\}", value, re.DOTALL):
                return eval(expression[1], {"__builtins__": {}}, {**self._functions(), **known})
            case dict():
                return _Map({key: self._value(item, known) for key, item in value.items()})
            case list():
                return [self._value(item, known) for item in value]
        return value

    def _functions(self) -> dict[str, Json]:
        return {
            "null": None,
            "int": int,
            "string": str,
            "len": len,
            "default": lambda value, fallback: fallback if value is None else value,
            "list": SimpleNamespace(concat=lambda items, item: [*items, item]),
            "http": SimpleNamespace(default_retry=None),
            "json": SimpleNamespace(decode=lambda data: _maps(json.loads(data))),
            "base64": SimpleNamespace(decode=base64.b64decode),
            "sys": SimpleNamespace(get_env=self.variables.__getitem__, now=lambda: self.now),
            "time": SimpleNamespace(
                parse=lambda text: datetime.fromisoformat(text).timestamp(),
                format=lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat(),
            ),
            "text": SimpleNamespace(
                match_regex=lambda text, pattern: bool(re.search(pattern, text)),
                substring=lambda text, start, end: text[start:end],
            ),
            "map": SimpleNamespace(delete=_without, get=lambda map_, key: map_.get(key)),
        }
