"""The CloudFront function, run by Node, and the address that the service then takes for the client's."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.synthesis import CHECKOUT

PROGRAM = CHECKOUT / "operations" / "viewer_address.js"
VIEWER, CDN = "203.0.113.7", "130.176.1.2"


def run_function(headers: dict[str, str], folder: Path) -> dict[str, str]:
    """Return the headers of a viewer's request after the function, by name."""
    event = {
        "viewer": {"ip": VIEWER},
        "request": {"headers": {name: {"value": value} for name, value in headers.items()}},
    }
    script = folder / "run.js"
    script.write_text(f"{PROGRAM.read_text()}\nconsole.log(JSON.stringify(handler({json.dumps(event)}).headers));\n")
    ended = subprocess.run(["node", str(script)], capture_output=True, text=True, check=True)
    return {name: header["value"] for name, header in json.loads(ended.stdout).items()}


def client_of(forwarded: str) -> str:
    """Return the client, as the service's limit of failed logins reads it: the first entry (FunkyGibbon, app.py)."""
    return forwarded.split(",", maxsplit=1)[0].strip()


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("sent", [{}, {"x-forwarded-for": "10.0.0.1"}, {"x-forwarded-for": "10.0.0.1, 198.51.100.9"}])
@pytest.mark.parametrize("added_by_the_cdn", ["", f", {VIEWER}"])
@pytest.mark.parametrize("added_by_the_load_balancer", ["", f", {CDN}"])
def test_no_header_of_the_viewer_names_another_client(
    sent: dict[str, str], added_by_the_cdn: str, added_by_the_load_balancer: str, tmp_path: Path
) -> None:
    headers = run_function({"accept": "*/*", **sent}, tmp_path)
    assert client_of(headers["x-forwarded-for"] + added_by_the_cdn + added_by_the_load_balancer) == VIEWER
    assert headers["accept"] == "*/*"
