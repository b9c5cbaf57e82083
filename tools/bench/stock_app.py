"""app.py as it is, but for the fast import: every provider's package is read as CDKTF reads it."""

import runpy
import sys
from pathlib import Path
from types import ModuleType

stock = ModuleType("constructs_lib.providers")
stock.__dict__.update(ProviderPackageError=ImportError, import_lazily=lambda _: None)
sys.modules[stock.__name__] = stock
sys.path[0] = str(Path.cwd())
runpy.run_path("app.py", run_name="__main__")
