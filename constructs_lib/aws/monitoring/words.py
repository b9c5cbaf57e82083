"""AWS's words in the texts of signals."""

from constructs_lib.signals.words import Words

WORDS = Words(
    instances="tasks",
    orchestrator="ECS",
    full_disk="when it is full, requests that write to it fail",
    database_statements="Database Insights",
)
