"""Damaged objects: each gets an answer in the API's own form, none ends in a failure of the emulator."""

import copy
import json
import random
from collections.abc import Iterator

import pytest

from assembly.values import Json
from tests.local.kubernetes.client import DEFINITION, DEFINITIONS, DEPLOYMENT, DEPLOYMENTS, SCALERS, Client, scaler

_SERVICE: Json = {"metadata": {"name": "api"}, "spec": {"ports": [{"port": 80}], "selector": {"app": "api"}}}
_POLICY: Json = {
    "metadata": {"name": "api"},
    "spec": {"podSelector": {"matchLabels": {"a": "b"}}, "egress": [{"ports": [{"port": 1}]}]},
}
_BINDING: Json = {
    "metadata": {"name": "api"},
    "roleRef": {"kind": "Role", "name": "a"},
    "subjects": [{"kind": "User", "name": "u"}],
}
_SOUND = (
    (DEPLOYMENTS, DEPLOYMENT),
    ("/api/v1/namespaces/default/services", _SERVICE),
    ("/apis/networking.k8s.io/v1/namespaces/default/networkpolicies", _POLICY),
    ("/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings", _BINDING),
    (DEFINITIONS, DEFINITION),
    (SCALERS, scaler(percent=5, free={"a": 1})),
)
_JUNK: tuple[Json, ...] = (None, 1, -1.5, "x", "", [], {}, [1], {"a": 1}, True, ["x"], [None], [{}], {"x": {}})
_PATCHES = ("merge-patch+json", "strategic-merge-patch+json", "json-patch+json", "apply-patch+yaml")


def places(value: Json, path: tuple[Json, ...] = ()) -> Iterator[tuple[Json, ...]]:
    yield path
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield from places(value[key], (*path, key))


def damaged(item: Json, draw: random.Random) -> Json:
    item = copy.deepcopy(item)
    *folders, last = draw.choice([path for path in places(item) if path])
    place = item
    for key in folders:
        place = place[key]
    if draw.random() < 0.2:
        del place[last]
    else:
        place[last] = copy.deepcopy(draw.choice(_JUNK))
    return item


@pytest.mark.parametrize("seed", range(6))
def test_damage_is_answered(client: Client, seed: int) -> None:
    draw = random.Random(seed)
    client.post(DEFINITIONS, DEFINITION)
    for _ in range(60):
        path, sound = draw.choice(_SOUND)
        body = json.dumps(damaged(sound, draw)).encode()
        place = f"{path}/{sound['metadata']['name']}"
        media_type = f"application/{draw.choice(_PATCHES)}"
        for method, target, kind in (
            ("POST", path, "application/json"),
            ("PATCH", f"{place}?fieldManager=tool", media_type),
            ("PUT", place, "application/json"),
            ("GET", f"{place}/scale", "application/json"),
            ("DELETE", place, "application/json"),
        ):
            answer = client.send(method, target, body, content_type=kind)
            content = json.loads(answer.body)
            assert (content["kind"] == "Status") == (answer.status >= 400 or method == "DELETE")
        if path != DEFINITIONS:
            client.get("/apis")


def test_sound_objects_pass(client: Client) -> None:
    client.post(DEFINITIONS, DEFINITION)
    for path, sound in _SOUND:
        client.call("PUT" if path == DEFINITIONS else "POST", *_request(client, path, sound))


def _request(client: Client, path: str, sound: Json) -> tuple[str, Json]:
    if path != DEFINITIONS:
        return path, sound
    place = f"{path}/{sound['metadata']['name']}"
    return place, client.get(place)
