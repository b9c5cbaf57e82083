"""Generated pictures of the architecture, on both clouds."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assembly import open_assembly
from assembly.errors import AssemblyError
from assembly.revisions import CHECKOUT
from assembly.values import Json, at
from reports.architecture import gcp
from reports.architecture.aws import draw
from reports.architecture.render import MARKERS, render
from reports.markers import NoMarkersError
from reports.registry import REPORTS


@pytest.fixture(scope="session")
def picture(assembly_folder: Path) -> str:
    return draw(assembly_folder, "prod")


def arrow(picture: str, start: str, end: str) -> str:
    """Return the label of the arrow between two boxes."""
    found = [line for line in picture.splitlines() if line.strip().startswith(start) and line.endswith(end)]
    assert len(found) == 1, f"{len(found)} arrows lead from {start} to {end}"
    return found[0].partition("-->|")[2].partition("| ")[0]


@pytest.mark.plan("IMP-11")
def test_the_documents_show_what_is_deployed(assembly_folder: Path, gcp_folder: Path) -> None:
    folders = {"aws": assembly_folder, "gcp": gcp_folder}
    documents = REPORTS["architecture"].render(folders.__getitem__).documents
    assert "docs/architecture.md" in documents
    for name, current in documents.items():
        assert (CHECKOUT / name).read_text() == current, f"{name} is old; run `make architecture`"


def unreferred(properties: Json) -> Json:
    return json.loads(re.sub(r"\b(google|kubernetes|helm)_\w+\.", "", json.dumps(properties)))


@pytest.mark.parametrize(
    "line",
    [
        "clients -->|HTTPS| Edge",
        "Edge -->|HTTP| Service",
        "Service -->|port 5432| Database",
        "Service -->|TLS| Cache",
        "Service -->|reads| Secrets",
        "Database -->|replication| Replica",
    ],
)
def test_google_cloud_is_drawn_as_it_is_connected(gcp_folder: Path, line: str) -> None:
    stack = open_assembly(gcp_folder).stack("gcp-prod")
    assert f"  {line}\n" in gcp.draw(stack)
    resources = {key: replace(each, properties=unreferred(each.properties)) for key, each in stack.resources.items()}
    apart = replace(stack, resources=resources)
    assert "-->" not in gcp.draw(apart).replace("clients -->", "")


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ("clients", "GoodiesProd_Edge_Edge_Cdn", "HTTPS"),
        ("GoodiesProd_Edge_Edge_Cdn", "GoodiesProd_Service_Entrance_Balancer", "origin"),
        ("GoodiesProd_Service_Entrance_Balancer", "GoodiesProd_Service_Service_Service_Service", "port 8000"),
        ("GoodiesProd_Service_Service_Service_Service", "GoodiesProd_Data_Database_Instance", "port 5432"),
        ("GoodiesProd_Service_Service_Service_Service", "GoodiesProd_Data_Cache_Redis", "port 6379"),
        ("GoodiesProd_Data_Database_Instance", "GoodiesProd_Standby_Database_Instance", "replication"),
        ("GoodiesProd_Data_Storage_Uploads", "GoodiesProd_Recovery_Storage_Uploads", "replication"),
        ("GoodiesProd_Data_Vault_Vault", "GoodiesProd_Recovery_Vault_Vault", "copy"),
        ("GoodiesDelivery_Registry_FunkyGibbon", "GoodiesProd_Service_Service_Service_Service", "image"),
    ],
)
def test_the_picture_follows_the_templates_from_stack_to_stack(picture: str, start: str, end: str, text: str) -> None:
    assert arrow(picture, start, end) == text


def test_every_arrow_ends_at_boxes(picture: str) -> None:
    lines = [line.strip() for line in picture.splitlines()]
    boxes = {line.partition("[")[0] for line in lines if '"]' in line or '")]' in line} | {"clients"}
    for line in lines:
        if "-->" in line:
            assert {line.split(" ")[0], line.split(" ")[-1]} <= boxes, line


def boxes(picture: str) -> dict[str, str]:
    """Return the label of each box, by its identifier."""
    return dict(re.findall(r'^ +(\w+)(?:\[\(?|\(\[)"(.*?)"', picture, re.MULTILINE))


@pytest.fixture(params=["prod", "staging", "dev"])
def pictures(request: pytest.FixtureRequest, assembly_folder: Path, gcp_folder: Path) -> list[str]:
    """Both clouds' pictures of each environment in turn."""
    stack = open_assembly(gcp_folder).stack(f"gcp-{request.param}")
    return [draw(assembly_folder, request.param), gcp.draw(stack)]


def test_no_box_is_without_an_arrow(pictures: list[str]) -> None:
    for picture in pictures:
        ends = {end for pair in re.findall(r"^ +(\w+) -->.* (\w+)$", picture, re.MULTILINE) for end in pair}
        assert len(boxes(picture)) > 5
        assert boxes(picture).keys() == ends


def test_no_box_counts_so_that_one_alarm_more_changes_no_picture(pictures: list[str]) -> None:
    labels = [label for each in pictures for label in boxes(each).values()]
    assert not [label for label in labels if re.search(r"\b\d+ [a-z]|: \d", label)]


def test_alarms_that_roll_a_deployment_back_lead_to_the_service(picture: str) -> None:
    (alarms,) = [name for name, label in boxes(picture).items() if label == "Alarms" and "Service_Rollback" in name]
    assert arrow(picture, alarms, "GoodiesProd_Service_Service_Service_Service") == "rollback"


def test_an_environment_without_recovery_has_only_images_in_the_other_region(assembly_folder: Path) -> None:
    drawn = draw(assembly_folder, "dev")
    region, _, _ = drawn.partition('  subgraph us_west_2["us-west-2"]\n')[2].partition("\n  end\n")
    assert boxes(region) == {"GoodiesDelivery_Recovery_Registry_FunkyGibbon": "ECR"}
    assert drawn.count("us-west-2") == 1


def test_a_folder_without_templates_is_refused_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="run `make synth` first"):
        open_assembly(tmp_path)


def test_the_picture_stands_between_its_markers_and_nothing_else_changes() -> None:
    begin, end = MARKERS["aws"]
    document = f"before\n{begin}\nold\n{end}\nafter\n"
    once = render(document, "flowchart LR\n", cloud="aws", name="page.md")
    assert once == f"before\n{begin}\n```mermaid\nflowchart LR\n```\n{end}\nafter\n"
    assert render(once, "flowchart LR\n", cloud="aws", name="page.md") == once


def test_a_document_without_markers_is_refused_with_the_lines_it_needs() -> None:
    with pytest.raises(NoMarkersError, match=r"page\.md: no place .* needs the lines\n<!-- architecture"):
        render("nothing here", "", cloud="aws", name="page.md")


def test_places_are_followed_through_lists() -> None:
    assert list(at({"Rules": [{"To": "a"}, {"To": ["b", "c"]}, {}]}, "Rules.To")) == ["a", "b", "c"]
