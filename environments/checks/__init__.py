"""Checks of settings that have the right types and cannot be deployed all the same.

A check is a function, named as the statement that it makes sure of. It yields a violation for each value that breaks
the statement, and runs when it is listed here.
"""

import re
from collections.abc import Callable, Iterable

from environments.checks import (
    capacity,
    connections,
    database,
    examples,
    google_cloud,
    network,
    policy,
    production,
    reviews,
    subscriptions,
    timeouts,
    variables,
)
from environments.errors import Violation
from environments.value_types import ENVIRONMENT_NAME_PATTERN

Check = Callable[..., Iterable[Violation]]

POLICY_CHECKS: tuple[Check, ...] = (
    network.recovery_is_elsewhere,
    network.aws_knows_the_regions,
    network.zones_belong_to_their_region,
    network.a_bucket_can_span_the_regions,
    network.gcp_knows_the_regions,
    policy.warnings_come_before_alarms,
    policy.warnings_wait_longest,
    policy.certificates_are_renewed_before_the_warning,
    policy.archive_outlives_the_minimum,
    policy.copies_live_as_long_as_backups,
    policy.images_in_use_are_pulled,
    policy.objects_get_colder_in_order,
    reviews.reviews_are_as_often_as_promised,
    reviews.reviews_are_due_before_the_next,
    reviews.titles_differ,
    reviews.checklists_fit_into_a_ticket,
    capacity.instances_have_room_to_grow,
    capacity.removal_is_slower_than_addition,
    capacity.sizes_are_on_offer,
    capacity.sizes_get_larger,
    database.databases_get_no_fewer_cpus,
    capacity.sizes_are_named_once,
    connections.connections_leave_memory,
    google_cloud.cloud_sql_offers_the_tiers,
    google_cloud.cloud_sql_keeps_its_log,
    google_cloud.cloud_sql_keeps_its_backups,
    google_cloud.cloud_logging_keeps_the_trail,
    google_cloud.autopilot_offers_the_sizes,
    google_cloud.valkey_has_the_memory,
    subscriptions.regions_have_zones,
    subscriptions.deployers_have_public_addresses,
    subscriptions.storage_keeps_what_is_deleted,
    subscriptions.logs_are_kept_as_workspaces_can,
    subscriptions.untagged_images_are_kept_a_year_at_most,
    subscriptions.flexible_servers_have_the_memory,
    subscriptions.flexible_servers_get_no_fewer_cpus,
    subscriptions.storage_is_sold_in_steps,
    subscriptions.managed_redis_has_the_memory,
    timeouts.clients_outwait_the_cdn,
    timeouts.balancers_outwait_the_cdn,
    timeouts.servers_outwait_the_balancers,
    timeouts.requests_end_before_their_container,
    timeouts.liveness_checks_are_patient,
    google_cloud.budgets_have_a_rate,
    examples.policy_is_real_or_example,
)
ENVIRONMENT_CHECKS: tuple[Check, ...] = (
    network.ranges_are_private,
    network.ranges_are_large_enough,
    network.nat_gateways_have_a_zone_each,
    network.endpoints_are_named_once,
    network.recovery_range_is_its_own,
    google_cloud.project_is_not_the_shared_one,
    google_cloud.ranges_hold_a_cluster,
    google_cloud.ranges_reach_the_database,
    google_cloud.cloud_logging_keeps_the_logs,
    google_cloud.read_replicas_have_memory,
    google_cloud.redis_has_the_memory,
    subscriptions.names_fit_into_a_vaults,
    subscriptions.flow_logs_are_kept_a_year_at_most,
    subscriptions.ranges_hold_the_subnets,
    subscriptions.storage_has_a_step,
    subscriptions.one_shard_holds_the_cache,
    capacity.deployments_bake_long_enough,
    capacity.sizes_are_in_the_policy,
    database.engine_version_is_on_offer,
    database.database_name_is_free,
    database.replica_is_not_smaller,
    database.storage_has_room_to_grow,
    connections.database_accepts_all_instances,
    timeouts.services_stop_before_they_are_killed,
    variables.variables_are_the_applications,
    variables.variables_are_named_once,
    variables.variables_are_no_secrets,
    production.is_protected,
    production.survives_the_loss_of_a_zone,
    production.can_recover,
    examples.environment_is_real_or_example,
)
# Called with a later and an earlier environment; the violation is the later one's.
PAIR_CHECKS: tuple[Check, ...] = (
    network.ranges_do_not_overlap,
    network.domains_differ,
    google_cloud.projects_differ,
    capacity.architectures_agree,
)

# The stacks of a whole account carry these names (GoodiesAccount, GoodiesDelivery), or a cloud's own (gcp-shared).
_TAKEN_NAMES = {"account", "delivery", "policy", "shared"}
ALLOWED_NAMES = "a lower-case word of up to 16 letters and digits, as part of stack names, but none of " + ", ".join(
    sorted(_TAKEN_NAMES)
)


def name_is_allowed(name: str) -> bool:
    """Return whether an environment, and with it its stacks, can have a name, such as ``prod``."""
    return re.fullmatch(ENVIRONMENT_NAME_PATTERN, name) is not None and name not in _TAKEN_NAMES
