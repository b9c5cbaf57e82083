"""Settings of an application: those that its CLI writes beside the stacks, and the files that it was made from."""

from collections.abc import Mapping
from pathlib import Path

from assembly.files import read_object
from assembly.values import Json
from review.model.noise import without_noise
from review.model.resource import Resource

# Beside the manifest: the command of the application, and what else it was made from besides the code.
SOURCES = "sources.json"


def application(cloud: str, name: str, folder: Path, manifest: Mapping[str, Json]) -> Resource:
    """Return the own settings of the application of a side, as a resource without a path.

    Args:
        cloud: that it deploys to.
        name: of the file that its CLI reads: ``cdk.json``.
        folder: that the CLI wrote.
        manifest: of the folder, without its stacks.
    """
    sources = folder / SOURCES
    read = {"Sources": without_noise("sources", read_object(sources))} if sources.exists() else {}
    return Resource(cloud, "shared", name, "", "application", "", {"Manifest": manifest, **read})
