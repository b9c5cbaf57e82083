"""Regions of Google Cloud in which everything that is deployed here exists, and pairs that a bucket can span."""

from collections.abc import Mapping
from typing import NamedTuple


class KnownRegion(NamedTuple):
    """A region with what a stack must know of it.

    Attributes:
        zones: last letters of the zones.
        pairs: whether a bucket can span it and any other such region of its continent.
    """

    zones: str
    pairs: bool = True


# "Bucket locations", configurable dual-regions, Cloud Storage documentation; "Available regions and zones", Compute
# Engine documentation. Left out is a region that a bucket cannot pair with all others of its continent (Berlin and
# Turin, which have codes of their countries too, London, Zurich), or with an unclear note in that table (Columbus).
KNOWN_REGIONS: Mapping[str, KnownRegion] = {
    "asia-east1": KnownRegion("abc"),
    "asia-northeast1": KnownRegion("abc", pairs=False),
    "asia-northeast2": KnownRegion("abc", pairs=False),
    "asia-southeast1": KnownRegion("abc"),
    "europe-central2": KnownRegion("abc"),
    "europe-north1": KnownRegion("abc"),
    "europe-southwest1": KnownRegion("abc"),
    "europe-west1": KnownRegion("bcd"),
    "europe-west3": KnownRegion("abc"),
    "europe-west4": KnownRegion("abc"),
    "europe-west8": KnownRegion("abc"),
    "europe-west9": KnownRegion("abc"),
    "us-central1": KnownRegion("abcf"),
    "us-east1": KnownRegion("bcd"),
    "us-east4": KnownRegion("abc"),
    "us-south1": KnownRegion("abc"),
    "us-west1": KnownRegion("abc"),
    "us-west2": KnownRegion("abc"),
    "us-west3": KnownRegion("abc"),
    "us-west4": KnownRegion("abc"),
}
# Pairs with a location of their own, which Cloud Storage offers in no other way ("Bucket locations", predefined
# dual-regions). The key of such a bucket lies in the same location ("Use customer-managed encryption keys").
PREDEFINED_DUAL_REGIONS: Mapping[frozenset[str], str] = {
    frozenset({"asia-northeast1", "asia-northeast2"}): "ASIA1",
    frozenset({"europe-north1", "europe-west4"}): "EUR4",
    frozenset({"us-central1", "us-east1"}): "NAM4",
}
