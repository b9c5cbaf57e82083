"""What all environments share: the state of the stacks."""
