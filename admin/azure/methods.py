"""Methods of Resource Manager and of storage accounts, with their versions, by their ids in the REST reference."""

from collections.abc import Mapping
from pathlib import Path

import yaml

from admin.rest import GET, Method
from assembly.values import Json

HOST = "https://management.azure.com"
_FILE = Path(__file__).with_suffix(".yaml")
_ROWS: Mapping[str, Json] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def _url(row: Json) -> str:
    if "url" in row:
        return str(row["url"])
    query = f"&{row['query']}" if "query" in row else ""
    return f"{HOST}{row['path']}?api-version={row['version']}{query}"


METHODS: Mapping[str, Method] = {
    name: Method(row["verb"], _url(row), tuple(row["permissions"])) for name, row in _ROWS.items()
}
READING: Mapping[str, Method] = {
    name: method for name, method in METHODS.items() if method.verb == GET or _ROWS[name].get("reads")
}
