"""Rights on WAFv2: a policy that names a resource by its ARN holds for that resource alone."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.cloud import EmbeddedCloud, client_options, session


@pytest.fixture
def firewall_of(cloud: EmbeddedCloud) -> Iterator[Callable[..., Any]]:
    """Return WAFv2 for whoever may do these actions on this resource; IAM is enforced until the test ends."""
    iam = cloud.client("iam")
    iam.create_user(UserName="rotation")
    key = iam.create_access_key(UserName="rotation")["AccessKey"]

    def firewall(resource: str, *actions: str) -> Any:
        statement = {"Effect": "Allow", "Action": actions, "Resource": resource}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="rotation", PolicyName="rights", PolicyDocument=document)
        cloud.enforce_iam(True)
        credentials = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        return session().client("wafv2", **(client_options(cloud.endpoint, cloud.account, "us-east-1") | credentials))

    yield firewall
    cloud.enforce_iam(False)
    iam.delete_access_key(UserName="rotation", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="rotation", PolicyName="rights")
    iam.delete_user(UserName="rotation")


@pytest.mark.parametrize("scope", ["REGIONAL", "CLOUDFRONT"])
def test_the_set_that_a_policy_names_can_be_read_and_changed(
    cloud: EmbeddedCloud, firewall_of: Callable[..., Any], scope: str
) -> None:
    owner, patterns = cloud.client("wafv2"), [{"RegexString": "^a$"}]
    made = [
        owner.create_regex_pattern_set(Name=f"{whose}-{scope}", Scope=scope, RegularExpressionList=patterns)["Summary"]
        for whose in ("mine", "yours")
    ]
    mine, yours = ({"Name": each["Name"], "Id": each["Id"], "Scope": scope} for each in made)
    firewall = firewall_of(made[0]["ARN"], "wafv2:GetRegexPatternSet", "wafv2:UpdateRegexPatternSet")
    lock = firewall.get_regex_pattern_set(**mine)["LockToken"]
    firewall.update_regex_pattern_set(**mine, RegularExpressionList=patterns, LockToken=lock)
    denied: tuple[Callable[[], object], ...] = (
        lambda: firewall.get_regex_pattern_set(**yours),
        lambda: firewall.delete_regex_pattern_set(**mine, LockToken=lock),
        lambda: firewall.get_ip_set(**mine),
    )
    for call in denied:
        with pytest.raises(ClientError, match="AccessDenied"):
            call()


def test_what_names_no_resource_needs_the_right_on_all(firewall_of: Callable[..., Any]) -> None:
    everything = firewall_of("*", "wafv2:ListRegexPatternSets")
    assert "RegexPatternSets" in everything.list_regex_pattern_sets(Scope="REGIONAL")
    one = firewall_of("arn:aws:wafv2:us-east-1:111122223333:regional/regexpatternset/*", "wafv2:ListRegexPatternSets")
    with pytest.raises(ClientError, match="AccessDenied"):
        one.list_regex_pattern_sets(Scope="REGIONAL")
