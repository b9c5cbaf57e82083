"""Stacks: their constructs, order and connections; one package per cloud."""
