"""Request metrics of the load balancer: rate, errors, response time (MON-1, MON-2, MON-3)."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import MINUTE, expression
from constructs_lib.aws.service.load_balancer import LoadBalancer


class Traffic:
    """Request metrics of an environment, per minute.

    Each metric is of the whole load balancer, so it is comparable before, during and after a blue/green shift; metrics
    of one target group cover only some of the requests while two sets of tasks run. They do not count requests that the
    load balancer refuses because the secret header is missing.

    Args:
        load_balancer: source of the metrics.
        minimum_requests: requests per minute below which error rate and percentiles are 0.

    Attributes:
        requests: requests that were forwarded to a task.
        failed: requests that the service answered with a server error.
        unanswered: requests that the load balancer answered with an error, because no task answered.
        error_rate: share of requests that failed or went unanswered, in percent.
        in_flight: requests that wait or are served, by Little's law: arrivals per second times the average response
            time, both measured by the load balancer; the service has no queue to count.
        healthy: instances that pass their health checks, in both target groups.
        unhealthy: instances that fail their health checks.
        average: average response time, in milliseconds.
        p95: 95th percentile of the response time, in milliseconds.
    """

    def __init__(self, load_balancer: LoadBalancer, *, minimum_requests: int) -> None:
        self._alb = load_balancer.alb
        self.requests = self._count("RequestCount", "Requests")
        self.failed = self._count("HTTPCode_Target_5XX_Count", "Failed in the service")
        self.unanswered = self._count("HTTPCode_ELB_5XX_Count", "No task answered")
        self._enough = f"FILL(requests, 0) + FILL(unanswered, 0) >= {minimum_requests}"
        self._counts = {"requests": self.requests, "unanswered": self.unanswered}
        self.error_rate = expression(
            f"IF({self._enough}, 100 * (FILL(failed, 0) + FILL(unanswered, 0))"
            " / (FILL(requests, 0) + FILL(unanswered, 0)), 0)",
            "Errors, %",
            {**self._counts, "failed": self.failed},
        )
        # A minute without requests counts as 0, not as missing data: no scale-in happens while data is missing.
        self.in_flight = expression(
            "FILL(requests, 0) / 60 * FILL(seconds, 0)",
            "Requests in flight",
            {"requests": self.requests, "seconds": self.seconds("Average")},
        )
        self.average = expression("FILL(seconds, 0) * 1000", "average, ms", {"seconds": self.seconds("Average")})
        self.p95 = self.percentile(95)
        self._groups = [group for group in (load_balancer.blue, load_balancer.green) if group]
        self.healthy = self._hosts("HealthyHostCount", "Minimum", "Healthy instances")
        self.unhealthy = self._hosts("UnHealthyHostCount", "Maximum", "Unhealthy instances")

    def seconds(self, statistic: str) -> cloudwatch.Metric:
        """Return a statistic of the response time, in seconds: ``Average``, ``p99``."""
        return self._alb.metrics.custom("TargetResponseTime", statistic=statistic, period=MINUTE)

    def percentile(self, percent: int) -> cloudwatch.MathExpression:
        """Return a percentile of the response time, in milliseconds."""
        name = f"p{percent}"
        seconds = {name: self.seconds(name)}
        return expression(f"IF({self._enough}, {name} * 1000, 0)", f"{name}, ms", {**self._counts, **seconds})

    def _hosts(self, name: str, statistic: str, label: str) -> cloudwatch.MathExpression:
        counts = {
            f"set{number}": cloudwatch.Metric(
                namespace="AWS/ApplicationELB",
                metric_name=name,
                dimensions_map={
                    "TargetGroup": group.target_group_full_name,
                    "LoadBalancer": self._alb.load_balancer_full_name,
                },
                statistic=statistic,
                period=MINUTE,
            )
            for number, group in enumerate(self._groups)
        }
        return expression(" + ".join(f"FILL({name}, 0)" for name in counts), label, counts)

    def _count(self, name: str, label: str) -> cloudwatch.Metric:
        return self._alb.metrics.custom(name, statistic="Sum", period=MINUTE, label=label)
