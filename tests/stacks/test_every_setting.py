"""Settings: each is read by the stacks of each cloud, or it is known why one of them ignores it."""

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest

from tests.synthesis import CHECKOUT

# Settings that a cloud's stacks have no use for, by the reason.
IGNORED: Mapping[str, Mapping[str, str]] = {
    "aws": {
        "of Google Cloud": "CacheSize.gcp DatabaseSize.gcp DeliveryAccount.gcp EnvironmentAccount.gcp"
        " GcpAccount.project"
        " GcpRegion.name GcpRegion.zones GcpRegions.primary GcpRegions.recovery Regions.gcp"
        " SharedGcpAccount.billing_account SharedGcpAccount.currency SharedGcpAccount.currency_per_usd"
        " SharedGcpAccount.organization SharedGcpAccount.project",
        "a node type of ElastiCache has its memory": "CacheSize.memory_gib",
        "AWS rotates passwords by itself": "DatabaseSettings.password_generation",
        "the checks read it, and who releases": "EnvironmentFile.approval EnvironmentFile.stage",
        "a network on AWS has NAT gateways, or none": "NetworkSettings.internet_egress",
    },
    "gcp": {
        "of AWS": "AwsRegion.cdn_prefix_list AwsRegion.name AwsRegion.zones AwsRegions.primary AwsRegions.recovery"
        " CacheSize.aws DatabaseSize.aws DeliveryAccount.aws_account_id EnvironmentAccount.aws_account_id Regions.aws"
        " EdgeSettings.price_class EdgeSettings.shield_advanced",
        "a node type of Valkey, and the environments run Redis": "CacheSize.gcp",
        "a tier of Cloud SQL has its memory": "DatabaseSize.memory_gib",
        "anomalies and reservations are the billing account's there": "CostPolicy.anomaly_alert_usd"
        " CostPolicy.reserved_coverage_percent CostPolicy.reserved_utilization_percent",
        "Query Insights keeps a week": "DatabaseSettings.insights_days",
        "Cloud SQL asks for no consent": "DatabaseSettings.major_upgrade",
        "the image comes from elsewhere, built for x86_64": "DeliveryAccount.repository ServiceSettings.architecture",
        "the load balancer there needs no secret of the CDN": "EdgeSettings.origin_secret_generation",
        "the checks read it, and who releases": "EnvironmentFile.approval EnvironmentFile.stage",
        "a subnet there spans all zones": "NetworkSettings.availability_zones NetworkSettings.isolated_mask"
        " NetworkSettings.nat_gateways NetworkSettings.private_mask NetworkSettings.public_mask",
        "Google's APIs are reached by private access": "NetworkSettings.interface_endpoints",
        "read all at once, each by its name": "Reviews.access Reviews.cost Reviews.penetration_test Reviews.purchases"
        " Reviews.right_sizing Reviews.security Reviews.unused Reviews.vulnerabilities",
        "findings have no number there": "SecurityPolicy.critical_severity SecurityPolicy.unused_days",
        "a new password is a generation there": "SecurityPolicy.secret_rotation_days",
        "Kubernetes rolls, and execs by its own roles": "ServiceSettings.deployment ServiceSettings.execute_command",
    },
}


@pytest.mark.parametrize("cloud", IGNORED)
def test_a_cloud_reads_every_setting(cloud: str) -> None:
    command = [sys.executable, "-m", "tests.stacks.read_settings", cloud]
    run = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert set(json.loads(run.stdout.splitlines()[-1])) == set(" ".join(IGNORED[cloud].values()).split())
