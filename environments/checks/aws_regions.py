"""Regions of AWS in which everything that is deployed here exists."""

from typing import NamedTuple


class KnownRegion(NamedTuple):
    """A region with what a template must know of it.

    Attributes:
        zones: last letters of the availability zones that every account has.
        cdn_prefix_list: id of the managed prefix list of CloudFront's origin-facing addresses.
    """

    zones: str
    cdn_prefix_list: str


# Left out is a region without three zones for every account (us-west-1), or where CloudFront writes no standard log
# (eu-south-1, eu-central-2 and all others that an account must enable first: "Configure standard logging (legacy)",
# CloudFront developer guide), and the partitions of China and of the US government. The zones are those of "Regions and
# Zones" (EC2 user guide); a zone that new accounts do not get is left out. Prefix lists as
# `aws ec2 describe-managed-prefix-lists` prints them (published by the project noise-tracker, and equal in others).
KNOWN_REGIONS = {
    "ap-northeast-1": KnownRegion("acd", "pl-58a04531"),
    "ap-northeast-2": KnownRegion("abcd", "pl-22a6434b"),
    "ap-south-1": KnownRegion("abc", "pl-9aa247f3"),
    "ap-southeast-1": KnownRegion("abc", "pl-31a34658"),
    "ap-southeast-2": KnownRegion("abc", "pl-b8a742d1"),
    "ca-central-1": KnownRegion("abd", "pl-38a64351"),
    "eu-central-1": KnownRegion("abc", "pl-a3a144ca"),
    "eu-north-1": KnownRegion("abc", "pl-fab65393"),
    "eu-west-1": KnownRegion("abc", "pl-4fa04526"),
    "eu-west-2": KnownRegion("abc", "pl-93a247fa"),
    "eu-west-3": KnownRegion("abc", "pl-75b1541c"),
    "sa-east-1": KnownRegion("abc", "pl-5da64334"),
    "us-east-1": KnownRegion("abcdef", "pl-3b927c52"),
    "us-east-2": KnownRegion("abc", "pl-b6a144df"),
    "us-west-2": KnownRegion("abcd", "pl-82a045eb"),
}
