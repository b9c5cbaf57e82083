"""Google Cloud's words in the texts of signals."""

from constructs_lib.signals.words import Words

WORDS = Words(
    instances="pods",
    orchestrator="Kubernetes",
    full_disk="Kubernetes stops a pod that fills it",
    database_statements="Query Insights",
)
