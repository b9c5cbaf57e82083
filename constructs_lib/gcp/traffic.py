"""What the load balancer counts, as Cloud Monitoring answers in PromQL (MON-1, MON-2, MON-3)."""

# The metrics are written once a minute and may take 210 seconds to be seen ("Google Cloud metrics: loadbalancing"):
# a shorter window is often empty.
WINDOW = "5m"


class Traffic:
    """Queries about the requests that reach the API.

    Args:
        project: the id of the project that is measured.
        backend: the name of the API's backend.
    """

    def __init__(self, *, project: str, backend: str) -> None:
        self._backend = backend
        self.server = f"https://monitoring.googleapis.com/v1/projects/{project}/location/global/prometheus"

    @property
    def in_flight(self) -> str:
        """Requests that wait or are served, by Little's law: arrivals a second times seconds each.

        A second of which each request spends its part adds up to exactly that.
        """
        return f"sum(rate({self._latencies}_sum{self._selector}[{WINDOW}])) / 1000"

    @property
    def average(self) -> str:
        """The average time to an answer, in milliseconds; nothing when nobody asks."""
        spent, answers = (f"sum(rate({self._latencies}_{part}{self._selector}[{WINDOW}]))" for part in ("sum", "count"))
        return f"{spent} / ({answers} > 0)"

    @property
    def _latencies(self) -> str:
        return "loadbalancing_googleapis_com:https_backend_latencies"

    @property
    def _selector(self) -> str:
        return f'{{monitored_resource="https_lb_rule",backend_target_name="{self._backend}"}}'
