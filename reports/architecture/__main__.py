"""``python -m reports.architecture``: draw an environment into the documents, or see whether they are current."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from assembly import open_assembly
from assembly.errors import AssemblyError
from reports.architecture import gcp
from reports.architecture.arrows import Arrows
from reports.architecture.boxes import boxes
from reports.architecture.mermaid import flowchart
from reports.architecture.page import BEGIN_GCP, NoMarkersError, holding_picture, with_picture

_ROOT = Path(__file__).resolve().parents[2]


def draw(folder: Path, environment: str = "GoodiesProd") -> str:
    """Return the picture of an environment in an assembly, as Mermaid."""
    assembly = open_assembly(folder)
    # Where its images come from belongs to the picture.
    resources = [
        resource
        for name in ("GoodiesDelivery", environment)
        for resource in assembly.resources.values()
        if resource.stack.split("-")[0] == name
    ]
    drawn = boxes(resources)
    return flowchart(drawn, Arrows(assembly, resources, drawn).all())


def documents(app: Path, terraform: Path) -> Iterator[tuple[Path, str]]:
    """Yield each document that shows production, and what it is to say.

    Raises:
        AssemblyError: a folder holds no synthesized output.
        NoMarkersError: a document has no place for a picture.
    """
    picture = draw(app)
    on_gcp = gcp.draw(open_assembly(terraform).stack("gcp-prod"))
    for file in holding_picture(_ROOT):
        current = with_picture(file.read_text(), picture, file.name)
        yield file, with_picture(current, on_gcp, file.name, BEGIN_GCP) if BEGIN_GCP in current else current


def main(
    app: Annotated[Path, typer.Option(help="The folder with AWS's synthesized output.")] = _ROOT / "cdk.out",
    terraform: Annotated[Path, typer.Option(help="The folder with Google Cloud's.")] = _ROOT / "cdktf.out",
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a document is not current.")] = False,
) -> None:
    """Draw production as its templates describe it."""
    try:
        for file, current in documents(app, terraform):
            if check and current != file.read_text():
                raise SystemExit(f"{file} does not show what is deployed; run `make architecture`")
            if not check:
                file.write_text(current)
    except (AssemblyError, NoMarkersError) as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    typer.run(main)
