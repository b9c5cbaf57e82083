"""Request metrics of the load balancer: rate, errors, response time (MON-1, MON-2, MON-3)."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import MINUTE, expression
from constructs_lib.aws.service.load_balancer import LoadBalancer


class Traffic:
    """The requests of an environment, minute by minute.

    Every number is that of the whole load balancer, so it means the same before, during and after a blue/green shift;
    the numbers of one target group would tell half of the story while two sets of tasks are up. A request that the load
    balancer refuses for want of the secret header reaches no target and is in none of these.

    Args:
        load_balancer: its metrics count the requests.
        minimum_requests: a minute; with fewer, error rate and percentiles count as 0.

    Attributes:
        requests: how many were handed to a task.
        failed: how many the service answered with an error of its own.
        unanswered: how many the load balancer had to answer with an error, because no task did.
        error_rate: share of requests that failed or went unanswered, in percent.
        in_flight: requests that wait or are served. Little's law: arrivals per second times the average time to an
            answer. The load balancer measures both; the service has no queue that could be counted.
        healthy: instances that pass their health checks, of both sets where there are two.
        unhealthy: instances that do not.
        average: average time to an answer, in milliseconds.
        p95: 95th percentile of the time to an answer, in milliseconds.
    """

    def __init__(self, load_balancer: LoadBalancer, *, minimum_requests: int) -> None:
        self._alb = load_balancer.alb
        self.requests = self._count("RequestCount", "Requests")
        self.failed = self._count("HTTPCode_Target_5XX_Count", "Failed in the service")
        self.unanswered = self._count("HTTPCode_ELB_5XX_Count", "Answered by no task")
        self._enough = f"FILL(requests, 0) + FILL(unanswered, 0) >= {minimum_requests}"
        self._counts = {"requests": self.requests, "unanswered": self.unanswered}
        self.error_rate = expression(
            f"IF({self._enough}, 100 * (FILL(failed, 0) + FILL(unanswered, 0))"
            " / (FILL(requests, 0) + FILL(unanswered, 0)), 0)",
            "Errors, %",
            {**self._counts, "failed": self.failed},
        )
        # A minute without a request must count as 0, not as unknown: no instance is removed while a number is unknown.
        self.in_flight = expression(
            "FILL(requests, 0) / 60 * FILL(seconds, 0)",
            "Requests in flight",
            {"requests": self.requests, "seconds": self.seconds("Average")},
        )
        self.average = expression("FILL(seconds, 0) * 1000", "average, ms", {"seconds": self.seconds("Average")})
        self.p95 = self.percentile(95)
        self._groups = [group for group in (load_balancer.blue, load_balancer.green) if group]
        self.healthy = self._hosts("HealthyHostCount", "Minimum", "Instances that answer")
        self.unhealthy = self._hosts("UnHealthyHostCount", "Maximum", "Instances that do not answer")

    def seconds(self, statistic: str) -> cloudwatch.Metric:
        """Return a statistic of the time to an answer, in seconds: ``Average``, ``p99``."""
        return self._alb.metrics.custom("TargetResponseTime", statistic=statistic, period=MINUTE)

    def percentile(self, percent: int) -> cloudwatch.MathExpression:
        """Return the time within which ``percent`` of the requests are answered, in milliseconds."""
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
