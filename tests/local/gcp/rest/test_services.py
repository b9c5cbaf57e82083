"""Values that single APIs compute, rewrite or leave out."""

import base64

import pytest
from cryptography import x509

from tests.local.gcp.rest.conftest import Google

COMPUTE = "compute.googleapis.com/compute/v1/projects/acme"
DNS = "dns.googleapis.com/dns/v1/projects/acme/managedZones"
LINK = "https://www.googleapis.com/compute/v1/projects/acme"
LOGGING = "logging.googleapis.com/v2/projects/acme-prod"
SECRETS = "secretmanager.googleapis.com/v1/projects/acme/secrets"
SERVICES = "serviceusage.googleapis.com/v1/projects/acme-prod/services"
CLUSTERS = "container.googleapis.com/v1/projects/acme/locations/us-central1/clusters"
SQL = "sqladmin.googleapis.com/sql/v1beta4/projects/acme/instances"


def test_references_are_answered_as_whole_urls(google: Google) -> None:
    google.ok("POST", f"{COMPUTE}/global/networks", {"name": "main"})
    body = {"name": "main", "ipCidrRange": "10.0.0.0/20", "network": "projects/acme/global/networks/main"}
    google.ok("POST", f"{COMPUTE}/regions/us-central1/subnetworks", body)

    subnetwork = google.ok("GET", f"{COMPUTE}/regions/us-central1/subnetworks/main")
    assert subnetwork["network"] == f"{LINK}/global/networks/main"
    assert subnetwork["gatewayAddress"] == "10.0.0.1"


def test_a_forwarding_rule_answers_with_the_address_that_it_refers_to(google: Google) -> None:
    google.ok("POST", f"{COMPUTE}/global/addresses", {"name": "main"})
    address = google.ok("GET", f"{COMPUTE}/global/addresses/main")["address"]

    google.ok("POST", f"{COMPUTE}/global/forwardingRules", {"name": "a", "IPAddress": f"{LINK}/global/addresses/main"})
    google.ok("POST", f"{COMPUTE}/global/forwardingRules", {"name": "b", "IPAddress": address})

    rules = google.ok("GET", f"{COMPUTE}/global/forwardingRules")["items"]
    assert [rule["IPAddress"] for rule in rules] == [address, address]


def test_quotas_count_what_is_there(google: Google) -> None:
    google.ok("POST", "cloudresourcemanager.googleapis.com/v3/projects", {"projectId": "acme"})
    google.ok("POST", f"{COMPUTE}/global/networks", {"name": "main"})
    google.ok("POST", f"{COMPUTE}/global/addresses", {"name": "a"})
    google.ok("POST", f"{COMPUTE}/global/addresses", {"name": "b", "addressType": "INTERNAL"})
    rules = [{"action": "allow", "priority": 1, "match": {"expr": {"expression": "true"}}}, {"action": "allow"}]
    google.ok("POST", f"{COMPUTE}/global/securityPolicies", {"name": "main", "rules": rules})

    usage = {each["metric"]: each["usage"] for each in google.ok("GET", COMPUTE)["quotas"]}

    used = {metric: count for metric, count in usage.items() if count}
    assert used == {
        "GLOBAL_INTERNAL_ADDRESSES": 1,
        "NETWORKS": 1,
        "SECURITY_POLICIES": 1,
        "SECURITY_POLICY_CEVAL_RULES": 1,
        "SECURITY_POLICY_RULES": 2,
        "STATIC_ADDRESSES": 1,
    }
    assert google.ok("GET", f"{COMPUTE}/regions/us-central1")["quotas"][0]["metric"] == "CPUS"


def test_buckets_are_listed_by_project(google: Google) -> None:
    url = "storage.googleapis.com/storage/v1/b"
    for name, owner in (("acme-logs", "acme"), ("acme-state", "acme"), ("other-logs", "other")):
        google.ok("POST", url, {"name": name}, project=owner)

    assert [each["name"] for each in google.ok("GET", url, project="acme")["items"]] == ["acme-logs", "acme-state"]
    assert [each["name"] for each in google.ok("GET", url, project="acme", prefix="acme-s")["items"]] == ["acme-state"]


def test_encryption_of_a_cluster_is_answered_in_newer_words(google: Google) -> None:
    encryption = {"state": "ENCRYPTED", "keyName": "projects/acme/locations/us/keyRings/a/cryptoKeys/a"}
    google.ok("POST", CLUSTERS, {"cluster": {"name": "main", "databaseEncryption": encryption}})

    assert google.ok("GET", f"{CLUSTERS}/main")["databaseEncryption"]["state"] == "ALL_OBJECTS_ENCRYPTION_ENABLED"


