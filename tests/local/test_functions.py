"""Start of Python functions on the embedded cloud: deployed host names, and the body's authority."""

import json
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from local.body.endpoints import Endpoints, Protocol, authority
from local.body.ports import LOOPBACK, Ports
from local.environment import FUNCTIONS

HOST = "goodies-prod.1.us-east-1.rds.amazonaws.com"
_CODE = f"""
import os, socket, ssl
raw = socket.create_connection(({HOST!r}, 5432), timeout=60)
context = ssl.create_default_context(cafile=os.environ["OTHER"])
context.wrap_socket(raw, server_hostname={HOST!r}).sendall(b"here")
"""


def run(directory: Path, **environment: str) -> int:
    other = directory / "other"
    other.mkdir(exist_ok=True)
    given = {
        "OTHER": str(authority(other).certificate),
        "PYTHONPATH": str(FUNCTIONS),
        "EMBEDDED_ADDRESSES": str(directory / "addresses.json"),
        "EMBEDDED_AUTHORITY": str(directory / "certificates" / "authority.pem"),
        **environment,
    }
    return subprocess.run([sys.executable, "-c", _CODE], env=given, stderr=subprocess.DEVNULL, check=False).returncode


def test_a_function_reaches_and_trusts_what_the_body_serves(tmp_path: Path) -> None:
    endpoints = Endpoints(Ports(tmp_path / "ports.json"), authority(tmp_path))
    endpoint = endpoints.open("it", host=HOST, protocol=Protocol.PLAIN, require_tls=True)
    (tmp_path / "addresses.json").write_text(json.dumps({f"{HOST}:5432": (LOOPBACK, endpoint.address.port)}))
    with socket.create_server((LOOPBACK, 0)) as server:
        endpoints.switch(endpoint, type(endpoint.address)(server.getsockname()[1]))
        assert run(tmp_path, AWS_LAMBDA_FUNCTION_NAME="rotation") == 0
        with closing(server.accept()[0]) as accepted:
            assert accepted.recv(100) == b"here"
        assert run(tmp_path) != 0
    endpoints.stop()
