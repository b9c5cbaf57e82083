"""Changes of Terraform stacks as people make them, each with what a reviewer must read, in one line.

The stacks are as CDKTF writes them. What the providers know of the types in them was read from google 6.50.0
and kubernetes 2.38.0, because the product carries only what its own stacks use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assembly.provider_facts import TypeSchema
from assembly.values import Json

Mutation = Callable[[Json], None]

KNOWN: Mapping[str, TypeSchema] = {
    "google_sql_database_instance": TypeSchema(
        force_new=frozenset(
            {"encryption_key_name", "name", "project", "region", "settings.collation", "settings.disk_type"}
        ),
        conditional=frozenset(
            {"master_instance_name", "settings.disk_size", "settings.ip_configuration.private_network"}
        ),
        optional_computed=frozenset({"encryption_key_name", "name", "project", "region", "settings.disk_type"}),
        required=frozenset({"settings.tier", "settings.ip_configuration.authorized_networks.value"}),
    ),
    "google_redis_instance": TypeSchema(
        force_new=frozenset(
            {"authorized_network", "customer_managed_key", "name", "region", "tier", "transit_encryption_mode"}
        ),
        conditional=frozenset({"redis_version"}),
    ),
    "google_storage_bucket": TypeSchema(
        force_new=frozenset({"location", "name", "project"}), conditional=frozenset({"retention_policy.is_locked"})
    ),
    "google_compute_network": TypeSchema(
        force_new=frozenset({"auto_create_subnetworks", "description", "name", "project"})
    ),
    "google_compute_subnetwork": TypeSchema(
        force_new=frozenset({"name", "network", "project", "region"}), conditional=frozenset({"ip_cidr_range"})
    ),
    "google_compute_firewall": TypeSchema(force_new=frozenset({"direction", "name", "params", "project"})),
    "google_project_iam_member": TypeSchema(force_new=frozenset({"condition", "member", "project", "role"})),
    "kubernetes_deployment_v1": TypeSchema(
        force_new=frozenset({"metadata.name", "metadata.namespace", "spec.selector", "spec.selector.match_labels"})
    ),
    "kubernetes_horizontal_pod_autoscaler_v2": TypeSchema(force_new=frozenset({"metadata.name", "metadata.namespace"})),
}


def stack() -> Json:
    """Return a stack on Google Cloud as CDKTF writes it."""
    return {
        "//": {"metadata": {"backend": "gcs", "version": "0.21.0"}},
        "terraform": {
            "backend": {"gcs": {"bucket": "state"}},
            "required_providers": {"google": {"source": "google", "version": "6.50.0"}},
        },
        "provider": {"google": [{"project": "goodies"}]},
        "output": {"network": {"value": "${google_compute_network.network.id}"}},
        "resource": {
            "google_compute_network": {
                "network": _at("Network/network", name="goodies", auto_create_subnetworks=False)
            },
            "google_compute_subnetwork": {
                "private": _at(
                    "Network/private",
                    name="private",
                    network="${google_compute_network.network.id}",
                    ip_cidr_range="10.0.0.0/20",
                )
            },
            "google_compute_firewall": {
                "inside": _at(
                    "Network/inside",
                    name="inside",
                    network="${google_compute_network.network.id}",
                    source_ranges=["10.0.0.0/8"],
                    allow=[{"protocol": "tcp", "ports": ["443"]}],
                )
            },
            "google_sql_database_instance": {
                "database": _at(
                    "Database/instance",
                    name="goodies",
                    region="us-central1",
                    database_version="POSTGRES_17",
                    deletion_protection=True,
                    lifecycle={"prevent_destroy": True},
                    settings={
                        "tier": "db-custom-2-8192",
                        "availability_type": "REGIONAL",
                        "disk_size": 100,
                        "backup_configuration": {
                            "enabled": True,
                            "point_in_time_recovery_enabled": True,
                            "transaction_log_retention_days": 7,
                        },
                        "ip_configuration": {
                            "ipv4_enabled": False,
                            "private_network": "${google_compute_network.network.id}",
                            "ssl_mode": "ENCRYPTED_ONLY",
                        },
                        "user_labels": {"environment": "prod"},
                    },
                )
            },
            "google_redis_instance": {
                "cache": _at(
                    "Cache/redis", name="goodies", tier="STANDARD_HA", transit_encryption_mode="SERVER_AUTHENTICATION"
                )
            },
            "google_storage_bucket": {
                "uploads": _at(
                    "Storage/uploads",
                    name="uploads",
                    location="US",
                    public_access_prevention="enforced",
                    versioning={"enabled": True},
                )
            },
            "google_project_iam_member": {
                "client": _at(
                    "Service/client", project="p", role="roles/cloudsql.client", member="serviceAccount:goodies@p"
                )
            },
            "kubernetes_deployment_v1": {
                "service": _at(
                    "Service/deployment",
                    metadata={"name": "funkygibbon", "namespace": "goodies"},
                    lifecycle={"ignore_changes": ["spec[0].template[0].spec[0].container[0].image"]},
                    spec={
                        "selector": {"match_labels": {"app": "funkygibbon"}},
                        "template": {"spec": {"container": [{"name": "funkygibbon", "image": "none", "args": ["a"]}]}},
                    },
                )
            },
            "kubernetes_horizontal_pod_autoscaler_v2": {
                "scaling": _at(
                    "Service/scaling",
                    metadata={"name": "funkygibbon", "namespace": "goodies"},
                    spec={"min_replicas": 2, "max_replicas": 20},
                )
            },
            "random_id": {"suffix": _at("Storage/suffix", byte_length=4)},
        },
    }


def _at(path: str, **arguments: Json) -> Json:
    return {"//": {"metadata": {"path": f"STACK/{path}", "uniqueId": path.replace("/", "_")}}, **arguments}


@dataclass(frozen=True)
class Case:
    change: Mutation
    verdict: str

    @property
    def name(self) -> str:
        return self.change.__name__


CASES: list[Case] = []


def case(verdict: str) -> Callable[[Mutation], Mutation]:
    def note(change: Mutation) -> Mutation:
        CASES.append(Case(change, verdict))
        return change

    return note


def database(after: Json) -> Json:
    return after["resource"]["google_sql_database_instance"]["database"]


@case("nothing")
def another_path_of_the_local_state(after: Json) -> None:
    after["terraform"]["backend"]["local"] = {"path": "/somewhere/else"}


@case("nothing")
def an_image_that_the_release_sets(after: Json) -> None:
    service = after["resource"]["kubernetes_deployment_v1"]["service"]
    service["spec"]["template"]["spec"]["container"][0]["image"] = "1.2.3-abc"


@case("nothing")
def a_resource_that_the_stack_says_it_moved(after: Json) -> None:
    after["resource"]["google_storage_bucket"]["objects"] = after["resource"]["google_storage_bucket"].pop("uploads")
    after["moved"] = [{"from": "google_storage_bucket.uploads", "to": "google_storage_bucket.objects"}]


@case("1 changed")
def another_version_of_the_provider(after: Json) -> None:
    after["terraform"]["required_providers"]["google"]["version"] = "7.0.0"


@case("1 changed")
def a_larger_database(after: Json) -> None:
    database(after)["settings"]["tier"] = "db-custom-4-16384"


@case("1 changed")
def a_larger_disk(after: Json) -> None:
    database(after)["settings"]["disk_size"] = 200


@case("1 changed")
def a_label(after: Json) -> None:
    database(after)["settings"]["user_labels"]["team"] = "home"


@case("1 changed: Change Service/deployment")
def another_argument_of_the_container(after: Json) -> None:
    service = after["resource"]["kubernetes_deployment_v1"]["service"]
    service["spec"]["template"]["spec"]["container"][0]["args"] = ["b"]


@case("1 replaced: Change Service/deployment")
def another_name_of_the_deployment(after: Json) -> None:
    after["resource"]["kubernetes_deployment_v1"]["service"]["metadata"]["name"] = "goodies"


@case("1 may be replaced: Unjudged Storage/suffix")
def a_type_that_nothing_is_known_of(after: Json) -> None:
    after["resource"]["random_id"]["suffix"]["byte_length"] = 8


@case("1 replaced: Change Network/private")
def a_smaller_range_of_a_subnet(after: Json) -> None:
    after["resource"]["google_compute_subnetwork"]["private"]["ip_cidr_range"] = "10.0.0.0/24"


@case("1 added")
def a_new_bucket(after: Json) -> None:
    after["resource"]["google_storage_bucket"]["more"] = _at("Storage/more", name="more", location="US")


@case("1 replaced: Replace Database/instance")
def another_region_of_the_database(after: Json) -> None:
    database(after)["region"] = "us-east1"


@case("1 replaced: Change Database/instance, Replace Database/instance")
def a_smaller_disk(after: Json) -> None:
    database(after)["settings"]["disk_size"] = 50


@case("3 replaced, 1 changed: Change Network/network, Replace Database/instance")
def a_network_and_the_subnet_in_it(after: Json) -> None:
    after["resource"]["google_compute_network"]["network"]["name"] = "home"


@case("1 moved: Replace Storage/uploads")
def a_renamed_bucket(after: Json) -> None:
    bucket = after["resource"]["google_storage_bucket"].pop("uploads")
    bucket["//"]["metadata"]["path"] = "STACK/Storage/objects"
    after["resource"]["google_storage_bucket"]["objects"] = bucket


@case("1 removed: Remove Database/instance")
def a_removed_database(after: Json) -> None:
    del after["resource"]["google_sql_database_instance"]


@case("1 changed: Unprotect Database/instance")
def no_deletion_protection(after: Json) -> None:
    database(after)["deletion_protection"] = False


@case("1 changed: Unprotect Database/instance")
def a_database_that_terraform_may_destroy(after: Json) -> None:
    del database(after)["lifecycle"]


@case("1 changed: Reduce Database/instance")
def no_standby(after: Json) -> None:
    database(after)["settings"]["availability_type"] = "ZONAL"


@case("1 changed: Reduce Database/instance")
def fewer_days_to_recover_to(after: Json) -> None:
    database(after)["settings"]["backup_configuration"]["transaction_log_retention_days"] = 3


@case("1 changed: Open Database/instance")
def a_database_on_the_internet(after: Json) -> None:
    database(after)["settings"]["ip_configuration"]["ipv4_enabled"] = True


@case("1 changed: Open Network/inside")
def a_firewall_for_everybody(after: Json) -> None:
    after["resource"]["google_compute_firewall"]["inside"]["source_ranges"] = ["0.0.0.0/0"]


@case("1 changed: Open Storage/uploads")
def a_bucket_that_can_be_public(after: Json) -> None:
    after["resource"]["google_storage_bucket"]["uploads"]["public_access_prevention"] = "inherited"


@case("1 replaced: Grant Service/client")
def a_role_that_may_everything(after: Json) -> None:
    after["resource"]["google_project_iam_member"]["client"]["role"] = "roles/owner"


@case("1 replaced: Replace Cache/redis, Weaken Cache/redis")
def a_cache_that_speaks_plain_text(after: Json) -> None:
    after["resource"]["google_redis_instance"]["cache"]["transit_encryption_mode"] = "DISABLED"


@case("1 changed: Weaken Database/instance")
def a_database_that_accepts_plain_text(after: Json) -> None:
    del database(after)["settings"]["ip_configuration"]["ssl_mode"]


@case("1 changed: Change Service/scaling")
def fewer_pods_at_the_least(after: Json) -> None:
    after["resource"]["kubernetes_horizontal_pod_autoscaler_v2"]["scaling"]["spec"]["min_replicas"] = 1
