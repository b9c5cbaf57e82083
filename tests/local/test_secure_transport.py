"""Transport of requests: a topic that denies what comes without TLS takes what the embedded cloud is sent."""

import json
from collections.abc import Iterator

import pytest

from local.cloud import EmbeddedCloud, client_options, session


@pytest.fixture
def publisher(cloud: EmbeddedCloud) -> Iterator[dict[str, str]]:
    """Credentials of somebody who may publish to all topics; IAM is enforced until the test ends."""
    iam = cloud.client("iam")
    iam.create_user(UserName="publisher")
    key = iam.create_access_key(UserName="publisher")["AccessKey"]
    allowed = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="publisher", PolicyName="rights", PolicyDocument=document)
    cloud.enforce_iam(True)
    yield {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    cloud.enforce_iam(False)
    iam.delete_access_key(UserName="publisher", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="publisher", PolicyName="rights")
    iam.delete_user(UserName="publisher")


def test_a_topic_that_demands_tls_takes_a_message(cloud: EmbeddedCloud, publisher: dict[str, str]) -> None:
    owner = cloud.client("sns")
    topic = owner.create_topic(Name="encrypted")["TopicArn"]
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    owner.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    sns = session().client("sns", **(client_options(cloud.endpoint, cloud.account, "us-east-1") | publisher))
    assert sns.publish(TopicArn=topic, Message="A release is refused")["MessageId"]
    owner.delete_topic(TopicArn=topic)
