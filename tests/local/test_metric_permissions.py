"""Permission to write metrics of one namespace, on the embedded cloud with IAM enforced."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud, client_options, session


@pytest.fixture
def writer(cloud: EmbeddedCloud) -> Iterator[dict[str, str]]:
    """Credentials of somebody who may write metrics of one namespace; IAM is enforced until the test ends."""
    iam = cloud.client("iam")
    iam.create_user(UserName="writer")
    key = iam.create_access_key(UserName="writer")["AccessKey"]
    allowed = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "goodies/probe"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="writer", PolicyName="rights", PolicyDocument=document)
    cloud.enforce_iam(True)
    yield {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    cloud.enforce_iam(False)
    iam.delete_access_key(UserName="writer", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="writer", PolicyName="rights")
    iam.delete_user(UserName="writer")


def test_metrics_of_one_namespace_are_written_and_no_others(cloud: EmbeddedCloud, writer: dict[str, str]) -> None:
    cloudwatch = session().client("cloudwatch", **(client_options(cloud.endpoint, cloud.account, "us-east-1") | writer))
    data = [{"MetricName": "Failed", "Value": 0.0}]
    cloudwatch.put_metric_data(Namespace="goodies/probe", MetricData=data)
    with pytest.raises(ClientError, match="not authorized"):
        cloudwatch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=data)
