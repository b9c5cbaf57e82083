"""GoodiesProd on the embedded cloud: what the services' own APIs say exists."""
