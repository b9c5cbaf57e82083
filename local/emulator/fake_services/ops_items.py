"""Fake OpsItems of Systems Manager: created, updated, found, and published as events, as far as a ticket needs it."""

import itertools
import json
import sys
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region

from local.emulator.fake_services.json_service import FakeService, ServiceError
from local.emulator.ministack_internals import LOADED_MODULES, PUT_EVENTS, STATE_MODULES
from local.emulator.schemas import Properties

_NAME = "ops_items"
_items: Any = AccountRegionScopedDict()
_FILTERED = {"Source": "Source", "Status": "Status", "Title": "Title", "OpsItemId": "OpsItemId"}


def _create(request: Properties) -> Properties:
    taken = set(_items.keys())
    name = next(name for number in itertools.count(1) if (name := f"oi-{number:012x}") not in taken)
    _items[name] = {**request, "OpsItemId": name, "Status": "Open"}
    _put_event("OpsItem Create", _items[name])
    arn = f"arn:aws:ssm:{get_region()}:{get_account_id()}:opsitem/{name}"
    return {"OpsItemId": name, "OpsItemArn": arn}


def _update(request: Properties) -> Properties:
    name = request["OpsItemId"]
    _items[name] = {**_found(name), **request}
    _put_event("OpsItem Update", _items[name])
    return {}


def _describe(request: Properties) -> Properties:
    found = list(_items.values())
    for condition in request.get("OpsItemFilters", []):
        if condition["Key"] not in _FILTERED or condition["Operator"] != "Equal":
            raise ServiceError("OpsItemInvalidParameterException", f"This filter is not known here: {condition}")
        found = [item for item in found if item.get(_FILTERED[condition["Key"]]) in condition["Values"]]
    return {"OpsItemSummaries": [{key: value for key, value in item.items() if key != "Description"} for item in found]}


def _found(name: str) -> Properties:
    if name not in _items:
        raise ServiceError("OpsItemNotFoundException", f"OpsItem {name} does not exist")
    return dict(_items[name])


def _put_event(detail_type: str, item: Properties) -> None:
    detail = {
        "ops-item-id": item["OpsItemId"],
        "title": item["Title"],
        "source": item["Source"],
        "status": item["Status"],
    }
    event = {"Source": "aws.ssm", "DetailType": detail_type, "Detail": json.dumps(detail)}
    PUT_EVENTS.value({"Entries": [event]}, allow_aws_source=True)


def install() -> None:
    """Answer the operations and save the items with the state. Called once, before the first request."""
    _OPS_ITEMS.install()
    STATE_MODULES.value[_NAME] = _NAME
    LOADED_MODULES.value[_NAME] = sys.modules[__name__]


def get_state() -> Properties:
    """Return the state that MiniStack saves; a name of MiniStack's contract for services."""
    return {"items": _items}


def load_persisted_state(state: Properties) -> None:
    """Restore what was saved; a name of MiniStack's contract for services."""
    _items.update(state["items"])


_OPS_ITEMS = FakeService(
    service="ssm",
    target="AmazonSSM",
    operations={
        "CreateOpsItem": _create,
        "UpdateOpsItem": _update,
        "GetOpsItem": lambda request: {"OpsItem": _found(request["OpsItemId"])},
        "DescribeOpsItems": _describe,
    },
)
