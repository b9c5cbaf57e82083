"""``python -m tools.architecture``: draw an environment into the documents, or see whether they are current."""

from pathlib import Path
from typing import Annotated

import typer

from tools.architecture.arrows import Arrows
from tools.architecture.boxes import boxes
from tools.architecture.mermaid import flowchart
from tools.architecture.page import NoMarkersError, holding_picture, with_picture
from tools.assembly import Assembly, NoAssemblyError

_ROOT = Path(__file__).resolve().parents[2]


def draw(folder: Path, environment: str = "GoodiesProd") -> str:
    """Return the picture of an environment in an assembly, as Mermaid."""
    assembly = Assembly(folder)
    # Where its images come from belongs to the picture.
    resources = [*assembly.of_environment("GoodiesDelivery"), *assembly.of_environment(environment)]
    drawn = boxes(resources)
    return flowchart(drawn, Arrows(assembly, resources, drawn).all())


def main(
    app: Annotated[Path, typer.Option(help="The folder with the synthesized output.")] = _ROOT / "cdk.out",
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a document is not current.")] = False,
) -> None:
    """Draw production as its templates describe it."""
    try:
        picture = draw(app)
        for file in holding_picture(_ROOT):
            document = file.read_text()
            current = with_picture(document, picture, file.name)
            if check and current != document:
                raise SystemExit(f"{file} does not show what is deployed; run `make architecture`")
            if not check:
                file.write_text(current)
    except (NoAssemblyError, NoMarkersError) as problem:
        raise SystemExit(str(problem)) from None


if __name__ == "__main__":
    typer.run(main)
