"""Alarms and dashboard: signals, thresholds, descriptions and receivers."""

import json
from pathlib import Path

import pytest

from assembly.values import Json
from tests.gcp.alarms import alarms, judged, query, receivers, runbook
from tests.gcp.terraform import Stack
from tests.plan_numbers import (
    CONNECTIONS_MINUTES,
    CONNECTIONS_PERCENT,
    FREE_MEMORY_PERCENT,
    GROWTH,
    GROWTH_HOURS,
    LEVELS,
    MAX_CONNECTIONS,
    ROLLBACK,
    RPO_SECONDS,
)
from tests.synthesis import CHECKOUT

UPTIME = "google_monitoring_uptime_check_config"
ALARMS_OF_METRICS = ("-Critical", "-Warning", "-Growth", "-Rollback", "-Page")


def dashboard(stack: Stack) -> Json:
    return json.loads(stack.one("google_monitoring_dashboard")["dashboard_json"])


def shown(stack: Stack) -> list[str]:
    """Return the queries on the dashboard."""
    charts = [tile["widget"].get("xyChart", {}) for tile in dashboard(stack)["mosaicLayout"]["tiles"]]
    return [line["timeSeriesQuery"]["prometheusQuery"] for chart in charts for line in chart.get("dataSets", [])]


def section(stack: Stack, prefix: str) -> dict[str, Json]:
    return {name: alarm for name, alarm in alarms(stack).items() if name.startswith(prefix)}


@pytest.mark.plan("GCP-11")
def test_there_is_one_dashboard(gcp_environment: Stack) -> None:
    name = gcp_environment.name.removeprefix("gcp-").title()
    assert dashboard(gcp_environment)["displayName"] == f"Goodies{name}"


@pytest.mark.plan("GCP-11")
def test_no_picture_covers_another(gcp_environment: Stack) -> None:
    layout = dashboard(gcp_environment)["mosaicLayout"]
    taken: set[tuple[int, int]] = set()
    for tile in layout["tiles"]:
        # Zeros are left out, as the API leaves them out.
        left, top = tile.get("xPos", 0), tile.get("yPos", 0)
        fields = {(x, y) for x in range(left, left + tile["width"]) for y in range(top, top + tile["height"])}
        assert not fields & taken, tile["widget"]["title"]
        assert max(x for x, _ in fields) < layout["columns"]
        taken |= fields


@pytest.mark.plan("MON-1/p50", "MON-1/p95", "MON-1/p99")
@pytest.mark.parametrize("quantile", ["0.5", "0.95", "0.99"])
def test_response_times_are_shown(gcp_environment: Stack, quantile: str) -> None:
    assert any(
        f"histogram_quantile({quantile}, " in line and "https_backend_latencies_bucket" in line
        for line in shown(gcp_environment)
    )


@pytest.mark.parametrize(
    "metric",
    [
        pytest.param('response_code_class="500"', marks=pytest.mark.plan("MON-2")),
        pytest.param("https_backend_request_count", marks=pytest.mark.plan("MON-3")),
        pytest.param("kubernetes_io:container_cpu_limit_utilization", marks=pytest.mark.plan("MON-4/cpu")),
        pytest.param("kubernetes_io:container_memory_limit_utilization", marks=pytest.mark.plan("MON-4/memory")),
        pytest.param("cloudsql_googleapis_com:database_cpu_utilization", marks=pytest.mark.plan("MON-4/cpu")),
        pytest.param("cloudsql_googleapis_com:database_memory_utilization", marks=pytest.mark.plan("MON-4/memory")),
        pytest.param("cloudsql_googleapis_com:database_postgresql_num_backends", marks=pytest.mark.plan("MON-5")),
        pytest.param("redis_googleapis_com:stats_cache_hit_ratio", marks=pytest.mark.plan("MON-6")),
        pytest.param("cloudsql_googleapis_com:database_disk_utilization", marks=pytest.mark.plan("GCP-11")),
        pytest.param("kubernetes_io:container_ephemeral_storage_used_bytes", marks=pytest.mark.plan("GCP-11")),
        pytest.param("kube_deployment_status_replicas_available", marks=pytest.mark.plan("GCP-11")),
        pytest.param("kube_deployment_spec_replicas", marks=pytest.mark.plan("GCP-11")),
        pytest.param('cache_result="HIT"', marks=pytest.mark.plan("IMP-4", "GCP-7")),
    ],
)
def test_it_is_on_the_dashboard(gcp_environment: Stack, metric: str) -> None:
    assert any(metric in line for line in shown(gcp_environment))


