"""Deletion of a resource that still holds others is refused."""

from tests.local.gcp.rest.conftest import Google


def test_a_key_and_its_ring_are_kept(google: Google, project: str) -> None:
    url = f"cloudkms.googleapis.com/v1/projects/{project}/locations/us/keyRings"
    google.ok("POST", url, {}, keyRingId="goodies")
    google.ok("POST", f"{url}/goodies/cryptoKeys", {"purpose": "ENCRYPT_DECRYPT"}, cryptoKeyId="goodies")
    assert "child resources" in google.refused("DELETE", f"{url}/goodies")[1]
    assert "CryptoKeyVersions" in google.refused("DELETE", f"{url}/goodies/cryptoKeys/goodies")[1]


def test_a_zone_with_records_of_its_own_is_kept(google: Google, project: str) -> None:
    url = f"dns.googleapis.com/dns/v1/projects/{project}/managedZones"
    google.ok("POST", url, {"name": "example", "dnsName": "example.com.", "description": ""})
    record = {"name": "www.example.com.", "type": "A", "ttl": 300, "rrdatas": ["203.0.113.7"]}
    google.ok("POST", f"{url}/example/changes", {"additions": [record]})
    status, message = google.refused("DELETE", f"{url}/example")
    assert (status, "contains one or more 'resource records'" in message) == (400, True)
    google.ok("POST", f"{url}/example/changes", {"deletions": [record]})
    google.ok("DELETE", f"{url}/example")
