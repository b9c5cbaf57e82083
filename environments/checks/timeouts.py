"""Checks of the chain of time-outs: whoever waits, waits longer than what it waits for."""

from collections.abc import Iterator

from environments.errors import Violation
from environments.model import Environment
from environments.policy import Policy

# "Timeouts and retries", Cloud Load Balancing documentation: an idle connection to a backend; it cannot be changed.
_GOOGLE_IDLE_SECONDS = 600


def clients_outwait_the_cdn(policy: Policy) -> Iterator[Violation]:
    """The client waits for all attempts of the CDN, or it repeats what is still being answered."""
    timeouts = policy.timeouts
    longest = timeouts.cdn_attempts * (timeouts.cdn_connect_seconds + timeouts.cdn_response_seconds)
    if timeouts.client_seconds <= longest:
        allowed = f"more than {longest}: timeouts.cdn_attempts times cdn_connect_seconds and cdn_response_seconds"
        yield Violation("timeouts.client_seconds", allowed)


def balancers_outwait_the_cdn(policy: Policy) -> Iterator[Violation]:
    """The load balancer waits longer for an answer than the CDN, and keeps connections longer."""
    timeouts = policy.timeouts
    least = max(timeouts.cdn_response_seconds, timeouts.cdn_idle_seconds)
    if timeouts.balancer_idle_seconds <= least:
        allowed = f"more than {least}, the larger of timeouts.cdn_response_seconds and cdn_idle_seconds"
        yield Violation("timeouts.balancer_idle_seconds", allowed)


def servers_outwait_the_balancers(policy: Policy) -> Iterator[Violation]:
    """The container keeps idle connections longer than any load balancer, or that answers 502 now and then."""
    timeouts = policy.timeouts
    least = max(timeouts.balancer_idle_seconds, _GOOGLE_IDLE_SECONDS)
    if timeouts.server_idle_seconds <= least:
        allowed = f"more than {least}, as long as a load balancer keeps a connection (Google Cloud's {least} seconds)"
        yield Violation("timeouts.server_idle_seconds", allowed)


def requests_end_before_their_container(policy: Policy) -> Iterator[Violation]:
    """A container that is to be stopped has time for the longest request, before and after SIGTERM."""
    timeouts = policy.timeouts
    for key, given in (
        ("drain_seconds", timeouts.drain_seconds),
        ("graceful_stop_seconds", timeouts.graceful_stop_seconds),
    ):
        if given < timeouts.cdn_response_seconds:
            allowed = f"at least timeouts.cdn_response_seconds, {timeouts.cdn_response_seconds}"
            yield Violation(f"timeouts.{key}", allowed)


def liveness_checks_are_patient(policy: Policy) -> Iterator[Violation]:
    """An instance that still answers in time for the CDN is not dead, and a check is over before the next begins."""
    timeouts = policy.timeouts
    if timeouts.liveness_timeout_seconds < timeouts.cdn_response_seconds:
        allowed = f"at least timeouts.cdn_response_seconds, {timeouts.cdn_response_seconds}"
        yield Violation("timeouts.liveness_timeout_seconds", allowed)
    if timeouts.liveness_interval_seconds <= timeouts.liveness_timeout_seconds:
        allowed = f"more than timeouts.liveness_timeout_seconds, {timeouts.liveness_timeout_seconds}"
        yield Violation("timeouts.liveness_interval_seconds", allowed)


def services_stop_before_they_are_killed(environment: Environment) -> Iterator[Violation]:
    """SIGKILL comes after the service had its time to end, or it cuts off requests."""
    graceful = environment.policy.timeouts.graceful_stop_seconds
    if environment.service.stop_seconds <= graceful:
        yield Violation("service.stop_seconds", f"more than timeouts.graceful_stop_seconds in policy.yaml, {graceful}")
