"""Bootstrap: the CDK's toolkit stack in each region, in a version that the stacks accept; and the region itself."""

from collections.abc import Iterator
from functools import partial

from botocore.exceptions import ClientError

from admin.preflight.aws.account import Account, code_of
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing, unknown

_GROUP = "bootstrap"
# The toolkit stack writes it, here with the default qualifier ("Customize AWS CDK bootstrapping", CDK developer guide).
PARAMETER = "/cdk-bootstrap/hnb659fds/version"


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check of the toolkit stack, and one of the region itself, for each region."""
    for region in needs.regions:
        yield Check("regions", region, partial(_region, account, region))
        least = max(stack.bootstrap_version for stack in needs.in_region(region))
        yield Check(_GROUP, f"CDK toolkit, {region}", partial(_toolkit, account, region, least))


def _toolkit(account: Account, region: str, least: int) -> Answer:
    step = f"cdk bootstrap aws://{account.id}/{region}"
    try:
        found = account.client("ssm", region).get_parameter(Name=PARAMETER)["Parameter"]["Value"]
    except ClientError as error:
        if code_of(error) == "ParameterNotFound":
            return missing(f"not bootstrapped; version {least} or newer is needed", step)
        raise
    if not found.isdecimal():
        return unknown(f"{PARAMETER} is {found!r} and no number", step)
    if int(found) < least:
        return missing(f"version {found}; {least} or newer is needed", step)
    return fine(f"version {found}; {least} or newer is needed")


def _region(account: Account, region: str) -> Answer:
    status = account.client("account", region).get_region_opt_status(RegionName=region)["RegionOptStatus"]
    if status in {"ENABLED", "ENABLED_BY_DEFAULT"}:
        return fine(status.lower().replace("_", " "))
    if status == "ENABLING":
        return missing("being enabled", "Run it again when it is: that takes minutes to hours")
    return missing(status.lower(), f"aws account enable-region --region-name {region}")
