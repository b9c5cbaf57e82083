"""Programs that run in the cloud, in a pipeline or at an operator's desk. They import nothing of this repository."""
