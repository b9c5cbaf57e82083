"""``python -m reports.parity``: write docs/parity.md, and name what differs."""

from pathlib import Path

from assembly import cloudformation, terraform
from reports.parity import differences, page

_ROOT = Path(__file__).parents[2]
PAGE = _ROOT / "docs" / "parity.md"


def main() -> None:
    """Write the page.

    Raises:
        SystemExit: the clouds differ; the page is written all the same.
    """
    assemblies = {"AWS": cloudformation.read(_ROOT / "cdk.out"), "Google Cloud": terraform.read(_ROOT / "cdktf.out")}
    PAGE.write_text(page(assemblies), encoding="utf-8")
    if found := differences(assemblies):
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
