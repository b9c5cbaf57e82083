"""Traffic of the service: the load balancer's metrics, in PromQL (MON-1, MON-2, MON-3)."""

from constructs_lib.gcp.base.metrics import WINDOW, series
from constructs_lib.gcp.service.pods import Pods
from environments import AlarmPolicy

_RESOURCE = "https_lb_rule"
_FAILED = "500"


class Traffic:
    """PromQL queries on the requests that reach the API.

    They do not count requests that the firewall refuses, so that an attack cannot hide users' errors.

    Args:
        project: id of the measured project.
        backend: name of the API's backend.

    Attributes:
        server: URL of the Prometheus API that answers the queries.
    """

    def __init__(self, *, project: str, backend: str) -> None:
        self._backend = backend
        self.server = f"https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"

    @property
    def in_flight(self) -> str:
        """Requests in flight, by Little's law: arrivals per second times seconds each.

        The sum of all response times that end in a second, in seconds, equals this number.
        """
        return f"{self._spent('_sum')} / 1000"

    @property
    def average(self) -> str:
        """Average response time, in milliseconds; no value without requests."""
        return f"{self._spent('_sum')} / ({self._spent('_count')} > 0)"

    @property
    def requests(self) -> str:
        """Requests per minute, with and without an instance that took them."""
        return f"{self._received} * 60"

    @property
    def failed(self) -> str:
        """Requests per minute that the service answered with a server error."""
        return f"{self._failed} * 60"

    @property
    def unanswered(self) -> str:
        """Requests per minute that the load balancer answered with an error, because no instance answered."""
        return f"({self._errors} - {self._failed}) * 60"

    @property
    def error_rate(self) -> str:
        """Share of requests that failed or went unanswered, in percent; no value without requests."""
        return f"100 * {self._errors} / ({self._received} > 0)"

    @property
    def p95(self) -> str:
        """95th percentile of the response time, in milliseconds."""
        return self.percentile(95)

    def percentile(self, percent: int) -> str:
        """Return a percentile of the response time, in milliseconds."""
        return f"histogram_quantile({percent / 100:g}, sum by (le) (rate({self._latencies('_bucket')}[{WINDOW}])))"

    def in_flight_each(self, pods: Pods) -> str:
        """Return the requests in flight for each pod that there should be."""
        return f"{self.in_flight} / ({pods.wanted.promql} > 0)"

    def if_enough(self, query: str, policy: AlarmPolicy) -> str:
        """Return a query that has no value in minutes with too few requests."""
        return f"({query}) and ({self.requests}) >= {policy.minimum_requests}"

    def significant_error_rate(self, policy: AlarmPolicy) -> str:
        """Return the error rate in minutes with enough requests, or with failures that are most of them."""
        mostly = f"({self._errors} * 60) >= {policy.minimum_failures} and ({self.error_rate}) > 50"
        return f"({self.if_enough(self.error_rate, policy)}) or (({self.error_rate}) and {mostly})"

    def typical(self, policy: AlarmPolicy) -> str:
        """Return the 95th percentile of the response time, of few requests the median."""
        few = f"({self.percentile(50)}) and ({self.requests}) >= {policy.minimum_failures}"
        return f"({self.if_enough(self.p95, policy)}) or ({few})"

    @property
    def _received(self) -> str:
        return f"({self._rate('backend_request_count')} + {self._errors} - {self._failed})"

    @property
    def _errors(self) -> str:
        return self._rate("request_count", response_code_class=_FAILED)

    @property
    def _failed(self) -> str:
        return self._rate("backend_request_count", response_code_class=_FAILED)

    def _rate(self, name: str, **labels: str) -> str:
        return f"(sum(rate({self._series(f'https/{name}', **labels)}[{WINDOW}])) or vector(0))"

    def _spent(self, part: str) -> str:
        return f"sum(rate({self._latencies(part)}[{WINDOW}]))"

    def _latencies(self, part: str) -> str:
        return self._series("https/backend_latencies", part=part)

    def _series(self, path: str, *, part: str = "", **labels: str) -> str:
        metric = f"loadbalancing.googleapis.com/{path}"
        return series(metric, resource=_RESOURCE, part=part, backend_target_name=self._backend, **labels)
