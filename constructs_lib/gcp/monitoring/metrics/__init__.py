"""PromQL metrics of an environment, a file for each section of ``constructs_lib/signals``."""
