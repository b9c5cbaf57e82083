"""Functions of CloudFront, which run in a process of their own, with the code that is deployed."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from local.body.children import Child, ChildProgram, Children
from local.body.envoy import Message, endpoint, filter_of, http_options, typed
from local.body.ports import Ports, listens
from local.proxy.files import write

CLUSTER = "functions"
_NAME = "functions"
_PROGRAM = Path(__file__).with_name("edge_functions.js")
_FILTER = Path(__file__).with_name("edge_function.lua")
_IDLE_SECONDS = 60.0


class EdgeFunctions:
    """Process of functions. It does not run while there is none.

    Args:
        children: of the body.
        ports: of the body.
        folder: where the functions' code is put.
    """

    def __init__(self, children: Children, ports: Ports, folder: Path) -> None:
        self._children = children
        self._ports = ports
        self._folder = folder
        self._child: Child | None = None
        self._codes: Mapping[str, str] = {}

    @property
    def ready(self) -> bool:
        """True once it serves, or where there is no function."""
        return not self._codes or (self._child is not None and self._child.ready)

    @property
    def problem(self) -> str:
        """Reason why it does not run; empty while nothing keeps it from that."""
        if self._codes and not self._child:
            return "Functions of CloudFront need Node.js, and there is no `node` on the PATH"
        return self._child.problem if self._child else ""

    def run(self, codes: Mapping[str, str]) -> None:
        """Have functions by their names, and no others."""
        if codes != self._codes:
            self._folder.mkdir(exist_ok=True)
            for name, code in codes.items():
                write(self._folder / name, code.encode())
            self._codes = codes
        if not codes:
            self.stop()
        elif not self._child and (node := shutil.which("node")):
            self._child = self._children.start(self._program(node))

    def stop(self) -> None:
        """End it, and wait until it is gone."""
        if self._child:
            self._children.remove(self._child)
            self._child = None

    def cluster(self) -> Message:
        """Return the cluster of the process."""
        port = self._ports.port(_NAME)
        return {
            "name": CLUSTER,
            "type": "STATIC",
            "connect_timeout": "1s",
            "load_assignment": {"cluster_name": CLUSTER, **endpoint(port)},
            "typed_extension_protocol_options": http_options(_IDLE_SECONDS),
        }

    def _program(self, node: str) -> ChildProgram:
        port = self._ports.port(_NAME)
        return ChildProgram(
            name=_NAME,
            command=[node, str(_PROGRAM), str(self._folder), str(port)],
            environment={"PATH": os.defpath},
            folder=self._folder,
            ready=lambda: listens(port),
        )


def function_filter() -> Message:
    """Return the filter that runs a function, where a route names one."""
    return filter_of("function", "envoy.extensions.filters.http.lua.v3.Lua")


def function_of_route(name: str) -> Message:
    """Return the configuration of that filter for a route."""
    code = f"local FUNCTION = {json.dumps('/' + name)}\n{_FILTER.read_text()}"
    return typed("envoy.extensions.filters.http.lua.v3.LuaPerRoute", source_code={"inline_string": code})