def test_a_cluster_has_endpoints_and_a_certificate(google: Google) -> None:
    google.ok("POST", CLUSTERS, {"cluster": {"name": "main", "network": "main", "subnetwork": "private"}})

    cluster = google.ok("GET", f"{CLUSTERS}/main")
    assert cluster["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"].endswith(".us-central1.gke.goog")
    assert cluster["networkConfig"]["subnetwork"] == "projects/acme/regions/us-central1/subnetworks/private"
    x509.load_pem_x509_certificate(base64.b64decode(cluster["masterAuth"]["clusterCaCertificate"]))


def test_what_is_desired_of_a_cluster_is_changed(google: Google) -> None:
    google.ok("POST", CLUSTERS, {"cluster": {"name": "main"}})

    google.ok("PUT", f"{CLUSTERS}/main", {"update": {"desiredReleaseChannel": {"channel": "STABLE"}}})

    assert google.ok("GET", f"{CLUSTERS}/main")["releaseChannel"] == {"channel": "STABLE"}


def test_what_a_cluster_holds_goes_with_it(google: Google) -> None:
    google.ok("POST", CLUSTERS, {"cluster": {"name": "main"}})
    host = google.ok("GET", f"{CLUSTERS}/main")["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"]
    objects = google.store.documents("kubernetes")
    objects.put(f"{host}/pods/a", {})

    google.ok("DELETE", f"{CLUSTERS}/main")

    assert objects.list() == {}


def test_a_dashboard_is_answered_without_zeros(google: Google) -> None:
    tile = {"xPos": 0, "yPos": 4, "widget": {"title": "", "xyChart": {"dataSets": [], "thresholds": []}}}
    url = "monitoring.googleapis.com/v1/projects/acme/dashboards"
    made = google.ok("POST", url, {"displayName": "Main", "mosaicLayout": {"columns": 12, "tiles": [tile]}})

    found = google.ok("GET", f"monitoring.googleapis.com/v1/{made['name']}")
    assert found["mosaicLayout"]["tiles"] == [{"yPos": 4, "widget": {"xyChart": {}}}]


def test_a_sink_into_its_own_project_has_no_identity(google: Google, project: str) -> None:
    for name, destination in (("own", project), ("other", "acme-shared")):
        bucket = f"logging.googleapis.com/projects/{destination}/locations/us/buckets/audit"
        google.ok("POST", f"{LOGGING}/sinks", {"name": name, "destination": bucket}, uniqueWriterIdentity="true")

    assert "writerIdentity" not in google.ok("GET", f"{LOGGING}/sinks/own")
    assert "@gcp-sa-logging." in google.ok("GET", f"{LOGGING}/sinks/other")["writerIdentity"]


@pytest.mark.usefixtures("project")
def test_a_project_has_its_first_log_buckets(google: Google) -> None:
    url = f"{LOGGING}/locations/global/buckets/_Default"
    google.ok("PATCH", url, {"retentionDays": 90}, updateMask="retentionDays")

    assert google.ok("GET", f"{LOGGING}/locations/global/buckets/_Default")["retentionDays"] == 90
    assert google.ok("GET", f"{LOGGING}/locations/global/buckets/_Required")["retentionDays"] == 400
    assert google.refused("GET", f"{LOGGING}/locations/global/buckets/other")[0] == 404


def test_a_version_of_a_secret_is_given_back_until_it_is_disabled(google: Google) -> None:
    google.ok("POST", SECRETS, {"replication": {"automatic": {}}}, secretId="jwt")
    for word in ("one", "two"):
        payload = {"data": base64.b64encode(word.encode()).decode()}
        made = google.ok("POST", f"{SECRETS}/jwt:addVersion", {"payload": payload})
    assert made["name"].endswith("/secrets/jwt/versions/2")

    latest = google.ok("GET", f"{SECRETS}/jwt/versions/latest:access")
    google.ok("POST", f"{SECRETS}/jwt/versions/1:disable", {})

    assert base64.b64decode(latest["payload"]["data"]) == b"two"
    assert google.ok("GET", f"{SECRETS}/jwt/versions/1")["state"] == "DISABLED"
    assert google.refused("GET", f"{SECRETS}/jwt/versions/1:access")[0] == 400


