"""Rules by which Azure refuses requests: one module for each, with the source of what it says."""
