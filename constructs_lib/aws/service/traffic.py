"""Request metrics of the load balancer: rate, errors, response time (MON-1, MON-2, MON-3)."""

from aws_cdk import aws_cloudwatch as cloudwatch

from constructs_lib.aws.base.metrics import MINUTE, expression
from constructs_lib.aws.service.load_balancer import LoadBalancer
from environments import AlarmPolicy

_UNANSWERED = "unanswered"


class Traffic:
    """Request metrics of an environment, per minute.

    Each metric is of the whole load balancer, so it is comparable before, during and after a blue/green shift. Only
    those of the worse set are of target groups: while two sets of tasks run, a figure of both hides a bad one behind a
    good one. They do not count requests that the load balancer refuses because the secret header is missing.

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
        worse_error_rate: error rate of the set of tasks that has the higher one, or of the whole, if that is higher
            still: requests that no task answered belong to no set.
        worse_response_time: 95th percentile of the set that is slower, and with few requests its median.
    """

    def __init__(
        self, load_balancer: LoadBalancer, *, policy: AlarmPolicy, cluster_name: str, service_name: str
    ) -> None:
        self._alb = load_balancer.alb
        self._policy = policy
        self._groups = [group for group in (load_balancer.blue, load_balancer.green) if group]
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
        received = _sum("requests", _UNANSWERED)
        self.enough = self._are_enough(received)
        self.counts = {"requests": self.requests, _UNANSWERED: self.unanswered}
        self.error_rate = expression(
            self._share(received, _sum("failed", _UNANSWERED)),
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
        self.worse_error_rate = self._worse_error_rate()
        self.worse_response_time = self._worse_response_time()
        self.healthy = self._hosts("HealthyHostCount", "Minimum", "{}", "Instances that answer")
        self.unhealthy = self._hosts(
            "UnHealthyHostCount", "Maximum", "IF({0} > 1, {0}, 0)", "Instances that do not answer"
        )

    def seconds(self, statistic: str) -> cloudwatch.Metric:
        """Return a statistic of the response time, in seconds: ``Average``, ``p99``."""
        return self._alb.metrics.custom("TargetResponseTime", statistic=statistic, period=MINUTE)

    def percentile(self, percent: int) -> cloudwatch.MathExpression:
        """Return a percentile of the response time, in milliseconds."""
        name = f"p{percent}"
        seconds = {name: self.seconds(name)}
        return expression(f"IF({self.enough}, {name} * 1000, 0)", f"{name}, ms", {**self.counts, **seconds})

    def _are_enough(self, received: str) -> str:
        return f"{received} >= {self._policy.minimum_requests}"

    def _share(self, received: str, failed: str) -> str:
        """Share of requests that failed, in percent; 0 with few requests of which most succeed."""
        mostly = f"{failed} >= {self._policy.minimum_failures} AND {failed} > {received} / 2"
        return f"IF({self._are_enough(received)} OR ({mostly}), 100 * {failed} / {received}, 0)"

    def _worse_error_rate(self) -> cloudwatch.MathExpression:
        requests = self._of_each_set("RequestCount", "Sum", "requests")
        failed = self._of_each_set("HTTPCode_Target_5XX_Count", "Sum", "failed")
        whole = self._share(_sum(*requests, _UNANSWERED), _sum(*failed, _UNANSWERED))
        each = [self._share(_sum(one), _sum(other)) for one, other in zip(requests, failed, strict=True)]
        return expression(
            f"MAX([{', '.join([whole, *each])}])",
            "Errors of the worse set, %",
            {**requests, **failed, _UNANSWERED: self.unanswered},
        )

    def _worse_response_time(self) -> cloudwatch.MathExpression:
        requests = self._of_each_set("RequestCount", "Sum", "requests")
        p95, p50 = (self._of_each_set("TargetResponseTime", name, name) for name in ("p95", "p50"))
        each = [
            f"IF({self._are_enough(_sum(count))}, {most} * 1000,"
            f" IF({_sum(count)} >= {self._policy.minimum_failures}, {half} * 1000, 0))"
            for count, most, half in zip(requests, p95, p50, strict=True)
        ]
        return expression(f"MAX([{', '.join(each)}])", "p95 of the worse set, ms", {**requests, **p95, **p50})

    def _hosts(self, name: str, statistic: str, text: str, label: str) -> cloudwatch.MathExpression:
        counts = self._of_each_set(name, statistic, "hosts")
        return expression(text.format(_sum(*counts)), label, counts)

    def _of_each_set(self, name: str, statistic: str, identifier: str) -> dict[str, cloudwatch.IMetric]:
        """A metric of each target group, by an identifier with the target group's number."""
        return {
            f"{identifier}_{number}": cloudwatch.Metric(
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

    def _count(self, name: str, label: str) -> cloudwatch.Metric:
        return self._alb.metrics.custom(name, statistic="Sum", period=MINUTE, label=label)


def _sum(*identifiers: str) -> str:
    """The sum of metrics in metric math; a missing value is 0."""
    filled = " + ".join(f"FILL({identifier}, 0)" for identifier in identifiers)
    return f"({filled})" if len(identifiers) > 1 else filled
