"""The private names of MiniStack that the emulator reads or patches: all of them, each once.

MiniStack promises none of them. After an update, ``tests/local/test_ministack_internals.py`` says which are missing,
and the emulator refuses to start.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any

from local.errors import EmbeddedCloudError


class MissingInternalError(EmbeddedCloudError):
    """Private names that the installed MiniStack does not have, and what to do about it."""


@dataclass(frozen=True)
class PrivateName:
    """A private name of a module of MiniStack, looked up when it is used.

    Attributes:
        module: the module that defines it, as it is imported.
        name: the name within that module.
    """

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"

    @property
    def exists(self) -> bool:
        """True when the installed MiniStack has this name."""
        try:
            return hasattr(import_module(self.module), self.name)
        except ModuleNotFoundError:
            return False

    @property
    def value(self) -> Any:
        """The object that the name refers to.

        Raises:
            MissingInternalError: the installed MiniStack does not have it.
        """
        if not self.exists:
            raise missing_error([self])
        return vars(import_module(self.module))[self.name]

    def set(self, value: Any) -> None:
        """Give the name another value in its module.

        Raises:
            MissingInternalError: the installed MiniStack does not have it.
        """
        if not self.exists:
            raise missing_error([self])
        setattr(import_module(self.module), self.name, value)

    def wrap(self, wrapper: Callable[[Any], Any]) -> None:
        """Replace a function by what ``wrapper`` makes of it, in every module of MiniStack that imported it so far."""
        original = self.value
        wrapped = wrapper(original)
        for name, module in list(sys.modules.items()):
            if name.startswith("ministack.") and vars(module).get(self.name) is original:
                setattr(module, self.name, wrapped)

    @contextmanager
    def replaced(self, value: Any) -> Iterator[None]:
        """Give the name another value in its module while the block runs."""
        module, original = import_module(self.module), self.value
        setattr(module, self.name, value)
        try:
            yield
        finally:
            setattr(module, self.name, original)


_CLOUDFORMATION = "ministack.services.cloudformation"

CONDITION_VALUE = PrivateName("ministack.core.iam_evaluator", "_resolve_condition_key")
RESOURCE_OF_REQUEST = PrivateName("ministack.core.iam_actions", "extract_resource_arn")
ENFORCES_IAM = PrivateName("ministack.app", "AUTH")
WORKERS = PrivateName("ministack.core.lambda_runtime", "_workers")
WORKERS_LOCK = PrivateName("ministack.core.lambda_runtime", "_lock")
LOADED_MODULES = PrivateName("ministack.app", "_loaded_modules")
STATE_MODULES = PrivateName("ministack.app", "_state_map")
LOAD_STATE = PrivateName("ministack.app", "_load_persisted_state")
STATE_TO_SAVE = PrivateName("ministack.app", "_build_persistence_save_dict")
STACKS = PrivateName(_CLOUDFORMATION, "_stacks")
EXPORTS = PrivateName(_CLOUDFORMATION, "_exports")
RESOLVE_REFERENCES = PrivateName(f"{_CLOUDFORMATION}.engine", "_resolve_refs")
RESOLVE_DYNAMIC_REFERENCE = PrivateName(f"{_CLOUDFORMATION}.engine", "_resolve_dynamic_reference")
RESOLVE_DYNAMIC_REFERENCES = PrivateName(f"{_CLOUDFORMATION}.engine", "_resolve_dynamic_references")
IMPORTED_EXPORT_NAMES = PrivateName(f"{_CLOUDFORMATION}.handlers", "_imported_export_names")
RESOURCE_HANDLERS = PrivateName(f"{_CLOUDFORMATION}.provisioners", "_RESOURCE_HANDLERS")
PHYSICAL_NAME = PrivateName(f"{_CLOUDFORMATION}.provisioners", "_physical_name")
CREATE_WITH_NEW_NAME = PrivateName(f"{_CLOUDFORMATION}.provisioners", "_seeded_create")
REPLACEMENT_ERROR = PrivateName(f"{_CLOUDFORMATION}.provisioners", "_custom_named_replacement_error")
TEMPLATE_ACTIONS = PrivateName(f"{_CLOUDFORMATION}.provisioners", "_elbv2_listener_actions")
RESOLVE_OUTPUTS = PrivateName(f"{_CLOUDFORMATION}.stacks", "_resolve_stack_outputs")
RESOLVE_STACK = PrivateName(f"{_CLOUDFORMATION}.handlers", "_resolve_stack")
STACK_ACTIONS = PrivateName(f"{_CLOUDFORMATION}.handlers", "_ACTION_HANDLERS")
STACK_ERROR = PrivateName(f"{_CLOUDFORMATION}.helpers", "_error")
ROLL_BACK = PrivateName(f"{_CLOUDFORMATION}.stacks", "_roll_back_operation")
RUNS_ON_WORKER_THREAD = PrivateName(f"{_CLOUDFORMATION}.stacks", "_runs_on_worker_thread")
LISTENER_RULES = PrivateName("ministack.services.alb", "_rules")
SET_TARGETS = PrivateName("ministack.services.alb", "set_targets_for_group")
PARSE_ACTIONS = PrivateName("ministack.services.alb", "_parse_actions")
ACTION_XML = PrivateName("ministack.services.alb", "_action_xml")
LOAD_BALANCING_ACTIONS = PrivateName("ministack.services.alb", "_ACTION_MAP")
LOAD_BALANCING_XML = PrivateName("ministack.services.alb", "_xml")
TARGET_GROUPS = PrivateName("ministack.services.alb", "_tgs")
METRICS = PrivateName("ministack.services.cloudwatch", "_metrics")
DIMENSIONS_KEY = PrivateName("ministack.services.cloudwatch", "_dims_key")
ALARMS = PrivateName("ministack.services.cloudwatch", "_alarms")
COMPOSITE_ALARMS = PrivateName("ministack.services.cloudwatch", "_composite_alarms")
DISPATCH_ALARM_ACTIONS = PrivateName("ministack.services.cloudwatch", "_dispatch_alarm_actions")
EVALUATE_ALARM = PrivateName("ministack.services.cloudwatch", "_evaluate_alarm")
PUT_COMPOSITE_ALARM = PrivateName("ministack.services.cloudwatch", "_put_composite_alarm")
PUT_METRIC_ALARM = PrivateName("ministack.services.cloudwatch", "_put_metric_alarm")
_ECS = "ministack.services.ecs"
SERVICES = PrivateName(_ECS, "_services")
TASKS = PrivateName(_ECS, "_tasks")
CONTAINER_ENGINE = PrivateName(_ECS, "_get_docker")
RUN_TASK_WORKER = PrivateName(_ECS, "_run_task_worker")
RESOLVES_IMAGE_FIRST = PrivateName(_ECS, "_deployment_needs_first_task")
RESTORE_ECS = PrivateName(_ECS, "_restore_state")
CLUSTERS_OF_ECS = PrivateName(_ECS, "_clusters")
CLUSTER_OF_TASK = PrivateName(_ECS, "_cluster_name_from_arn")
TASK_PENDING = PrivateName(_ECS, "_mark_task_pending")
TASK_ACTIVATING = PrivateName(_ECS, "_mark_task_activating")
TASK_RUNNING = PrivateName(_ECS, "_mark_task_running")
TASK_STOPPED = PrivateName(_ECS, "_mark_task_stopped")
RECORD_TASK_FAILURE = PrivateName(_ECS, "_record_service_task_failure")
COMPLETE_DEPLOYMENT = PrivateName(_ECS, "_complete_service_deployment")
RECONCILE_SERVICE = PrivateName(_ECS, "_reconcile_service_tasks")
REFRESH_SERVICE = PrivateName(_ECS, "_refresh_service_state")
SYNC_TARGETS = PrivateName(_ECS, "_sync_service_targets")
CIRCUIT_BREAKER_THRESHOLD = PrivateName(_ECS, "_circuit_breaker_threshold")
RUN_TASK = PrivateName(_ECS, "_run_task")
STOP_TASK = PrivateName(_ECS, "_stop_task")
TASK_DEFINITIONS = PrivateName(_ECS, "_task_defs")
ECS_ACTIONS = PrivateName(_ECS, "_ACTION_MAP")
CACHES = PrivateName("ministack.services.elasticache", "_replication_groups")
CACHE_NODES = PrivateName("ministack.services.elasticache", "_clusters")
RATE_SECONDS = PrivateName("ministack.services.eventbridge", "_parse_rate_seconds")
RULES_FIRED = PrivateName("ministack.services.eventbridge", "_rule_last_fired")
FIRE_RULES = PrivateName("ministack.services.eventbridge", "_tick_scheduled_rules")
RULE_TICK_SECONDS = PrivateName("ministack.services.eventbridge", "_SCHEDULER_TICK_INTERVAL")
SCHEDULES_FIRED = PrivateName("ministack.services.scheduler", "_schedule_last_fired")
FIRE_SCHEDULES = PrivateName("ministack.services.scheduler", "_tick_schedules")
SCHEDULE_TICK_SECONDS = PrivateName("ministack.services.scheduler", "_SCHEDULE_TICK_INTERVAL")
PUT_EVENTS = PrivateName("ministack.services.eventbridge", "_put_events")
DATABASES = PrivateName("ministack.services.rds", "_instances")
DATABASE_ACTIONS = PrivateName("ministack.services.rds", "_ACTION_MAP")
DATABASE_XML = PrivateName("ministack.services.rds", "_instance_xml")
BUCKETS = PrivateName("ministack.services.s3", "_buckets")
FIND_SECRET = PrivateName("ministack.services.secretsmanager", "_resolve")
GET_SECRET_VALUE = PrivateName("ministack.services.secretsmanager", "_get_secret_value")
ROTATE_SECRET = PrivateName("ministack.services.secretsmanager", "_rotate_secret")
SDK_INTEGRATION = PrivateName("ministack.services.stepfunctions", "_invoke_aws_sdk_integration")
WAIT_SCALE = PrivateName("ministack.services.stepfunctions", "_SFN_WAIT_SCALE")
EXECUTION_ERROR = PrivateName("ministack.services.stepfunctions", "_ExecutionError")

PRIVATE_NAMES = tuple(value for value in list(globals().values()) if isinstance(value, PrivateName))


def require_all() -> None:
    """Check that the installed MiniStack has every private name.

    Raises:
        MissingInternalError: some are missing.
    """
    if missing := [private for private in PRIVATE_NAMES if not private.exists]:
        raise missing_error(missing)


def missing_error(missing: list[PrivateName]) -> MissingInternalError:
    """Return the error that names what is missing and the version that misses it."""
    return MissingInternalError(
        f"MiniStack {metadata.version('ministack')}, which requirements.txt pins, does not have "
        f"{', '.join(map(str, missing))}. Pin the version of before in requirements.in, or correct the name in "
        "local/emulator/ministack_internals.py and what uses it."
    )


def resources_of(stack: dict[str, Any]) -> dict[str, Any]:
    """The resources of a stack's record, by logical id; a private key of the record holds them."""
    resources: dict[str, Any] = stack.get("_resources", {})
    return resources
