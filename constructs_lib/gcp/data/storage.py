"""Buckets of Cloud Storage with their lifecycle rules: assets, uploads, backups (GCP-6, DR-8, DR-9, DR-10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import storage_bucket as gcs
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.keys import Key
from environments import PREDEFINED_DUAL_REGIONS, BackupPolicy, ObjectPolicy, VaultLock

# Monthly exports of the database lie here.
ARCHIVE_PREFIX = "archive/"
_SERVICE_AGENT = "gs-project-accounts"
_ABANDONED_UPLOADS_DAYS = 7
_DAY_SECONDS = 24 * 60 * 60

Rules = Sequence[gcs.StorageBucketLifecycleRule]
Condition = gcs.StorageBucketLifecycleRuleCondition


@dataclass(frozen=True)
class Placement:
    """Location of a bucket: one region, or two regions of one continent (dual-region).

    Some pairs have a name of their own (predefined dual-region), and are offered by that name only ("Bucket locations",
    Cloud Storage documentation).

    Attributes:
        primary: region.
        recovery: second region; None for one region.
    """

    primary: str
    recovery: str | None = None

    @property
    def location(self) -> str:
        """Location in Cloud Storage: a region, a predefined pair, or the continent of both ("Bucket locations")."""
        if not self.recovery:
            return self.primary.upper()
        return self._predefined or multi_region(continent_of(self.primary))

    @property
    def key_location(self) -> str:
        """Location of the bucket's key ("Use customer-managed encryption keys", Cloud Storage documentation)."""
        if not self.recovery:
            return self.primary
        return self._predefined.lower() if self._predefined else continent_of(self.primary)

    @property
    def data_locations(self) -> Sequence[str] | None:
        """The two regions, where the location does not name them."""
        if not self.recovery or self._predefined:
            return None
        return [self.primary.upper(), self.recovery.upper()]

    @property
    def _predefined(self) -> str | None:
        return PREDEFINED_DUAL_REGIONS.get(frozenset({self.primary, self.recovery or ""}))


def continent_of(region: str) -> str:
    """Return the multi-region of a region for keys and images, such as ``us``."""
    return region.partition("-")[0]


def multi_region(continent: str) -> str:
    """Return what Cloud Storage calls the multi-region of a continent ("Bucket locations")."""
    return {"us": "US", "europe": "EU", "asia": "ASIA"}[continent]


def _delete(condition: Condition) -> gcs.StorageBucketLifecycleRule:
    return gcs.StorageBucketLifecycleRule(
        action=gcs.StorageBucketLifecycleRuleAction(type="Delete"), condition=condition
    )


def _move(storage_class: Literal["NEARLINE", "ARCHIVE"], condition: Condition) -> gcs.StorageBucketLifecycleRule:
    return gcs.StorageBucketLifecycleRule(
        action=gcs.StorageBucketLifecycleRuleAction(type="SetStorageClass", storage_class=storage_class),
        condition=condition,
    )


def _tidy(policy: ObjectPolicy) -> Rules:
    return [
        _delete(Condition(days_since_noncurrent_time=policy.old_versions_keep_days, with_state="ARCHIVED")),
        gcs.StorageBucketLifecycleRule(
            action=gcs.StorageBucketLifecycleRuleAction(type="AbortIncompleteMultipartUpload"),
            condition=Condition(age=_ABANDONED_UPLOADS_DAYS),
        ),
    ]


def _grow_colder(policy: ObjectPolicy) -> Rules:
    return [
        _move("NEARLINE", Condition(age=policy.infrequent_after_days)),
        _move("ARCHIVE", Condition(age=policy.archive_after_days)),
    ]


def _archive(policy: BackupPolicy) -> Rules:
    return [
        _move("ARCHIVE", Condition(age=policy.archive_after_days, matches_prefix=[ARCHIVE_PREFIX])),
        _delete(Condition(age=policy.archive_keep_days, matches_prefix=[ARCHIVE_PREFIX])),
    ]


class Storage(Construct):
    """Buckets of an environment: private, TLS only; readers need a grant.

    With a recovery region each bucket is in both: a write is replicated within 15 minutes, the objective of turbo
    replication and of the plan (DR-12, "Data availability and durability", Cloud Storage documentation).

    The audit trail records reads and writes of objects, with the caller's identity, in place of usage logs ("Usage logs
    & storage logs", Cloud Storage documentation).

    Args:
        project: id of the project, prefix of the buckets' names.
        placement: location of the buckets.
        policy: ages at which objects move to colder classes, and old versions are deleted.
        backup: retention of backups and deleted objects.
        lock: who may delete a backup early.
        key: encryption key, in ``placement.key_location``.

    Attributes:
        assets: files that the CDN serves under ``/static``.
        uploads: files that users upload.
        backups: exports of the database.
        replicated: buckets in both regions by the names of their alarms; none without a recovery region.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        project: str,
        placement: Placement,
        policy: ObjectPolicy,
        backup: BackupPolicy,
        lock: VaultLock,
        key: Key,
    ) -> None:
        super().__init__(scope, construct_id)
        self._project = project
        self._placement = placement
        self._key = key
        self._grant = key.grant_service_agent(_SERVICE_AGENT)
        self._tidy = _tidy(policy)
        self._soft_delete = gcs.StorageBucketSoftDeletePolicy(
            retention_duration_seconds=backup.point_in_time_days * _DAY_SECONDS
        )
        colder = _grow_colder(policy)
        self.assets = self._bucket("assets", colder)
        self.uploads = self._bucket("uploads", colder)
        self.backups = self._bucket("backups", [*colder, *_archive(backup)], retention=_retention(lock, backup))
        everything = {"Assets": self.assets, "Uploads": self.uploads, "Backups": self.backups}
        self.replicated = everything if placement.recovery else {}

    def _bucket(
        self,
        purpose: str,
        lifecycle: Rules,
        *,
        retention: gcs.StorageBucketRetentionPolicy | None = None,
    ) -> gcs.StorageBucket:
        data_locations = self._placement.data_locations
        return gcs.StorageBucket(
            self,
            purpose,
            name=naming.bucket(self._project, purpose),
            location=self._placement.location,
            custom_placement_config=gcs.StorageBucketCustomPlacementConfig(data_locations=list(data_locations))
            if data_locations
            else None,
            rpo="ASYNC_TURBO" if self._placement.recovery else None,
            storage_class="STANDARD",
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            # A bucket has either a retention policy or old versions ("Bucket Lock", Cloud Storage documentation);
            # an object that cannot be overwritten needs no old versions.
            versioning=gcs.StorageBucketVersioning(enabled=retention is None),
            # Soft delete: an object that a lifecycle rule or an administrator deletes can be restored for a while.
            soft_delete_policy=self._soft_delete,
            retention_policy=retention,
            lifecycle_rule=[*lifecycle, *self._tidy],
            encryption=gcs.StorageBucketEncryption(default_kms_key_name=self._key.key.id),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[self._grant],
        )


def _retention(lock: VaultLock, policy: BackupPolicy) -> gcs.StorageBucketRetentionPolicy | None:
    """Return the retention policy of backups; with the lock ``compliance`` not even an administrator can remove it."""
    if lock == "none":
        return None
    return gcs.StorageBucketRetentionPolicy(
        retention_period=policy.point_in_time_days * _DAY_SECONDS, is_locked=lock == "compliance"
    )