def test_record_sets_change_together_or_not_at_all(google: Google) -> None:
    google.ok("POST", DNS, {"name": "main", "dnsName": "example.com.", "description": ""})
    one = {"name": "a.example.com.", "type": "A", "ttl": 60, "rrdatas": ["203.0.113.1"]}
    other = {"name": "b.example.com.", "type": "A", "ttl": 60, "rrdatas": ["203.0.113.2"]}

    change = google.ok("POST", f"{DNS}/main/changes", {"additions": [one]})
    status, message = google.refused("POST", f"{DNS}/main/changes", {"additions": [other, one]})

    assert change["status"] == "pending"
    assert google.ok("GET", f"{DNS}/main/changes/{change['id']}")["status"] == "done"
    assert (status, "already exists" in message) == (409, True)
    names = [each["name"] for each in google.ok("GET", f"{DNS}/main/rrsets", type="A")["rrsets"]]
    assert names == ["a.example.com."]


def test_a_zone_begins_with_its_servers_and_a_public_one_has_no_networks(google: Google) -> None:
    body = {"name": "main", "dnsName": "example.com.", "description": "", "privateVisibilityConfig": {"networks": []}}
    google.ok("POST", DNS, body | {"dnssecConfig": {"state": "on"}})

    zone = google.ok("GET", f"{DNS}/main")
    assert "privateVisibilityConfig" not in zone
    kinds = {each["type"]: each["rrdatas"] for each in google.ok("GET", f"{DNS}/main/rrsets")["rrsets"]}
    assert kinds["NS"] == zone["nameServers"]
    assert kinds.keys() == {"NS", "SOA"}
    assert len(google.ok("GET", f"{DNS}/main/dnsKeys")["dnsKeys"]) == 2


def test_a_replica_is_listed_by_its_primary(google: Google) -> None:
    settings = {"tier": "db-custom-2-4096"}
    body = {"databaseVersion": "POSTGRES_18", "settings": settings}
    google.ok("POST", SQL, body | {"name": "main"})
    google.ok("POST", SQL, body | {"name": "copy", "masterInstanceName": "main", "region": "us-east1"})

    assert google.ok("GET", f"{SQL}/main")["replicaNames"] == ["copy"]
    assert google.ok("GET", f"{SQL}/copy")["instanceType"] == "READ_REPLICA_INSTANCE"


def test_users_of_a_database_are_named_in_the_query_and_keep_their_passwords_to_themselves(google: Google) -> None:
    google.ok("POST", SQL, {"name": "main", "databaseVersion": "POSTGRES_18", "settings": {"tier": "db-f1-micro"}})
    google.ok("POST", f"{SQL}/main/users", {"name": "goodies", "password": "open sesame"})
    google.ok("PUT", f"{SQL}/main/users", {"password": "closed"}, name="goodies")

    users = google.ok("GET", f"{SQL}/main/users")["items"]
    assert [user["name"] for user in users] == ["goodies", "postgres"]
    assert "password" not in str(users)
    google.ok("DELETE", f"{SQL}/main/users", name="goodies")
    assert [user["name"] for user in google.ok("GET", f"{SQL}/main/users")["items"]] == ["postgres"]


def test_a_redis_instance_has_an_address_and_a_certificate(google: Google) -> None:
    url = "redis.googleapis.com/v1/projects/acme/locations/us-central1/instances"
    body = {
        "memorySizeGb": 1,
        "tier": "STANDARD_HA",
        "authEnabled": True,
        "transitEncryptionMode": "SERVER_AUTHENTICATION",
    }
    google.ok("POST", url, body, instanceId="main")

    instance = google.ok("GET", f"{url}/main")
    assert instance["port"] == 6378
    x509.load_pem_x509_certificate(instance["serverCaCerts"][0]["cert"].encode())
    assert google.ok("GET", f"{url}/main/authString")["authString"]


def test_a_key_has_a_first_version(google: Google) -> None:
    url = "cloudkms.googleapis.com/v1/projects/acme/locations/us/keyRings/goodies/cryptoKeys"
    google.ok("POST", url, {"purpose": "ENCRYPT_DECRYPT"}, cryptoKeyId="main")

    assert google.ok("GET", f"{url}/main")["primary"]["name"].endswith("/cryptoKeys/main/cryptoKeyVersions/1")
    google.ok("POST", f"{url}/main/cryptoKeyVersions/1:destroy", {})
    assert google.ok("GET", f"{url}/main/cryptoKeyVersions/1")["state"] == "DESTROY_SCHEDULED"


def test_a_role_that_is_removed_can_be_brought_back(google: Google) -> None:
    url = "iam.googleapis.com/v1/projects/acme/roles"
    google.ok("POST", url, {"roleId": "reader", "role": {"title": "Reads"}})
    google.ok("DELETE", f"{url}/reader")
    assert google.ok("GET", f"{url}/reader")["deleted"]

    google.ok("POST", f"{url}/reader:undelete", {})

    assert not google.ok("GET", f"{url}/reader")["deleted"]


