"""Route 53: records, CAA, delegation of the zone."""

import pytest

from tests.aws.resources import Environment

RECORD = "AWS::Route53::RecordSet"


@pytest.mark.plan("AWS-8")
@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_the_name_of_the_api_leads_to_the_cdn(environment: Environment, kind: str) -> None:
    record = environment.one(RECORD, "Edge", Type=kind)
    cdn = environment.one("AWS::CloudFront::Distribution")
    assert record["AliasTarget"]["DNSName"] == cdn
    assert [record["Name"].removesuffix(".")] == cdn["DistributionConfig"]["Aliases"]


@pytest.mark.plan("AWS-8")
def test_every_record_stands_in_the_environments_own_zone(environment: Environment) -> None:
    zone = environment.one("AWS::Route53::HostedZone")
    assert {record["HostedZoneId"] for record in environment.resources(RECORD)} == {zone}


@pytest.mark.plan("AWS-8", "AWS-9")
def test_only_amazon_may_issue_certificates(environment: Environment) -> None:
    record = environment.one(RECORD, "Foundation", Type="CAA")
    assert record["ResourceRecords"] == ['0 issue "amazon.com"']
    assert record["Name"] == environment.one("AWS::Route53::HostedZone")["Name"]


@pytest.mark.plan("AWS-8")
def test_an_output_names_the_servers_to_delegate_the_domain_to(environment: Environment) -> None:
    assert "NameServers" in environment.stack("Foundation").template["Outputs"]
