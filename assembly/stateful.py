"""Resource types that hold state, of all clouds: what is lost when one of them is deleted."""

from collections.abc import Mapping

STATEFUL: Mapping[str, str] = {
    "AWS::Backup::BackupVault": "recovery points",
    "AWS::DynamoDB::Table": "the table",
    "AWS::EC2::Volume": "the volume",
    "AWS::ECR::Repository": "images",
    "AWS::EFS::FileSystem": "files",
    "AWS::ElastiCache::ReplicationGroup": "the cache and its snapshots",
    "AWS::KMS::Key": "everything that it encrypts",
    "AWS::KMS::ReplicaKey": "what it encrypts in its region",
    "AWS::RDS::DBCluster": "the database",
    "AWS::RDS::DBInstance": "the database",
    "AWS::Route53::HostedZone": "the zone, and its name servers, which the parent zone names",
    "AWS::S3::Bucket": "objects",
    "AWS::SecretsManager::Secret": "the secret's value",
    "google_artifact_registry_repository": "images",
    "google_backup_dr_backup_vault": "recovery points",
    "google_compute_disk": "the disk",
    "google_container_cluster": "everything that runs on it",
    "google_dns_managed_zone": "the zone, and its name servers, which the parent zone names",
    "google_kms_crypto_key": "everything that it encrypts",
    "google_kms_key_ring": "its keys, and with them everything that they encrypt",
    "google_memorystore_instance": "the cache",
    "google_redis_cluster": "the cache",
    "google_redis_instance": "the cache",
    "google_secret_manager_regional_secret": "the secret's versions",
    "google_secret_manager_secret": "the secret's versions",
    "google_secret_manager_secret_version": "the secret's value",
    "google_sql_database": "the database",
    "google_sql_database_instance": "the database and its backups",
    "google_storage_bucket": "objects",
    "kubernetes_persistent_volume_claim": "the volume",
    "kubernetes_persistent_volume_claim_v1": "the volume",
}
# The values between CDN and load balancer are random and renewed by schedule: nothing is lost with them. Anybody can
# choose the place in the code that says so: it counts for secrets alone.
_RECREATED = {"OriginSecrets"}
_SECRETS = "secret"


def holds_state(kind: str, path: str) -> bool:
    """Return whether something is lost with a resource.

    Args:
        kind: its type.
        path: where it stands in the construct tree of its stack.
    """
    is_recreated = _SECRETS in kind.lower() and bool(_RECREATED & set(path.split("/")[:-1]))
    return kind in STATEFUL and not is_recreated
