"""Fast import of CDKTF's prebuilt providers.

A provider's package holds a module per resource type, more than a thousand, and reads all of them as soon as one is
imported: once in Python, and once more in node, where jsii keeps the classes that Python's stand for. A stack needs a
few dozen. Both halves are kept from reading the rest:

- *Python.* A module object that is in ``sys.modules`` is not imported again, so one that only knows where its
  submodules lie takes the package's place: ``from package.thing import Thing`` works as usual, and
  ``package/__init__.py`` never runs. jsii's own assembly is loaded by ``package/_jsii``, which each submodule imports.
- *node.* A hook, ``providers.cjs`` beside this file, makes the package's index read a resource type when it is first
  named. ``NODE_OPTIONS`` carries it to the node that jsii starts, so this must run before anything of jsii is imported;
  when it runs later, node reads everything, which costs only time.

The synthesized output is the same, byte by byte.
"""

import json
import os
import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path

from errors import GoodiesError

_NODE_HALF = Path(__file__).with_suffix(".cjs")


class ProviderPackageError(GoodiesError, ImportError):
    """A provider's package is missing, or is not laid out as the fast import expects."""


def import_lazily(package: str) -> None:
    """Make the modules of a provider's package load one by one; call it before the first of them is imported.

    Raises:
        ProviderPackageError: when the package is not installed, was imported already in the ordinary way, or has
            another layout than a prebuilt provider.
    """
    if package in sys.modules:
        raise ProviderPackageError(f"{package} is imported already; constructs_lib must be imported before it")
    spec = find_spec(package)
    if spec is None:
        raise ProviderPackageError(f"{package} is not installed; run `make setup`")
    folders = spec.submodule_search_locations or []
    if not any(Path(folder, "_jsii", "__init__.py").exists() for folder in folders):
        raise ProviderPackageError(
            f"{package} is no prebuilt provider as known here: it has no package _jsii. See constructs_lib/providers.py"
        )
    sys.modules[package] = module_from_spec(spec)
    _hook_node()


def _hook_node() -> None:
    options = os.environ.get("NODE_OPTIONS", "")
    hook = f"--require={json.dumps(str(_NODE_HALF), ensure_ascii=False)}"
    if hook not in options:
        os.environ["NODE_OPTIONS"] = f"{options} {hook}".strip()