@pytest.mark.plan("GCP-11", "DR-12")
@pytest.mark.parametrize("metric", ["time_until_ssl_cert_expires", "check_passed", "replication_replica_lag"])
def test_production_shows_what_only_it_has(gcp_prod: Stack, metric: str) -> None:
    assert any(metric in line for line in shown(gcp_prod))


@pytest.mark.plan("GCP-11")
def test_one_dashboard_shows_every_layer(gcp_environment: Stack) -> None:
    lines = " ".join(shown(gcp_environment))
    layers = ("BACKEND_BUCKET", "loadbalancing_", "kubernetes_io:", "cloudsql_", "redis_")
    assert [layer for layer in layers if layer not in lines] == []


@pytest.mark.plan("GCP-11")
def test_the_cluster_measures_what_is_asked_for(gcp_environment: Stack) -> None:
    (measured,) = [cluster["monitoring_config"] for cluster in gcp_environment.resources("google_container_cluster")]
    assert {"SYSTEM_COMPONENTS", "DEPLOYMENT", "POD"} <= set(measured["enable_components"])
    assert measured["managed_prometheus"] == {"enabled": True}


@pytest.mark.plan(
    "MON-7/errors",
    "MON-7/response-time",
    "MON-7/cpu",
    "MON-7/disk",
    "MON-8/errors",
    "MON-8/response-time",
    "MON-8/cpu",
    "MON-8/disk",
)
@pytest.mark.parametrize(("name", "critical", "warning"), LEVELS)
def test_alarms_go_off_where_the_plan_says(gcp_environment: Stack, name: str, critical: int, warning: int) -> None:
    worst, bad = (judged(alarms(gcp_environment)[f"{name}-{severity}"]) for severity in ("Critical", "Warning"))
    assert (worst.sign, worst.value, worst.minutes, worst.samples) == (">", critical, 3, 3)
    assert (bad.sign, bad.value, bad.minutes, bad.samples) == (">", warning, 10, 10)


@pytest.mark.plan("MON-7/response-time")
def test_the_slowest_twentieth_counts(gcp_environment: Stack) -> None:
    assert "histogram_quantile(0.95, " in query(alarms(gcp_environment)["Users-ResponseTime-Critical"])


@pytest.mark.plan("GCP-11")
def test_a_number_is_bad_only_if_it_stays_bad(gcp_environment: Stack) -> None:
    for name, alarm in alarms(gcp_environment).items():
        if name.endswith(ALARMS_OF_METRICS) and not name.endswith("-Page") and "-Account-" not in f"-{name}":
            when = judged(alarm)
            assert when.samples * when.period == when.minutes, name


def test_an_alarm_needs_no_metric_to_be_there(gcp_environment: Stack) -> None:
    for name, alarm in alarms(gcp_environment).items():
        for condition in alarm["conditions"]:
            if "condition_prometheus_query_language" in condition:
                assert condition["condition_prometheus_query_language"]["disable_metric_validation"] is True, name


