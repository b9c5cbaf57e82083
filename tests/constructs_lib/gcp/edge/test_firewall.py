"""Cloud Armor: attack rules, rate limit of logins, adaptive protection."""

import re
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from assembly.values import Json
from tests import smart_home
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
    found = [rule for rule in rules(gcp_environment) if rule["description"].startswith(f"{group}-")]
    assert found[0]["match"]["expr"]["expression"].startswith(f"evaluatePreconfiguredWaf('{group}-")
    for rule in found:
        assert rule["action"] == "deny(403)"
        assert not rule.get("preview")


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("group", ["sqli", "xss", "lfi", "rfi", "rce"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_what_a_client_with_a_token_writes_is_no_attack(gcp_environment: Stack, method: str, group: str) -> None:
    """A home's graph holds local addresses, HTML and paths, and a client repeats a refused synchronization for ever."""
    for path in ("/api/v1/graph/entities", "/API/v1/sync/"):
        assert verdict(gcp_environment, method, path, group=group, where="parameters") == "allow"
        assert verdict(gcp_environment, method, path, group=group, where="path and headers") == "deny(403)"


@pytest.mark.plan("SEC-3")
def test_every_entity_of_a_smart_home_can_be_written(gcp_environment: Stack) -> None:
    """Attacks by the rules of AWS are attacks by the core rule set, too, from which Cloud Armor's groups come."""
    groups = {
        "CrossSiteScripting_BODY": "xss",
        "EC2MetaDataSSRF_BODY": "rfi",
        "GenericLFI_BODY": "lfi",
        "GenericRFI_BODY": "rfi",
        "SQLi_BODY": "sqli",
    }
    for entity in smart_home.entities():
        for group in {groups[name] for name in entity["matches"] if name in groups}:
            path = "/api/v1/graph/entities"
            found = verdict(gcp_environment, "POST", path, group=group, where="parameters")
            assert found == "allow", entity["name"]


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/graph/entities"),
        ("DELETE", "/api/v1/graph/entities/1"),
        ("POST", "/api/v1/auth/admin/login"),
        ("POST", "/api/v1/%61uth/admin/login"),
        ("POST", "/"),
        ("PUT", "/api/v2/graph"),
    ],
)
def test_the_same_is_refused_elsewhere(gcp_environment: Stack, method: str, path: str, group: str) -> None:
    assert verdict(gcp_environment, method, path, group=group, where="parameters") == "deny(403)"


@pytest.mark.plan("SEC-3")
@pytest.mark.parametrize("group", ["scannerdetection", "protocolattack", "sessionfixation", "cve"])
def test_no_body_of_the_api_looks_like_other_attacks(gcp_environment: Stack, group: str) -> None:
    path = "/api/v1/graph/entities"
    assert verdict(gcp_environment, "POST", path, group=group, where="parameters") == "deny(403)"


def test_a_policy_holds_no_more_expressions_than_a_project_may(gcp_environment: Stack) -> None:
    """20 at first ("Quotas and limits", rules with advanced match conditions, Cloud Armor documentation)."""
    assert len([rule for rule in rules(gcp_environment) if rule["match"].get("expr")]) <= 20


class Text(str):
    """A text with the functions of the rules' language that are used here ("Custom rules language reference")."""

    def matches(self, pattern: str) -> bool:
        return re.search(pattern, self) is not None

    def startsWith(self, start: str) -> bool:  # noqa: N802 - named as in the language
        return self.startswith(start)

    def urlDecode(self) -> "Text":  # noqa: N802 - named as in the language
        return Text(unquote(self))

    def lower(self) -> "Text":
        return Text(super().lower())


def verdict(stack: Stack, method: str, path: str, *, group: str, where: str) -> str:
    """Return what the policy does with a request that a group finds an attack in, at a place."""
    for rule in rules(stack):
        if "expr" not in rule["match"]:
            return str(rule["action"])
        excluded = rule.get("preconfigured_waf_config") and where == "parameters"
        known = {
            "request": SimpleNamespace(method=Text(method), path=Text(path)),
            "evaluatePreconfiguredWaf": lambda name, _, excluded=excluded: name.startswith(group) and not excluded,
        }
        expression = rule["match"]["expr"]["expression"].replace("&&", " and ").replace("!", " not ")
        if eval(expression.strip(), {"__builtins__": {}}, known):
            return str(rule["action"])
    raise AssertionError("no rule decides")


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
