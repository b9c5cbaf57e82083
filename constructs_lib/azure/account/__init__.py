"""State of the stacks, which all environments share."""
