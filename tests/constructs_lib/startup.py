"""Import obstacles for app.py in tests, installed before its first line: Python runs ``sitecustomize`` at start."""

from pathlib import Path

# Every provider's package is read in the ordinary way, as if the fast import had never been written.
STOCK_IMPORT = """
import sys, types
stock = types.ModuleType("constructs_lib.providers")
stock.ProviderPackageError = ImportError
stock.import_lazily = lambda package: None
sys.modules[stock.__name__] = stock
"""

# What Python and node have read by the time that they end, a line each, in the folder of this file.
NOTES = """
import atexit, os, pathlib, sys
here = pathlib.Path(__file__).parent
os.environ["NODE_OPTIONS"] = f'--require="{here}/notes.cjs"'
atexit.register(lambda: (here / "python.txt").write_text("\\n".join(sys.modules)))
"""
_NODE_NOTES = """
const { appendFileSync } = require("node:fs");
const { join } = require("node:path");
process.on("exit", () => appendFileSync(join(__dirname, "node.txt"), Object.keys(require.cache).join("\\n") + "\\n"));
"""


def without(package: str) -> str:
    """Return what hides an installed package."""
    return f"""
from importlib.machinery import PathFinder
find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == {package!r} else find(name, *rest)
"""


def beginning_with(code: str, folder: Path) -> str:
    """Return the PYTHONPATH that makes Python begin with some code."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(code)
    (folder / "notes.cjs").write_text(_NODE_NOTES)
    return str(folder)
