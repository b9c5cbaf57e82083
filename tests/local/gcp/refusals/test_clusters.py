"""A cluster that is deleted takes its objects along."""

from local.kubernetes.cluster import Cluster
from tests.local.gcp.rest.conftest import Google
from tests.local.kubernetes.client import DEPLOYMENT, DEPLOYMENTS, Client


def test_a_cluster_of_the_same_name_is_a_new_one(google: Google, project: str) -> None:
    url = f"container.googleapis.com/v1/projects/{project}/locations/us-central1/clusters"
    body = {"cluster": {"name": "goodies", "autopilot": {"enabled": True}}}
    google.ok("POST", url, body)
    host = google.ok("GET", f"{url}/goodies")["controlPlaneEndpointsConfig"]["dnsEndpointConfig"]["endpoint"]
    client = Client(Cluster(google.store.documents("kubernetes"), hosts=["*.gke.goog"], version="v1.34.1"), host)
    client.post(DEPLOYMENTS, DEPLOYMENT)
    google.ok("DELETE", f"{url}/goodies")
    google.ok("POST", url, body)
    assert client.names(DEPLOYMENTS) == []
