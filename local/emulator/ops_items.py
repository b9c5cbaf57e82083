"""OpsItems of Systems Manager: opened, found, closed, and told as events, as far as a ticket needs it."""

import itertools
import json
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region
from ministack.services import eventbridge

from local.emulator.answers import Answers, Refusal
from local.emulator.schemas import Properties

_items: Any = AccountRegionScopedDict()
_FILTERED = {"Source": "Source", "Status": "Status", "Title": "Title", "OpsItemId": "OpsItemId"}


def _create(request: Properties) -> Properties:
    taken = set(_items.keys())
    name = next(name for number in itertools.count(1) if (name := f"oi-{number:012x}") not in taken)
    _items[name] = {**request, "OpsItemId": name, "Status": "Open"}
    _tell("OpsItem Create", _items[name])
    arn = f"arn:aws:ssm:{get_region()}:{get_account_id()}:opsitem/{name}"
    return {"OpsItemId": name, "OpsItemArn": arn}


def _update(request: Properties) -> Properties:
    name = request["OpsItemId"]
    _items[name] = {**_found(name), **request}
    _tell("OpsItem Update", _items[name])
    return {}


def _describe(request: Properties) -> Properties:
    found = list(_items.values())
    for condition in request.get("OpsItemFilters", []):
        if condition["Key"] not in _FILTERED or condition["Operator"] != "Equal":
            raise Refusal("OpsItemInvalidParameterException", f"This filter is not known here: {condition}")
        found = [item for item in found if item.get(_FILTERED[condition["Key"]]) in condition["Values"]]
    return {"OpsItemSummaries": [{key: value for key, value in item.items() if key != "Description"} for item in found]}


def _found(name: str) -> Properties:
    if name not in _items:
        raise Refusal("OpsItemNotFoundException", f"OpsItem {name} does not exist")
    return dict(_items[name])


def _tell(what: str, item: Properties) -> None:
    detail = {
        "ops-item-id": item["OpsItemId"],
        "title": item["Title"],
        "source": item["Source"],
        "status": item["Status"],
    }
    event = {"Source": "aws.ssm", "DetailType": what, "Detail": json.dumps(detail)}
    eventbridge._put_events({"Entries": [event]}, allow_aws_source=True)


def get_state() -> Properties:
    """Return what MiniStack shall keep on disk."""
    return {"items": _items}


def load_persisted_state(state: Properties) -> None:
    """Take back what was kept."""
    _items._data.update(state["items"]._data)


OPS_ITEMS = Answers(
    service="ssm",
    target="AmazonSSM",
    operations={
        "CreateOpsItem": _create,
        "UpdateOpsItem": _update,
        "GetOpsItem": lambda request: {"OpsItem": _found(request["OpsItemId"])},
        "DescribeOpsItems": _describe,
    },
)
