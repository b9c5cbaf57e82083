"""Settings of each environment and the plan's numbers, as typed data; ``load`` reads and checks the files.

Everything that other packages use is exported here.
"""

from environments.checks.examples import example_values
from environments.checks.gcp_regions import PREDEFINED_DUAL_REGIONS
from environments.errors import EnvironmentsError, InputError, UnknownEnvironmentError
from environments.loading import load
from environments.model import (
    CacheSettings,
    DatabaseSettings,
    EdgeSettings,
    Environment,
    NetworkSettings,
    RecoverySettings,
    ServiceSettings,
)
from environments.policy import (
    AccountReceivers,
    AlarmPolicy,
    AwsOrganization,
    AwsRegion,
    BackupPolicy,
    CacheSize,
    CostPolicy,
    DatabaseSize,
    DeliveryAccount,
    GcpRegion,
    GcpRegions,
    GrowthPolicy,
    ImagePolicy,
    Levels,
    ObjectPolicy,
    Policy,
    Receivers,
    ReleasePolicy,
    Review,
    Reviews,
    ScalingPolicy,
    SecurityPolicy,
    ServiceSize,
    SharedGcpAccount,
    Sizes,
    TimeoutPolicy,
    find_size,
)
from environments.selection import select_environments
from environments.value_types import VaultLock

__all__ = [
    "PREDEFINED_DUAL_REGIONS",
    "AccountReceivers",
    "AlarmPolicy",
    "AwsOrganization",
    "AwsRegion",
    "BackupPolicy",
    "CacheSettings",
    "CacheSize",
    "CostPolicy",
    "DatabaseSettings",
    "DatabaseSize",
    "DeliveryAccount",
    "EdgeSettings",
    "Environment",
    "EnvironmentsError",
    "GcpRegion",
    "GcpRegions",
    "GrowthPolicy",
    "ImagePolicy",
    "InputError",
    "Levels",
    "NetworkSettings",
    "ObjectPolicy",
    "Policy",
    "Receivers",
    "RecoverySettings",
    "ReleasePolicy",
    "Review",
    "Reviews",
    "ScalingPolicy",
    "SecurityPolicy",
    "ServiceSettings",
    "ServiceSize",
    "SharedGcpAccount",
    "Sizes",
    "TimeoutPolicy",
    "UnknownEnvironmentError",
    "VaultLock",
    "example_values",
    "find_size",
    "load",
    "select_environments",
]