@pytest.mark.plan("MON-7/errors", "MON-7/response-time", "MON-7/cpu", "MON-7/disk")
def test_what_is_critical_wakes_who_is_on_call(gcp_prod: Stack) -> None:
    paged = " ".join(query(page) for page in alarms(gcp_prod, "-Page").values())
    for name, alarm in alarms(gcp_prod, "-Critical").items():
        # One or the other: by itself, or by the page of its part, never by both.
        assert (receivers(alarm) == {"on-call@goodies.example"}) != (query(alarm) in paged), name
    assert {tuple(receivers(page)) for page in alarms(gcp_prod, "-Page").values()} == {("on-call@goodies.example",)}


@pytest.mark.plan(
    "MON-8/errors", "MON-8/response-time", "MON-8/cpu", "MON-8/disk", "SCL-8/usage", "SCL-8/connections", "SCL-8/memory"
)
@pytest.mark.parametrize("severity", ["-Warning", "-Growth"])
def test_warnings_are_read_by_the_team(gcp_environment: Stack, severity: str) -> None:
    assert alarms(gcp_environment, severity)
    for name, alarm in alarms(gcp_environment, severity).items():
        assert receivers(alarm) == {"team@goodies.example"}, name


@pytest.mark.plan("GCP-11")
def test_one_outage_is_one_page(gcp_environment: Stack) -> None:
    pages = alarms(gcp_environment, "-Page")
    assert set(pages) == {"Users-Page", "Service-Page", "Database-Page"}
    outage = query(pages.pop("Users-Page"))
    assert " unless " not in outage
    for page in pages.values():
        assert query(page).endswith(f" unless ({outage})")


@pytest.mark.plan("MON-7/errors", "MON-7/response-time")
@pytest.mark.parametrize("name", ["Users-ErrorRate-Critical", "Users-ResponseTime-Critical"])
def test_three_requests_at_night_page_nobody(gcp_environment: Stack, name: str) -> None:
    judgement = query(alarms(gcp_environment)[name]).rpartition(" bool ")[0]
    assert ") * 60) >= 30)" in judgement
    assert " and (" in judgement


@pytest.mark.plan("MON-2")
def test_what_the_firewall_refuses_hides_no_error(gcp_environment: Stack) -> None:
    """Of all requests only those count that were handed on, or found nobody."""
    rate = query(alarms(gcp_environment)["Users-ErrorRate-Critical"])
    selectors = [part.partition("}[")[0] for part in rate.split("https_request_count")[1:]]
    assert selectors
    assert [selector for selector in selectors if 'response_code_class="500"' not in selector] == []


@pytest.mark.plan("GCP-11")
def test_missing_data_is_an_alarm_only_where_it_is_bad(gcp_prod: Stack) -> None:
    breaching = {
        name for name, alarm in alarms(gcp_prod).items() if name[-4:] != "Page" and _breaches_without_data(alarm)
    }
    assert breaching == {
        "Users-Answering-Critical",
        "Users-OutsideCheck-Critical",
        "Database-Cpu-Critical",
        "Database-Cpu-Warning",
        "Replica-Behind-Critical",
        *(f"Backups-{name}Age-Warning" for name in ("PointInTime", "Backup", "Archive")),
    }


def _breaches_without_data(alarm: Json) -> bool:
    return any(
        " or absent(" in condition.get("condition_prometheus_query_language", {}).get("query", "")
        for condition in alarm["conditions"]
    )


@pytest.mark.plan("DR-12")
def test_the_copy_is_watched(gcp_prod: Stack) -> None:
    alarm = alarms(gcp_prod)["Replica-Behind-Critical"]
    assert judged(alarm).value == RPO_SECONDS
    replica = gcp_prod.one("google_sql_database_instance", "Replica")
    assert f"{replica.type}.{replica.name}.name" in query(alarm)
    assert receivers(alarm) == {"on-call@goodies.example"}


