"""A seeded draw of damaged requests, over all methods that providers call.

All are refused for what was damaged, in the API's own form.

Each is sent where its undamaged original is sent next, which passes.
"""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from local.gcp.iam.caller import Caller
from local.gcp.iam.requests import needs
from local.gcp.rest.apis import find
from local.gcp.rest.calls import Cloud
from local.gcp.rest.errors import _CODES
from local.gcp.rest.forms import forms
from local.proxy.api import Request, Response
from tests.local.gcp.recorded.damage import CLUSTER, REASONS, Damage, damages, method_of
from tests.local.gcp.recorded.replay import Replay, ReplayError, Row, recording

_SEED = 16
_LEAST = 300
# The first requests to a method are damaged, and one in so many of the others.
_FIRST = 2
_AGAIN = 20
_NO_RIGHT = "missing right"
_SUCCESS = range(200, 300)


class _RolledBackError(Exception):
    """Ends a transaction without storing anything."""


@dataclass
class Draw:
    """Damaged requests that are sent in the course of a replay.

    Attributes:
        replay: in whose state they are sent.
        stop: the first fault ends it.
        source: decides which are drawn.
        seen: how many requests there were, by method.
        sent: how many were damaged, by method and kind of damage.
        faults: those that were not refused, or for another reason, or not in the API's form.
    """

    replay: Replay
    stop: bool = False
    source: random.Random = field(default_factory=lambda: random.Random(_SEED))
    seen: dict[str, int] = field(default_factory=dict)
    sent: dict[tuple[str, str], int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def before(self, row: Row, request: Request) -> None:
        """Send some damaged copies of a request that is sent next."""
        if row.status not in _SUCCESS:
            return
        method = method_of(request)
        self.seen[method] = self.seen.get(method, 0) + 1
        if self.seen[method] > _FIRST and self.source.randrange(_AGAIN):
            return
        found: dict[str, list[Damage]] = {}
        for damage in damages(request):
            found.setdefault(damage.kind, []).append(damage)
        if any(needs(request, self._cloud)):
            found[_NO_RIGHT] = [Damage(kind=_NO_RIGHT, where="the caller", make=lambda: request)]
        for kind, alike in found.items():
            self.sent[method, kind] = self.sent.get((method, kind), 0) + 1
            damage = self.source.choice(alike)
            reason = REASONS.get(kind) or "|".join(re.escape(each.permission) for each in needs(request, self._cloud))
            if fault := self._fault(damage.make(), reason, with_rights=kind != _NO_RIGHT):
                self.faults.append(f"{method}: {kind} at {damage.where}: {fault}")
                if self.stop:
                    raise ReplayError(self.faults[-1])

    @property
    def _cloud(self) -> Cloud:
        return Cloud(self.replay.store)

    def _fault(self, request: Request, reason: str, *, with_rights: bool) -> str:
        try:
            response = self._answer(request, with_rights=with_rights)
        except Exception as error:
            return f"fails with {error!r}"
        if response.status in _SUCCESS:
            return f"passes with {response.status}"
        answer = response.body.decode()
        if "The embedded Google Cloud" in answer or not re.search(reason, answer):
            return f"is refused for another reason: {answer[:300]}"
        return fault_of_form(request, response)

    def _answer(self, request: Request, *, with_rights: bool) -> Response:
        response = Response()
        try:
            with self.replay.store.transaction():
                if not with_rights:
                    Caller(self.replay.store).turn({"roles": ""})
                response = next(each for each in self.replay.apis if each.serves(request.host)).answer(request)
                raise _RolledBackError  # noqa: TRY301 - nothing of it is stored
        except _RolledBackError:
            return response


def fault_of_form(request: Request, response: Response) -> str:
    """Return what is wrong with the form of a refusal; empty where it is the API's own."""
    answer: Any = json.loads(response.body)
    if request.host.endswith(CLUSTER):
        wanted = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": response.status}
        right = wanted.items() <= answer.items() and answer["message"] and answer["reason"]
        return "" if right else f"no Status: {answer}"
    error = answer.get("error", {})
    found = find(request)
    style = forms()[found[0].kind.form].style if found else "status"
    if error.get("code") != response.status or not error.get("message"):
        return f"neither code nor message: {answer}"
    if style != "status" and not error.get("errors", [{}])[0].get("reason"):
        return f"no reason: {answer}"
    if style != "older" and error.get("status") not in _CODES:
        return f"no status: {answer}"
    return ""


@pytest.fixture(scope="module")
def draw(synthesized: Mapping[str, Mapping[str, Any]]) -> Draw:
    """The draw, made."""
    made = Draw(Replay(synthesized))
    made.replay.run(recording(), before=made.before)
    return made


def test_every_damaged_request_is_refused_for_its_damage_in_the_form_of_its_api(draw: Draw) -> None:
    assert draw.faults == []


def test_the_draw_is_of_all_methods_in_use(draw: Draw) -> None:
    assert sum(draw.sent.values()) >= _LEAST
    damaged = {method for method, _ in draw.sent}
    replay = Replay(draw.replay.stacks)
    replay.bindings = draw.replay.bindings
    used = {method_of(replay.request(row)) for row in recording() if row.status in _SUCCESS}
    assert sorted(used - damaged) == []
