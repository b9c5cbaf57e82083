"""Body of the embedded AWS: the processes that the deployed resources stand for."""
