"""``python -m reports.parity``: write docs/parity.md, and name what differs."""

from pathlib import Path

from assembly import open_assembly
from reports.parity import differences, page

_ROOT = Path(__file__).parents[2]
PAGE = _ROOT / "docs" / "parity.md"


def main() -> None:
    """Write the page.

    Raises:
        SystemExit: the clouds differ; the page is written all the same.
    """
    folders = {"AWS": _ROOT / "cdk.out", "Google Cloud": _ROOT / "cdktf.out"}
    assemblies = {cloud: open_assembly(folder).stacks for cloud, folder in folders.items()}
    PAGE.write_text(page(assemblies), encoding="utf-8")
    if found := differences(assemblies):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
