"""How many instances there are (SCL-1, SCL-2, SCL-5, SCL-6, SCL-7)."""

from aws_cdk import Fn, Token
from constructs import Construct

from constructs_lib.aws.service import Service
from constructs_lib.aws.task import Task
from environments import ScalingPolicy


class Scaling(Construct):
    """Keeps CPU and memory of the service at their targets; each asks for a count, and the largest is taken.

    Attributes:
        target: for further triggers.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, policy: ScalingPolicy, task: Task, service: Service
    ) -> None:
        super().__init__(scope, construct_id)
        self.target = service.service.auto_scale_task_count(
            # Without a release there is nothing to start.
            min_capacity=Token.as_number(Fn.condition_if(task.released.logical_id, policy.min_instances, 0)),
            max_capacity=policy.max_instances,
        )
        self.target.scale_on_cpu_utilization("Cpu", target_utilization_percent=policy.cpu_percent)
        self.target.scale_on_memory_utilization("Memory", target_utilization_percent=policy.memory_percent)
