"""The fast import of CDKTF's prebuilt providers.

A provider's package imports all of its modules, one per resource type and more than a thousand, as soon as anything in
it is imported: seconds, of which a stack needs a few dozen modules. A module object that is in ``sys.modules`` is not
imported again, so one that only knows where its submodules lie takes the package's place: ``from package.thing import
Thing`` works as usual, and ``package/__init__.py`` never runs. jsii's own assembly is loaded by ``package/_jsii``,
which each submodule imports.
"""

import sys
from importlib.util import find_spec, module_from_spec
from pathlib import Path


class ProviderPackageError(ImportError):
    """A provider's package is missing, or is not laid out as the fast import expects."""


def import_lazily(package: str) -> None:
    """Let the submodules of a provider's package be imported one by one; call it before the first of them.

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
