"""What Terraform does to a resource: its provider's schema says which changes replace it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from tools.diff.draft import Draft, Verdict
from tools.diff.exposure import doors, grants
from tools.diff.model import NOTHING, Edit, Json, Kind
from tools.diff.terraform import Application
from tools.diff.values import plain_path
from tools.terraform.facts import facts_of