@pytest.mark.plan("GCP-11")
def test_production_is_called_from_outside(gcp_prod: Stack, gcp_staging: Stack, gcp_dev: Stack) -> None:
    for stack in (gcp_prod, gcp_staging):
        health, login = (stack.one(UPTIME, f"OutsideCheck/{name}") for name in ("health", "login"))
        for check in (health, login):
            assert check["monitored_resource"]["labels"]["host"].startswith("api.")
            assert check["http_check"]["validate_ssl"] is True
            assert check["period"] == "300s"
            assert len(check["selected_regions"]) >= 3
        assert health["http_check"]["path"] == "/health"
        assert login["http_check"]["path"] == "/api/v1/auth/admin/login"
        assert {item["status_value"] for item in login["http_check"]["accepted_response_status_codes"]} == {401, 429}
        alarm = query(alarms(stack)["Users-OutsideCheck-Critical"])
        assert all(f"{check.type}.{check.name}.uptime_check_id" in alarm for check in (health, login))
    assert not gcp_dev.resources(UPTIME)


@pytest.mark.plan("SCL-8/usage", "SCL-8/memory")
@pytest.mark.parametrize(
    ("name", "sign", "limit", "hours"),
    [
        *((name, ">", limit, GROWTH_HOURS) for name, limit in GROWTH),
        ("Database-FreeMemory", "<", FREE_MEMORY_PERCENT, GROWTH_HOURS),
    ],
)
def test_what_is_too_small_for_hours_is_said(gcp_prod: Stack, name: str, sign: str, limit: int, hours: int) -> None:
    when = judged(alarms(gcp_prod)[f"{name}-Growth"])
    assert (when.sign, when.value, when.period, when.samples) == (sign, limit, 60, hours)


@pytest.mark.plan("SCL-8/connections", "MON-5")
def test_few_connections_left_is_said_at_once(gcp_prod: Stack) -> None:
    when = judged(alarms(gcp_prod)["Database-Connections-Growth"])
    assert (when.sign, when.value, when.minutes) == (
        ">",
        MAX_CONNECTIONS * CONNECTIONS_PERCENT // 100,
        CONNECTIONS_MINUTES,
    )


def test_it_says_how_to_grow(gcp_environment: Stack) -> None:
    name = gcp_environment.name.removeprefix("gcp-")
    for key, alarm in alarms(gcp_environment, "-Growth").items():
        text = alarm["documentation"]["content"]
        assert f"make resize ENV={name} WHAT={key.split('-')[0].lower()}" in text, key


@pytest.mark.plan("RBK-1/health", "RBK-1/errors", "RBK-1/response-time", "RBK-1/memory", "RBK-1/cpu")
def test_a_bad_deployment_is_noticed_first(gcp_environment: Stack) -> None:
    found = alarms(gcp_environment, "-Rollback")
    assert {name: judged(alarm).value for name, alarm in found.items()} == ROLLBACK
    assert {judged(alarm).minutes for alarm in found.values()} == {2}


@pytest.mark.plan("GCP-11")
def test_every_alarm_has_a_runbook(gcp_environment: Stack, gcp_shared: Stack) -> None:
    for stack in (gcp_environment, gcp_shared):
        for name, alarm in alarms(stack).items():
            path = runbook(alarm)
            assert path, f"{name} names no runbook"
            assert Path(CHECKOUT, path).exists(), f"{name}: {path} is not there"


@pytest.mark.plan("GCP-11")
def test_every_alarm_says_what_it_means_and_where_to_look(gcp_environment: Stack) -> None:
    for name, alarm in alarms(gcp_environment).items():
        if not name.endswith("-Page"):
            summary, _, first_check = alarm["documentation"]["content"].partition(" First check: ")
            assert summary.endswith("."), name
            assert first_check, name


@pytest.mark.plan("MON-6")
@pytest.mark.parametrize("number", ["keyspace_hits_count", "memory_maximum_utilization", "evicted_keys_count"])
def test_valkey_is_watched_by_its_own_numbers(gcp_prod_variant: Stack, number: str) -> None:
    lines = " ".join(shown(gcp_prod_variant))
    assert number in lines
    assert "redis_googleapis_com" not in lines
