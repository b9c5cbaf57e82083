"""Checks of numbers in policy.yaml that depend on each other."""

from collections.abc import Iterator

from environments.errors import Violation
from environments.policy import Levels, Policy

# What AWS Backup demands of a backup in cold storage (Lifecycle, API reference).
_COLD_DAYS = 90
# Google renews a certificate about a month before its end ("Certificate Manager: how it works"); ACM does 45 days
# before, since certificates are valid for 198 days ("Managed certificate renewal", ACM user guide; older texts say 60).
_RENEWAL_DAYS = 30
# What S3 demands between two colder classes (lifecycle transitions, user guide).
_INFREQUENT_DAYS = 30


def warnings_come_before_alarms(policy: Policy) -> Iterator[Violation]:
    """Each warning threshold is below the critical one (MON-7, MON-8)."""
    alarms = policy.alarms
    levels: dict[str, Levels] = {
        "error_rate_percent": alarms.error_rate_percent,
        "response_time_ms": alarms.response_time_ms,
        "cpu_percent": alarms.cpu_percent,
        "memory_percent": alarms.memory_percent,
        "disk_percent": alarms.disk_percent,
    }
    for name, level in levels.items():
        if level.warning >= level.critical:
            yield Violation(f"alarms.{name}.warning", f"less than alarms.{name}.critical, {level.critical}")


def warnings_wait_longest(policy: Policy) -> Iterator[Violation]:
    """A rollback alarm waits no longer than a critical one, and that no longer than a warning (MON-7, MON-8, RBK-1)."""
    alarms = policy.alarms
    if alarms.critical_after_minutes > alarms.warning_after_minutes:
        allowed = f"at most alarms.warning_after_minutes, {alarms.warning_after_minutes}"
        yield Violation("alarms.critical_after_minutes", f"{allowed} (MON-7, MON-8)")
    if alarms.rollback_after_minutes > alarms.critical_after_minutes:
        allowed = f"at most alarms.critical_after_minutes, {alarms.critical_after_minutes}"
        yield Violation("alarms.rollback_after_minutes", f"{allowed} (RBK-1)")


def certificates_are_renewed_before_the_warning(policy: Policy) -> Iterator[Violation]:
    """A certificate is renewed before the warning of its end would fire, and the warning comes before the page."""
    days = policy.alarms.certificate_days
    if days.warning >= _RENEWAL_DAYS:
        yield Violation("alarms.certificate_days.warning", f"less than {_RENEWAL_DAYS}, when certificates are renewed")
    if days.critical >= days.warning:
        yield Violation(
            "alarms.certificate_days.critical", f"less than alarms.certificate_days.warning, {days.warning}"
        )


def archive_outlives_the_minimum(policy: Policy) -> Iterator[Violation]:
    """A backup in cold storage stays for the 90 days that AWS Backup demands (DR-4)."""
    least = policy.backup.archive_after_days + _COLD_DAYS
    if policy.backup.archive_keep_days < least:
        allowed = f"at least {least}: archive_after_days and the {_COLD_DAYS} days that cold storage keeps (DR-4)"
        yield Violation("backup.archive_keep_days", allowed)


def copies_live_as_long_as_backups(policy: Policy) -> Iterator[Violation]:
    """Copies are kept as long as backups; the locked vaults refuse a shorter retention (DR-2, DR-3)."""
    if policy.backup.copy_keep_days < policy.backup.point_in_time_days:
        least = f"at least backup.point_in_time_days, {policy.backup.point_in_time_days} (DR-2)"
        yield Violation("backup.copy_keep_days", least)


def images_in_use_are_pulled(policy: Policy) -> Iterator[Violation]:
    """An image that an environment runs is not archived, also where one rotation and its restart have failed (DR-5).

    A rotation restarts the tasks, which pull the image. No task starts from an archived one ("Archiving an image in
    Amazon ECR", user guide).
    """
    least = 2 * policy.security.secret_rotation_days + 1
    if policy.images.archive_after_days < least:
        allowed = f"at least {least}, more than two rotations (security.secret_rotation_days), which pull what runs"
        yield Violation("images.archive_after_days", f"{allowed} (DR-5)")


def objects_get_colder_in_order(policy: Policy) -> Iterator[Violation]:
    """Objects are archived 30 days or more after they became infrequent, what S3 demands (DR-10)."""
    least = policy.objects.infrequent_after_days + _INFREQUENT_DAYS
    if policy.objects.archive_after_days < least:
        allowed = f"at least {least}: infrequent_after_days and the {_INFREQUENT_DAYS} days that S3 wants between them"
        yield Violation("objects.archive_after_days", f"{allowed} (DR-10)")
