"""Entities of a smart home as bodies of requests, with the rules for web sites that take them for attacks."""

import base64
import json
import random
from functools import cache
from typing import Any

import yaml

from tests.synthesis import CHECKOUT

FILE = CHECKOUT / "tests" / "data" / "smart_home.yaml"


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return data


def entities() -> list[dict[str, Any]]:
    """Return the entities: name, type, content, and the rules that their bodies match."""
    return list(_data()["entities"])


def addresses() -> list[str]:
    """Return paths and queries of requests that the client makes; no rule may match them."""
    return list(_data()["addresses"])


def body(entity: dict[str, Any]) -> bytes:
    """Return the body of the request that writes an entity."""
    content = dict(entity["content"])
    if size := entity.get("photo_bytes"):
        content["photo"] = base64.b64encode(random.Random(0).randbytes(size)).decode()
    return json.dumps({"entity_type": entity["type"], "name": entity["name"], "content": content}).encode()
