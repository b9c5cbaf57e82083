"""Bucket of Terraform's state (DR-6, SEC-5)."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_google import storage_bucket as gcs
from constructs import Construct

from constructs_lib import naming
from constructs_lib.gcp.base.keys import Key
from constructs_lib.gcp.data.storage import multi_region
from environments import ObjectPolicy

_SERVICE_AGENT = "gs-project-accounts"


class State(Construct):
    """Bucket of all stacks' state, made by `make bootstrap CLOUD=gcp` and imported by the first deploy.

    Each version of a state can be restored. The state holds values that Google generates, such as the cache's AUTH
    string, so a reader of the bucket can read them.

    Args:
        project: id of the project.
        location: multi-region of the bucket and its key, such as ``us``.
        policy: retention of old versions.
        key: encryption key, in the bucket's location.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, project: str, location: str, policy: ObjectPolicy, key: Key
    ) -> None:
        super().__init__(scope, construct_id)
        name = naming.state_bucket(project)
        bucket = gcs.StorageBucket(
            self,
            "bucket",
            name=name,
            location=multi_region(location),
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            versioning=gcs.StorageBucketVersioning(enabled=True),
            lifecycle_rule=[
                gcs.StorageBucketLifecycleRule(
                    action=gcs.StorageBucketLifecycleRuleAction(type="Delete"),
                    condition=gcs.StorageBucketLifecycleRuleCondition(
                        days_since_noncurrent_time=policy.old_versions_keep_days, with_state="ARCHIVED"
                    ),
                )
            ],
            encryption=gcs.StorageBucketEncryption(default_kms_key_name=key.key.id),
            lifecycle=TerraformResourceLifecycle(prevent_destroy=True),
            depends_on=[key.grant_service_agent(_SERVICE_AGENT)],
        )
        bucket.import_from(name)
