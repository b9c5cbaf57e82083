"""A small service of our own with FunkyGibbon's contract, its quirks included: the embedded cloud and tests run it.

It is installed as FunkyGibbon is, as the package ``funkygibbon``, so it imports nothing of this checkout.
"""
