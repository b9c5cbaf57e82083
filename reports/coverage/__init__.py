"""Which promises of the plan are proven, in which cloud, how, and by which tests.

``marks`` finds the tests that say they prove a promise, ``cells`` joins them with the plan, ``page`` writes it down.
"""
