"""Each check: what is fine, and what is missing."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from admin.preflight.gcp import delegation, translated
from admin.preflight.gcp.needs import Needs
from admin.preflight.model import Answer, State, run
from assembly.values import Json
from tests.admin.preflight.gcp.answers import (
    BILLING_ACCOUNT,
    DENIED,
    NUMBER,
    PROJECT,
    SHARED,
    Answers,
    Given,
    Refused,
    all_allowed,
    paged,
)

Ask = Callable[..., Answer]

IN_ORGANIZATION = {"name": f"projects/{NUMBER}", "state": "ACTIVE", "parent": "organizations/1"}


class TestRights:
    @pytest.mark.parametrize(
        ("subject", "kind"),
        [
            (f"Project {PROJECT}", "cloudresourcemanager.projects"),
            (f"Project {SHARED}", "cloudresourcemanager.projects"),
            (f"Billing account {BILLING_ACCOUNT}", "cloudbilling.billingAccounts"),
        ],
    )
    @pytest.mark.parametrize(
        ("given", "state"),
        [
            (all_allowed, State.FINE),
            ({}, State.MISSING),
            (lambda parameters: {"permissions": parameters["permissions"][1:]}, State.MISSING),
            (DENIED, State.UNKNOWN),
        ],
    )
    def test_permissions(self, ask: Ask, subject: str, kind: str, given: Given, state: State) -> None:
        answer = ask("rights", subject, Answers({f"{kind}.testIamPermissions": given}))
        assert answer.state is state
        assert bool(answer.next_steps) is (state is State.MISSING)

    def test_a_role_that_has_the_permission_is_named(self, ask: Ask) -> None:
        answer = ask("rights", "Billing account", Answers({"cloudbilling.billingAccounts.testIamPermissions": {}}))
        assert any("--role=roles/billing.costsManager" in step for step in answer.next_steps)

    def test_an_organization_is_asked_only_where_there_is_one(self, ask: Ask, needs: Needs) -> None:
        given = Answers({"cloudresourcemanager.organizations.testIamPermissions": {}})
        answer = ask("rights", "Organization 12345678", given, replace(needs, organization="12345678"))
        assert any("--role=roles/resourcemanager.projectCreator" in step for step in answer.next_steps)
        with pytest.raises(AssertionError):
            ask("rights", "Organization", given)


class TestBootstrap:
    @pytest.mark.parametrize(
        ("given", "state"),
        [
            (IN_ORGANIZATION, State.FINE),
            ({**IN_ORGANIZATION, "state": "DELETE_REQUESTED"}, State.MISSING),
            (Refused(404, "not found"), State.MISSING),
            (DENIED, State.UNKNOWN),
            ({}, State.UNKNOWN),
        ],
    )
    def test_a_project(self, ask: Ask, given: Given, state: State) -> None:
        answer = ask("bootstrap", f"Project {PROJECT}", Answers({"cloudresourcemanager.projects.get": given}))
        assert answer.state is state

    def test_apis_are_enabled(self, ask: Ask, needs: Needs) -> None:
        services = [{"name": f"projects/{NUMBER}/services/{name}"} for name in needs.projects[1].apis]

        def state_of(given: Given) -> Answer:
            return ask("bootstrap", f"APIs, {PROJECT}", Answers({"serviceusage.services.list": given}))

        assert state_of(paged("services", services)).state is State.FINE
        some = state_of(paged("services", services[1:]))
        assert (some.state, some.found) == (State.MISSING, f"not enabled: {needs.projects[1].apis[0]}")
        assert state_of({}).state is State.MISSING

    def test_agents_have_their_roles(self, ask: Ask, needs: Needs) -> None:
        bindings = [
            {
                "role": agent.role,
                "members": [f"serviceAccount:service-{NUMBER}@{agent.address}.iam.gserviceaccount.com"],
            }
            for agent in needs.projects[1].agents
            if agent.role
        ]

        def answer(*bindings: Json) -> Answer:
            given = {
                "cloudresourcemanager.projects.get": IN_ORGANIZATION,
                "cloudresourcemanager.projects.getIamPolicy": {"bindings": list(bindings)},
            }
            return ask("bootstrap", f"Service agents, {PROJECT}", Answers(given))

        assert answer(*bindings).state is State.FINE
        assert answer(*bindings[1:]).found == f"without their roles: {bindings[0]['role']}"
        assert answer({**bindings[0], "condition": {"expression": "false"}}, *bindings[1:]).state is State.MISSING
        assert answer().state is State.MISSING


class TestBilling:
    @pytest.mark.parametrize(
        ("given", "state"),
        [
            ({"billingEnabled": True, "billingAccountName": f"billingAccounts/{BILLING_ACCOUNT}"}, State.FINE),
            ({"billingEnabled": True, "billingAccountName": "billingAccounts/0A0A0A-0A0A0A-0A0A0A"}, State.MISSING),
            ({"billingEnabled": False, "billingAccountName": f"billingAccounts/{BILLING_ACCOUNT}"}, State.MISSING),
            ({}, State.MISSING),
            (DENIED, State.UNKNOWN),
        ],
    )
    def test_an_account_pays(self, ask: Ask, given: Given, state: State) -> None:
        answer = ask("billing", f"Account of {PROJECT}", Answers({"cloudbilling.projects.getBillingInfo": given}))
        assert answer.state is state

    @pytest.mark.parametrize(
        ("given", "state"),
        [
            ({"open": True, "currencyCode": "USD"}, State.FINE),
            ({"open": True, "currencyCode": "EUR"}, State.MISSING),
            ({"open": False, "currencyCode": "USD"}, State.MISSING),
            ({"open": True}, State.UNKNOWN),
            (DENIED, State.UNKNOWN),
        ],
    )
    def test_the_currency(self, ask: Ask, given: Given, state: State) -> None:
        answer = ask("billing", "Currency", Answers({"cloudbilling.billingAccounts.get": given}))
        assert answer.state is state


class TestConstraints:
    @pytest.mark.parametrize(
        ("name", "rules", "state"),
        [
            ("gcp.resourceLocations", [{"allowAll": True}], State.FINE),
            ("gcp.resourceLocations", [{"denyAll": True}], State.MISSING),
            ("gcp.resourceLocations", [{"values": {"allowedValues": ["in:us-locations", "nam4"]}}], State.FINE),
            ("gcp.resourceLocations", [{"values": {"allowedValues": ["in:us-locations"]}}], State.UNKNOWN),
            ("gcp.resourceLocations", [{"values": {"allowedValues": ["us-central1", "us-east1", "nam4"]}}], State.FINE),
            ("gcp.resourceLocations", [{"values": {"allowedValues": ["us-central1"]}}], State.MISSING),
            ("gcp.resourceLocations", [{"values": {"allowedValues": ["in:us-central1-locations"]}}], State.UNKNOWN),
            ("gcp.resourceLocations", [{"values": {"deniedValues": ["us-east1"]}}], State.MISSING),
            ("gcp.resourceLocations", [{"values": {"deniedValues": ["asia"]}}], State.FINE),
            ("gcp.resourceLocations", [], State.UNKNOWN),
            ("gcp.restrictServiceUsage", [{"values": {"deniedValues": ["redis.googleapis.com"]}}], State.MISSING),
            ("gcp.restrictServiceUsage", [{"values": {"deniedValues": ["translate.googleapis.com"]}}], State.FINE),
            (
                "compute.restrictLoadBalancerCreationForTypes",
                [{"values": {"allowedValues": ["INTERNAL_HTTP_HTTPS"]}}],
                State.MISSING,
            ),
            (
                "compute.restrictLoadBalancerCreationForTypes",
                [{"values": {"allowedValues": ["in:EXTERNAL"]}}],
                State.UNKNOWN,
            ),
            ("compute.disableGlobalLoadBalancing", [{"enforce": True}], State.MISSING),
            ("compute.disableGlobalLoadBalancing", [{"enforce": False}], State.FINE),
            ("compute.restrictVpcPeering", [{"denyAll": True}], State.MISSING),
            ("iam.disableServiceAccountCreation", [{"enforce": True}], State.MISSING),
            ("iam.disableServiceAccountCreation", [], State.UNKNOWN),
            (
                "iam.disableServiceAccountCreation",
                [{"enforce": False}, {"enforce": True, "condition": {"expression": "it"}}],
                State.UNKNOWN,
            ),
        ],
    )
    def test_an_effective_policy(self, ask: Ask, name: str, rules: list[Json], state: State) -> None:
        given = {
            "cloudresourcemanager.projects.get": IN_ORGANIZATION,
            "orgpolicy.projects.policies.getEffectivePolicy": {"spec": {"rules": rules}},
        }
        answer = ask("organization", f"{name}, {PROJECT}", Answers(given))
        assert answer.state is state, answer
        assert bool(answer.next_steps) >= (state is State.MISSING)

    def test_without_an_organization_no_policy_is_asked(self, ask: Ask) -> None:
        alone = {"name": f"projects/{NUMBER}", "state": "ACTIVE"}
        given = Answers({"cloudresourcemanager.projects.get": alone})
        assert ask("organization", f"gcp.resourceLocations, {PROJECT}", given).state is State.FINE
        assert len(given.calls) == 1


class TestQuotas:
    @pytest.mark.parametrize(
        ("existing", "usage", "limit", "state"),
        [
            ([], 0, 10, State.FINE),
            ([], 4, 5, State.FINE),
            ([], 5, 5, State.MISSING),
            ([{"name": "goodies"}], 5, 5, State.FINE),
            ([{"name": "other"}], 5, 5, State.MISSING),
        ],
    )
    def test_networks(self, ask: Ask, existing: list[Json], usage: int, limit: int, state: State) -> None:
        given = {
            "compute.networks.list": paged("items", existing),
            "compute.projects.get": {"quotas": [{"metric": "NETWORKS", "usage": usage, "limit": limit}]},
        }
        answer = ask("quotas", "NETWORKS", Answers(given))
        assert answer.state is state
        assert bool(answer.next_steps) is (state is State.MISSING)

    @pytest.mark.parametrize("answered", [{}, {"quotas": [{"metric": "IMAGES", "usage": 0, "limit": 5}]}, DENIED])
    def test_a_quota_that_google_does_not_name_is_unknown(self, ask: Ask, answered: Given) -> None:
        given = {"compute.networks.list": {}, "compute.projects.get": answered}
        assert ask("quotas", "NETWORKS", Answers(given)).state is State.UNKNOWN

    @pytest.mark.parametrize(("limit", "state"), [(1000, State.FINE), (24, State.MISSING)])
    def test_processors_of_a_rollout_at_full_scale(self, ask: Ask, limit: int, state: State) -> None:
        given = {"compute.regions.get": {"quotas": [{"metric": "CPUS", "usage": 0, "limit": limit}]}}
        assert ask("quotas", "CPUS, ", Answers(given)).state is state


class TestDelegation:
    SERVERS = ("ns-cloud-a1.googledomains.com", "ns-cloud-a2.googledomains.com")

    def answer(self, needs: Needs, listed: Given, found: frozenset[str] = frozenset()) -> Answer:
        given = Answers({"dns.managedZones.list": listed})
        (row,) = run(map(translated, delegation.checks(needs, given.api, lambda _: found)))
        assert [project for _, _, project in given.calls] == [PROJECT] * len(given.calls)
        return row.answer

    def zone(self, needs: Needs, name: str | None = None) -> Json:
        (own,) = (
            each.properties
            for each in needs.resources("google_dns_managed_zone")
            if each.properties.get("visibility") != "private"
        )
        return {
            "name": name or own["name"],
            "visibility": "public",
            "nameServers": [f"{each}." for each in self.SERVERS],
        }

    def test_the_zones_servers_are_those_of_the_internet(self, needs: Needs) -> None:
        listed = paged("managedZones", [self.zone(needs)])
        assert self.answer(needs, listed, frozenset(self.SERVERS)).state is State.FINE
        assert self.answer(needs, listed, frozenset(self.SERVERS[:1])).state is State.MISSING
        assert self.answer(needs, listed).found == "not delegated"

    @pytest.mark.parametrize(("listed", "state"), [({}, State.MISSING), (DENIED, State.UNKNOWN)])
    def test_no_zone(self, needs: Needs, listed: Given, state: State) -> None:
        assert self.answer(needs, listed).state is state

    def test_another_zone_of_the_domain(self, needs: Needs) -> None:
        answer = self.answer(needs, {"managedZones": [self.zone(needs), self.zone(needs, "by-hand")]})
        assert (answer.state, "by-hand" in answer.found) == (State.MISSING, True)
        private = {**self.zone(needs, "inside"), "visibility": "private"}
        listed = {"managedZones": [self.zone(needs), private]}
        assert self.answer(needs, listed, frozenset(self.SERVERS)).state is State.FINE
