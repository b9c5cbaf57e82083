"""Request metrics of the load balancer: rate, errors, response time (MON-1, MON-2, MON-3)."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import MINUTE, expression
from constructs_lib.aws.service.load_balancer import LoadBalancer
from environments import AlarmPolicy

_RECEIVED = "(FILL(requests, 0) + FILL(unanswered, 0))"
_FAILED = "(FILL(failed, 0) + FILL(unanswered, 0))"


class Traffic:
    """Request metrics of an environment, per minute.

    Each metric is of the whole load balancer, so it is comparable before, during and after a blue/green shift; metrics
    of one target group cover only some of the requests while two sets of tasks run. They do not count requests that the
    load balancer refuses because the secret header is missing.

    With few requests a share says little: error rate and percentiles are then 0, so that three failed requests at night
    page nobody. They count all the same when most requests of the minute fail or are slow, so that a release whose
    every answer is an error is found at night, too.

    Args:
        load_balancer: source of the metrics.
        policy: its numbers of requests and failures that are enough.
        cluster_name: of the ECS cluster.
        service_name: of the ECS service.

    Attributes:
        requests: requests that were forwarded to a task.
        failed: requests that the service answered with a server error.
        unanswered: requests that the load balancer answered with an error, because no task answered.
        error_rate: share of requests that failed or went unanswered, in percent.
        in_flight: requests that wait or are served, for each task, by Little's law: arrivals per second times the
            average response time, both measured by the load balancer; the service has no queue to count. Requests that
            the CDN gave up on have no response time, so it is too low in an overload, which CPU shows.
        cpu: CPU utilization of the tasks, on average over both sets in a deployment, in percent.
        tasks: desired number of tasks, which autoscaling sets. Of two sets in a deployment it is the number of one.
        healthy: instances that pass their health checks, in both target groups.
        unhealthy: instances that fail their health checks; one alone counts as none, because a task may fail by itself.
        p95: 95th percentile of the response time, in milliseconds.
        typical: the same, and with few requests the median.
    """

    def __init__(
        self, load_balancer: LoadBalancer, *, policy: AlarmPolicy, cluster_name: str, service_name: str
    ) -> None:
        self._alb = load_balancer.alb
        self.requests = self._count("RequestCount", "Requests")
        self.failed = self._count("HTTPCode_Target_5XX_Count", "Failed in the service")
        self.unanswered = self._count("HTTPCode_ELB_5XX_Count", "Answered by no task")
        self.cpu, self.tasks = (
            cloudwatch.Metric(
                namespace=namespace,
                metric_name=name,
                dimensions_map={"ClusterName": cluster_name, "ServiceName": service_name},
                statistic="Average",
                period=MINUTE,
            )
            for namespace, name in (("AWS/ECS", "CPUUtilization"), ("ECS/ContainerInsights", "DesiredTaskCount"))
        )
        self.enough = f"{_RECEIVED} >= {policy.minimum_requests}"
        self.counts = {"requests": self.requests, "unanswered": self.unanswered}
        mostly = f"{_FAILED} >= {policy.minimum_failures} AND {_FAILED} > {_RECEIVED} / 2"
        self.error_rate = expression(
            f"IF({self.enough} OR ({mostly}), 100 * {_FAILED} / {_RECEIVED}, 0)",
            "Errors, %",
            {**self.counts, "failed": self.failed},
        )
        # A minute without requests counts as 0, not as missing data: no scale-in happens while data is missing.
        self.in_flight = expression(
            "FILL(requests, 0) / 60 * FILL(seconds, 0) / tasks",
            "Requests in flight per task",
            {"requests": self.requests, "seconds": self.seconds("Average"), "tasks": self.tasks},
        )
        self.p95 = self.percentile(95)
        self.typical = expression(
            f"IF({self.enough}, p95 * 1000, IF({_RECEIVED} >= {policy.minimum_failures}, p50 * 1000, 0))",
            "p95, ms",
            {**self.counts, "p95": self.seconds("p95"), "p50": self.seconds("p50")},
        )
        self._groups = [group for group in (load_balancer.blue, load_balancer.green) if group]
        self.healthy = self._hosts("HealthyHostCount", "Minimum", "{}", "Instances that answer")
        self.unhealthy = self._hosts(
            "UnHealthyHostCount", "Maximum", "IF(({0}) > 1, {0}, 0)", "Instances that do not answer"
        )

    def seconds(self, statistic: str) -> cloudwatch.Metric:
        """Return a statistic of the response time, in seconds: ``Average``, ``p99``."""
        return self._alb.metrics.custom("TargetResponseTime", statistic=statistic, period=MINUTE)

    def percentile(self, percent: int) -> cloudwatch.MathExpression:
        """Return a percentile of the response time, in milliseconds."""
        name = f"p{percent}"
        seconds = {name: self.seconds(name)}
        return expression(f"IF({self.enough}, {name} * 1000, 0)", f"{name}, ms", {**self.counts, **seconds})

    def _hosts(self, name: str, statistic: str, text: str, label: str) -> cloudwatch.MathExpression:
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
        return expression(text.format(" + ".join(f"FILL({name}, 0)" for name in counts)), label, counts)

    def _count(self, name: str, label: str) -> cloudwatch.Metric:
        return self._alb.metrics.custom(name, statistic="Sum", period=MINUTE, label=label)
