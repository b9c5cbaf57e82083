"""Second plan of every stack: no value that an API gives back in another form."""

import json
from collections.abc import Callable

import pytest

from tests.gcp.rewritten_values import REWRITTEN, rewritten
from tests.gcp.terraform import Assembly, Stack


@pytest.mark.plan("DR-6")
def test_no_api_gives_a_value_back_otherwise(gcp: Assembly) -> None:
    assert [breach for stack in gcp.stacks.values() for breach in rewritten(stack)] == []


def test_every_known_rewrite_has_its_source() -> None:
    for row in REWRITTEN:
        assert set(row) == {"type", "path", "written", "answered", "source"}, row


def follow_the_state_of_the_encryption(stack: Stack) -> None:
    del stack.one("google_container_cluster").body["lifecycle"]


def follow_the_size_of_the_disk(stack: Stack) -> None:
    stack.one("google_sql_database_instance", "Database").body["lifecycle"]["ignore_changes"] = []


def write_a_zero_into_the_dashboard(stack: Stack) -> None:
    dashboard = stack.one("google_monitoring_dashboard").body
    content = json.loads(dashboard["dashboard_json"])
    content["mosaicLayout"]["tiles"][0]["xPos"] = 0
    dashboard["dashboard_json"] = json.dumps(content)


def write_an_empty_list_into_the_dashboard(stack: Stack) -> None:
    dashboard = stack.one("google_monitoring_dashboard").body
    dashboard["dashboard_json"] = json.dumps({**json.loads(dashboard["dashboard_json"]), "dashboardFilters": []})


def write_a_gibibyte_in_mebibytes(stack: Stack) -> None:
    pod = stack.one("kubernetes_deployment_v1").body["spec"]["template"]["spec"]
    pod["container"][0]["resources"]["requests"]["memory"] = "1024Mi"


@pytest.mark.parametrize(
    "change",
    [
        follow_the_state_of_the_encryption,
        follow_the_size_of_the_disk,
        write_a_zero_into_the_dashboard,
        write_an_empty_list_into_the_dashboard,
        write_a_gibibyte_in_mebibytes,
    ],
)
def test_each_rewrite_is_found(gcp_prod: Stack, change: Callable[[Stack], None]) -> None:
    assert rewritten(gcp_prod) == []
    assert rewritten(gcp_prod.changed(change)) != []