@pytest.mark.usefixtures("project")
def test_services_are_enabled_one_by_one_or_together(google: Google) -> None:
    google.ok("POST", f"{SERVICES}/redis.googleapis.com:enable", {})
    google.ok("POST", f"{SERVICES}:batchEnable", {"serviceIds": ["dns.googleapis.com"]})

    enabled = google.ok("GET", SERVICES, filter="state:ENABLED")["services"]
    names = {service["config"]["name"] for service in enabled}
    assert {"redis.googleapis.com", "dns.googleapis.com", "storage.googleapis.com"} <= names
    assert google.ok("GET", f"{SERVICES}/container.googleapis.com")["state"] == "DISABLED"


def test_a_project_with_compute_engine_begins_with_a_network_that_the_world_reaches(
    google: Google, project: str
) -> None:
    google.ok("POST", f"{SERVICES}/compute.googleapis.com:enable", {})

    url = f"compute.googleapis.com/compute/v1/projects/{project}/global"
    assert google.ok("GET", f"{url}/networks/default")["autoCreateSubnetworks"]
    assert len(google.ok("GET", f"{url}/firewalls")["items"]) == 4


def test_a_project_that_is_not_there_is_somebody_elses(google: Google) -> None:
    for version in ("v1", "v3"):
        status, message = google.refused("GET", f"cloudresourcemanager.googleapis.com/{version}/projects/other")
        assert (status, message) == (403, "The caller does not have permission")


def test_a_project_is_paid_for_by_an_account(google: Google, project: str) -> None:
    url = f"cloudbilling.googleapis.com/v1/projects/{project}/billingInfo"
    assert not google.ok("GET", url)["billingEnabled"]

    google.ok("PUT", url, {"billingAccountName": "billingAccounts/000000-000000-000000"})

    assert google.ok("GET", url)["billingEnabled"]


def test_agents_of_services_have_addresses_with_the_projects_number(google: Google, project: str) -> None:
    number = google.ok("GET", f"cloudresourcemanager.googleapis.com/v1/projects/{project}")["projectNumber"]
    url = (
        f"serviceusage.googleapis.com/v1beta1/projects/{project}/services/redis.googleapis.com:generateServiceIdentity"
    )

    identity = google.ok("POST", url)["response"]
    bucket_agent = google.ok("GET", f"storage.googleapis.com/storage/v1/projects/{project}/serviceAccount")

    assert identity["email"] == f"service-{number}@cloud-redis.iam.gserviceaccount.com"
    assert bucket_agent["email_address"] == f"service-{number}@gs-project-accounts.iam.gserviceaccount.com"


def test_a_network_reaches_a_service_of_google_once(google: Google) -> None:
    url = "servicenetworking.googleapis.com/v1/services/servicenetworking.googleapis.com/connections"
    network = "projects/1/global/networks/main"
    body = {"network": network, "reservedPeeringRanges": ["data"]}
    google.ok("POST", url, body)

    failed = google.ok("POST", url, body)["error"]
    google.ok("PATCH", f"{url}/-", body, updateMask="reservedPeeringRanges", force="true")
    found = google.ok("GET", url, network=network)["connections"]

    assert failed["message"].startswith("Cannot modify allocated ranges in CreateConnection.")
    assert [each["peering"] for each in found] == ["servicenetworking-googleapis-com"]
    google.ok("POST", f"{url}/main:deleteConnection".replace("/main:", "/-:"), {"consumerNetwork": network})
    assert google.ok("GET", url, network=network) == {}


def test_nothing_of_a_request_that_its_handler_refuses_is_stored(google: Google, project: str) -> None:
    instances = f"sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances"
    replica = {"name": "replica", "databaseVersion": "POSTGRES_18", "masterInstanceName": "nowhere"}
    assert google.refused("POST", instances, replica | {"settings": {"tier": "db-custom-1-3840"}})[0] == 404
    assert google.refused("GET", f"{instances}/replica")[0] == 404

    zones = f"dns.googleapis.com/dns/v1/projects/{project}/managedZones"
    google.ok("POST", zones, {"name": "acme", "dnsName": "acme.example.", "description": "of Acme"})
    record = {"type": "A", "ttl": 60, "rrdatas": ["192.0.2.1"], "name": "a.acme.example."}
    google.ok("POST", f"{zones}/acme/changes", {"additions": [record]})
    both = {"deletions": [record, record | {"name": "b.acme.example."}]}
    assert google.refused("POST", f"{zones}/acme/changes", both)[0] == 404
    assert google.ok("GET", f"{zones}/acme/rrsets", type="A")["rrsets"]
