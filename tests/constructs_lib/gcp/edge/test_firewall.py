"""Cloud Armor: attack rules, rate limit of logins, adaptive protection."""

import pytest

from assembly.values import Json
from tests.gcp.terraform import Stack

GROUPS = ("sqli", "xss", "lfi", "rfi", "rce", "scannerdetection", "protocolattack", "sessionfixation")


def rules(stack: Stack) -> list[Json]:
    """Return the firewall's rules, first to last."""
    (backend,) = stack.resources("google_compute_backend_service")
    return sorted(backend["security_policy"]["rule"], key=lambda rule: rule["priority"])


@pytest.mark.plan("SEC-3", "GCP-7")
def test_every_request_to_the_service_passes_the_firewall(gcp_environment: Stack) -> None:
    open_to_all = [
        backend
        for backend in gcp_environment.resources("google_compute_backend_service")
        if backend["security_policy"].type != "google_compute_security_policy"
    ]
    assert open_to_all == []


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("group", GROUPS)
def test_attacks_are_refused_by(gcp_environment: Stack, group: str) -> None:
    (rule,) = (rule for rule in rules(gcp_environment) if rule["description"].startswith(f"{group}-"))
    assert rule["match"]["expr"]["expression"].startswith(f"evaluatePreconfiguredWaf('{group}-")
    assert rule["action"] == "deny(403)"
    assert not rule.get("preview")


@pytest.mark.plan("SEC-3")
def test_guessing_passwords_is_slowed_down(gcp_environment: Stack) -> None:
    (limit,) = (rule for rule in rules(gcp_environment) if rule.get("rate_limit_options"))
    options = limit["rate_limit_options"]
    assert limit["match"]["expr"]["expression"].endswith(".startsWith('/api/v1/auth/')")
    assert options["enforce_on_key"] == "IP"
    assert options["rate_limit_threshold"] == {"count": 100, "interval_sec": 300}
    assert options["exceed_action"] == "deny(429)"


@pytest.mark.plan("SEC-3")
def test_a_login_is_searched_for_attacks_before_it_is_counted(gcp_environment: Stack) -> None:
    actions = [rule["action"] for rule in rules(gcp_environment)]
    assert actions == ["deny(403)"] * (len(actions) - 2) + ["throttle", "allow"]


@pytest.mark.plan("SEC-3")
def test_the_body_of_a_request_is_searched_as_json(gcp_environment: Stack) -> None:
    policy = gcp_environment.one("google_compute_security_policy")
    assert policy["advanced_options_config"]["json_parsing"] == "STANDARD"


@pytest.mark.plan("SEC-4")
def test_unusual_floods_are_noticed(gcp_environment: Stack) -> None:
    protection = gcp_environment.one("google_compute_security_policy")["adaptive_protection_config"]
    assert protection["layer_7_ddos_defense_config"]["enable"] is True


@pytest.mark.plan("SEC-4", "GCP-2/public")
def test_everything_public_is_the_load_balancers(gcp_environment: Stack) -> None:
    """The global load balancer absorbs floods below HTTP; nothing else has an address that the world can call."""
    rules = gcp_environment.resources("google_compute_global_forwarding_rule")
    addresses = [
        address
        for kind in ("google_compute_global_address", "google_compute_address")
        for address in gcp_environment.resources(kind)
        if address.get("address_type", "EXTERNAL") == "EXTERNAL"
    ]
    assert {rule["load_balancing_scheme"] for rule in rules} == {"EXTERNAL_MANAGED"}
    assert addresses == [address for address in addresses if address in [rule["ip_address"] for rule in rules]]
    assert gcp_environment.resources("google_compute_forwarding_rule") == []
    assert gcp_environment.resources("google_compute_instance") == []
    types = {service["spec"]["type"] for service in gcp_environment.resources("kubernetes_service_v1")}
    assert types == {"ClusterIP"}
