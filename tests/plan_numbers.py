"""Numbers of the plan, by hand, for the tests of all clouds: what ``environments/policy.yaml`` must say."""

from collections.abc import Mapping

# SCL-1, SCL-2, SCL-3, SCL-4, SCL-6, SCL-7: of the autoscaling.
CPU_PERCENT = 70
MEMORY_PERCENT = 80
REQUESTS_IN_FLIGHT = 100
RESPONSE_TIME_MS = 500
MIN_INSTANCES = 2
MAX_INSTANCES = 20

# MON-7 and MON-8, of each signal: the critical threshold and the warning.
LEVELS = [
    ("Users-ErrorRate", 5, 1),
    ("Users-ResponseTime", 1000, 500),
    ("Service-Cpu", 90, 70),
    ("Database-Cpu", 90, 70),
    ("Service-Disk", 90, 80),
    ("Database-Disk", 90, 80),
]

# SCL-8: what is exceeded in each of so many hours calls for a larger size. Free memory stands with each cloud's unit.
GROWTH_HOURS = 4
GROWTH = [
    ("Service-CpuForHours", 70),
    ("Service-MemoryForHours", 80),
    ("Database-CpuForHours", 70),
    ("Cache-MemoryForHours", 80),
    ("Cache-Evictions", 1000),
    ("Cache-CpuForHours", 70),
]
CONNECTIONS_PERCENT = 80
MAX_CONNECTIONS = 800  # of production's size
CONNECTIONS_MINUTES = 10
FREE_MEMORY_PERCENT = 10

# RBK-1: how long the new tasks may take until they run, and the check of them.
UP_MINUTES = 15
CHECK_SECONDS = 120

# RBK-1: critical thresholds, during a deployment.
ROLLBACK: Mapping[str, int] = {
    "Deployment-ErrorRate-Rollback": 5,
    "Deployment-ResponseTime-Rollback": 1000,
    "Deployment-Unhealthy-Rollback": 0,
    "Deployment-Cpu-Rollback": 90,
    "Deployment-Memory-Rollback": 90,
}
# The same of the probe, which AWS has.
PROBE: Mapping[str, int] = {
    "Deployment-Probe-Rollback": 5,
    "Deployment-ProbeResponseTime-Rollback": 1000,
}

# DR-12
RPO_SECONDS = 15 * 60
