"""Read synthesized output: never the constructs that made it."""
