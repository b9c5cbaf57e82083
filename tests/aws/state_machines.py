"""Interpreter of synthesized JSONata state machines; a test gives the answers instead of AWS."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonata

from assembly.values import Json
from tests.aws.resources import Resource

STARTED = "2026-11-05T06:00:00.000Z"
_LONGEST_RUN = 200


@dataclass
class Run:
    """Result of a run of a state machine.

    Attributes:
        calls: the arguments of each call, by ``service:action``, in their order.
        output: of the last state.
        error: name of the error that it failed with; empty where it succeeded.
    """

    calls: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    output: Json = None
    error: str = ""


def run(state_machine: Resource, given: Json, answers: Mapping[str, list[Any]]) -> Run:
    """Run a state machine; each call takes the next answer to it, and the last one again from then on."""
    definition = json.loads(state_machine["DefinitionString"])
    states, name = definition["States"], definition["StartAt"]
    done, variables, value = Run(), dict[str, Json](), given
    for _ in range(_LONGEST_RUN):
        state = states[name]
        scope = {"states": {"input": value, "context": {"Execution": {"StartTime": STARTED}}}, **variables}
        if state["Type"] == "Task":
            call = state["Resource"].rpartition("aws-sdk:")[2]
            done.calls[call].append(_evaluate(state["Arguments"], scope))
            left = answers.get(call, [{}])
            scope["states"]["result"] = left.pop(0) if len(left) > 1 else left[0]
        default = scope["states"].get("result", value)
        output = _evaluate(state["Output"], scope) if "Output" in state else default
        variables |= _evaluate(state.get("Assign", {}), scope)
        if state["Type"] == "Choice":
            matching = (choice["Next"] for choice in state["Choices"] if _evaluate(choice["Condition"], scope) is True)
            name = next(matching, state["Default"])
        elif state["Type"] == "Fail":
            done.error = state["Error"]
            return done
        elif state.get("End") or state["Type"] == "Succeed":
            done.output = output
            return done
        else:
            name = state["Next"]
        value = output
    raise AssertionError(f"{state_machine} does not end")


def _evaluate(value: Json, scope: dict[str, Json]) -> Json:
    if isinstance(value, dict):
        return {key: _evaluate(item, scope) for key, item in value.items()}
    if isinstance(value, list):
        return [_evaluate(item, scope) for item in value]
    if isinstance(value, str) and value.startswith("{%"):
        # A function that Step Functions adds to JSONata.
        text = value.removeprefix("{%").removesuffix("%}").strip().replace("$uuid()", "'a-uuid'")
        expression = jsonata.Jsonata(text)
        frame = expression.create_frame()
        for name, bound in scope.items():
            frame.bind(name, bound)
        found = expression.evaluate(None, frame)
        # "Transforming data with JSONata in Step Functions", developer guide: it fails the execution.
        assert found is not None, f"{value} yields nothing, which Step Functions refuses"
        return found
    return value
