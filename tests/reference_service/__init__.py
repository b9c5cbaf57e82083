"""A small service of our own with FunkyGibbon's contract, its quirks included, for tests without the application."""
